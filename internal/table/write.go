package table

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// Rows are the rows of a table that is written, the header first: string, int,
// int64, float64, bool, time.Time (shown in Asia/Tokyo) or nil for a blank cell.
// An error stops the writing and is returned, so that a table that breaks off is
// never mistaken for a whole one.
type Rows = iter.Seq2[[]any, error]

// Of makes Rows of what is at hand already.
func Of(rows [][]any) Rows {
	return func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// ErrEnough ends a walk over records of which no more rows are wanted.
var ErrEnough = errors.New("enough rows")

// Walked makes Rows of a header and what a walk over records sends, one after the other in
// the same memory. send gives the walk ErrEnough when nobody takes more; a walk that ends
// with that has not failed.
func Walked(head []any, walk func(send func(row []any) error) error) Rows {
	return func(yield func([]any, error) bool) {
		if !yield(head, nil) {
			return
		}
		err := walk(func(row []any) error {
			if !yield(row, nil) {
				return ErrEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, ErrEnough) {
			yield(nil, err)
		}
	}
}

// tokyo has had no summer time since 1951.
var tokyo = time.FixedZone("Asia/Tokyo", 9*60*60)

// Replaced is one cell in which characters were replaced by 〓 because the
// encoding lacks them.
type Replaced struct {
	Row    int    // from 1, the header being row 1
	Column int    // from 0
	Name   string // of the column
	Text   string
}

// Report tells what a CSV file could not hold.
type Report struct {
	Replaced   []Replaced // the first of them
	Count      int        // of cells, all of them
	Characters int        // in all of them
}

// reported bounds what a report lists.
const reported = 1_000

// WriteCSV writes a CSV file that Excel for Japanese opens by double click: CR LF
// line ends, a byte order mark before UTF-8, or CP932. Cells that a spreadsheet
// would calculate are defused.
func WriteCSV(w io.Writer, enc Encoding, rows Rows) (Report, error) {
	var report Report
	out := bufio.NewWriter(w)
	var to *cp932
	switch enc {
	case UTF8, Guess:
		if _, err := out.Write(bom8); err != nil {
			return report, err
		}
	case CP932:
		to = newCP932()
	default:
		return report, fmt.Errorf("write CSV: no encoder for %q", enc)
	}
	c := csv.NewWriter(out)
	c.UseCRLF = true
	number := 0
	var header []string
	for row, err := range rows {
		if err != nil {
			return report, err
		}
		number++
		cells := make([]string, len(row))
		for i, value := range row {
			cells[i] = text(value)
			if to == nil {
				cells[i] = defuse(cells[i])
				continue
			}
			var lost int
			if cells[i], lost = to.encode(cells[i]); lost > 0 {
				report.add(Replaced{Row: number, Column: i, Name: nameOf(header, i), Text: text(value)}, lost)
			}
			cells[i] = to.defuse(cells[i]) // last: the exchange of characters can bare a formula
		}
		if number == 1 {
			for _, value := range row {
				header = append(header, text(value))
			}
		}
		if err := c.Write(cells); err != nil {
			return report, err
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return report, err
	}
	return report, out.Flush()
}

// nameOf is what the header calls a column, or its letters.
func nameOf(header []string, column int) string {
	if column < len(header) && header[column] != "" {
		return header[column]
	}
	return ColumnName(column)
}

func (r *Report) add(cell Replaced, characters int) {
	r.Count++
	r.Characters += characters
	if len(r.Replaced) < reported {
		r.Replaced = append(r.Replaced, cell)
	}
}

// text words a value for CSV.
func text(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return printable(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.In(tokyo).Format("2006/01/02 15:04")
	}
	return printable(fmt.Sprint(value))
}

// printable drops the control characters that neither format can hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

// maxXLSXRows is the last row of a worksheet.
const maxXLSXRows = 1_048_576

// errTooManyRows stops a table that a spreadsheet could not open.
var errTooManyRows = errors.New("more rows than a spreadsheet holds")

// WriteXLSX writes a workbook with one sheet: bold header that stays in sight,
// column widths in characters (the last one also for the columns after it), text
// as text and never as a formula. Rows are streamed.
func WriteXLSX(w io.Writer, sheet string, widths []float64, rows Rows) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	if err := f.SetSheetName("Sheet1", sheetName(sheet)); err != nil {
		return fmt.Errorf("name the sheet: %w", err)
	}
	stream, err := f.NewStreamWriter(sheetName(sheet))
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	styles, err := newStyles(f)
	if err != nil {
		return err
	}
	if err := layout(stream, widths); err != nil {
		return err
	}
	number := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		if number++; number > maxXLSXRows {
			return errTooManyRows
		}
		if err := stream.SetRow("A"+strconv.Itoa(number), styles.cells(row, number == 1)); err != nil {
			return fmt.Errorf("write row %d: %w", number, err)
		}
	}
	if err := stream.Flush(); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return f.Write(w)
}
