package table

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// styles are the three looks of a cell.
type styles struct{ header, text, moment int }

func newStyles(f *excelize.File) (styles, error) {
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	moment := "yyyy/mm/dd hh:mm"
	asText := "@"
	var s styles
	for _, x := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.header, excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: top, CustomNumFmt: &asText,
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F2F2F2"}}}},
		// The format "text" keeps 0123 and 7000012050002 as they are when a person
		// edits the cell and saves.
		{&s.text, excelize.Style{Alignment: top, CustomNumFmt: &asText}},
		{&s.moment, excelize.Style{Alignment: top, CustomNumFmt: &moment}},
	} {
		id, err := f.NewStyle(&x.style)
		if err != nil {
			return s, fmt.Errorf("XLSX style: %w", err)
		}
		*x.id = id
	}
	return s, nil
}

// layout sets the widths of columns and keeps the header in sight. It must come before
// the first row of a stream.
func layout(stream *excelize.StreamWriter, widths []float64) error {
	for i, width := range widths {
		last := i + 1
		if i == len(widths)-1 {
			last = max(last, maxColumns)
		}
		if err := stream.SetColWidth(i+1, last, width); err != nil {
			return fmt.Errorf("column width: %w", err)
		}
	}
	err := stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return fmt.Errorf("freeze the header: %w", err)
	}
	return nil
}

func (s styles) cells(row []any, header bool) []any {
	out := make([]any, len(row))
	for i, value := range row {
		switch v := value.(type) {
		case nil:
		case int, int64, float64:
			out[i] = v
		case time.Time:
			if !v.IsZero() {
				// A spreadsheet knows no time zones: the wall clock of Tokyo is written.
				_, offset := v.In(tokyo).Zone()
				out[i] = excelize.Cell{StyleID: s.moment, Value: v.UTC().Add(time.Duration(offset) * time.Second)}
			}
		default:
			id := s.text
			if header {
				id = s.header
			}
			out[i] = excelize.Cell{StyleID: id, Value: text(v)}
		}
	}
	return out
}

// sheetName cuts a title to what Excel takes as the name of a sheet.
func sheetName(title string) string {
	title = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, printable(title))
	for utf8.RuneCountInString(title) > excelize.MaxSheetNameLength {
		_, size := utf8.DecodeLastRuneInString(title)
		title = title[:len(title)-size]
	}
	if strings.TrimSpace(title) == "" {
		return "Sheet1"
	}
	return title
}
