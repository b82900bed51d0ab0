package table

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"tsunagi/internal/fault"
)

const (
	maxInflated = 128 << 20 // bytes of an XLSX file after unpacking; 60,000 rows need about 60 MB
	maxParts    = 2_000     // files inside an XLSX file
	inMemory    = 8 << 20   // a larger sheet is unpacked to a temporary file
)

// detectZIP tells an XLSX file from other archives by its list of files.
func detectZIP(data []byte) kind {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return kindZIP
	}
	for _, f := range z.File {
		switch name := strings.ToLower(f.Name); {
		case name == "xl/workbook.xml":
			return kindXLSX
		case name == "content.xml":
			return kindODS
		}
	}
	return kindZIP
}

func tooBigInside() error {
	return fault.New(fault.TooLarge, "fault.sheet.inflated").With("Max", maxInflated>>20)
}

// checkInflated refuses an archive that unpacks to more than the limit: first by
// the sizes that it declares, then by unpacking it into nothing, since a hostile
// archive declares what it likes. Checksums are verified on the way, so that a
// file cut off in transfer is not read by half.
func checkInflated(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fault.New(fault.Invalid, "fault.sheet.broken").Because(err)
	}
	var declared uint64
	for _, f := range z.File {
		if declared += f.UncompressedSize64; f.UncompressedSize64 > maxInflated || declared > maxInflated {
			return tooBigInside()
		}
	}
	if len(z.File) > maxParts {
		return tooBigInside()
	}
	left := int64(maxInflated)
	for _, f := range z.File {
		n, err := inflate(f, left)
		if err != nil {
			return fault.New(fault.Invalid, "fault.sheet.broken").Because(err)
		}
		if left -= n; left < 0 {
			return tooBigInside()
		}
	}
	return nil
}

// inflate unpacks one file into nothing, at most one byte beyond limit.
func inflate(f *zip.File, limit int64) (int64, error) {
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer func() { _ = r.Close() }()
	return io.Copy(io.Discard, io.LimitReader(r, limit+1))
}

func readXLSX(data []byte, opts Options) (*Table, error) {
	if err := checkInflated(data); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: maxInflated, UnzipXMLSizeLimit: inMemory})
	if err != nil {
		return nil, fault.New(fault.Invalid, "fault.sheet.broken").Because(err)
	}
	defer func() { _ = f.Close() }()
	visible := visibleSheets(f)
	candidates := visible
	if slices.Contains(visible, opts.Sheet) {
		candidates = []string{opts.Sheet}
	}
	for _, name := range candidates {
		t := &Table{Format: XLSX, Sheet: name, Sheets: visible}
		if err := readSheet(f, t); err != nil {
			return nil, err
		}
		if len(t.Rows) > 0 {
			return t, nil
		}
	}
	return &Table{Format: XLSX, Sheets: visible}, nil
}

func visibleSheets(f *excelize.File) []string {
	var names []string
	for _, name := range f.GetSheetList() {
		if ok, err := f.GetSheetVisible(name); ok && err == nil {
			names = append(names, name)
		}
	}
	return names
}

func readSheet(f *excelize.File, t *Table) error {
	b := builder{table: t}
	if err := sheetRows(f, t.Sheet, false, b.add); err != nil {
		return err
	}
	return exactNumbers(f, t)
}

// sheetRows calls each with every row, cells as they are shown or as they are
// stored.
func sheetRows(f *excelize.File, sheet string, stored bool, each func(number int, cells []string) error) error {
	rows, err := f.Rows(sheet)
	if err != nil {
		return fault.New(fault.Invalid, "fault.sheet.broken").Because(err)
	}
	defer func() { _ = rows.Close() }()
	for number := 1; rows.Next(); number++ {
		if number > maxXLSXRows { // so many blank ones take a hostile file a few bytes
			return fault.New(fault.TooLarge, "fault.sheet.rows").With("Max", maxRows)
		}
		cells, err := rows.Columns(excelize.Options{RawCellValue: stored})
		if err != nil {
			return fault.New(fault.Invalid, "fault.sheet.broken").Because(err)
		}
		if err := each(number, cells); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return fault.New(fault.Invalid, "fault.sheet.broken").Because(err)
	}
	return nil
}

// scientific is how a spreadsheet shows a long number in a narrow column.
var scientific = regexp.MustCompile(`^[0-9](\.[0-9]+)?E\+[0-9]{1,2}$`)

// exactNumbers puts the stored digits in the place of 7.00001E+12: the file still
// has them, unlike CSV, where they are lost.
func exactNumbers(f *excelize.File, t *Table) error {
	wanted := map[int]*Row{}
	for i, row := range t.Rows {
		if slices.ContainsFunc(row.Cells, scientific.MatchString) {
			wanted[row.Number] = &t.Rows[i]
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	return sheetRows(f, t.Sheet, true, func(number int, stored []string) error {
		row := wanted[number]
		if row == nil {
			return nil
		}
		for i, cell := range row.Cells {
			if i < len(stored) && stored[i] != cell && scientific.MatchString(cell) {
				row.Cells[i] = digits(stored[i], cell)
			}
		}
		return nil
	})
}

// digits writes a stored number without exponent, when it is a whole number that
// a double holds exactly.
func digits(stored, shown string) string {
	n, err := strconv.ParseFloat(stored, 64)
	if err != nil || n < 0 || n >= 1<<53 || n != float64(int64(n)) {
		return shown
	}
	return strconv.FormatInt(int64(n), 10)
}

// errTooManyRows stops a table that a spreadsheet could not open.
var errTooManyRows = errors.New("more rows than a spreadsheet holds")
