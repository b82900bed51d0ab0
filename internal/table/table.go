// Package table reads and writes tables: CSV in the encodings that Japanese
// offices use, and XLSX. It knows cells, rows and encodings, never what a column
// means.
package table

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"tsunagi/internal/fault"
)

// The limits of a table that is read.
const (
	MaxBytes   = 20 << 20  // of the file as it was given
	maxRows    = 60_000    // that hold something
	maxColumns = 200       // up to the last cell that holds something
	maxCell    = 10_000    // characters in one cell
	maxCells   = 2_000_000 // cells in all
	maxText    = 64 << 20  // bytes of text in all, after decoding
)

// Encoding names how the text of a CSV file is written.
type Encoding string

// The encodings. Guess stands for no choice.
const (
	Guess Encoding = ""
	UTF8  Encoding = "utf-8"
	CP932 Encoding = "cp932" // Shift_JIS with Microsoft's additions
	UTF16 Encoding = "utf-16"

	EUCJP     Encoding = "euc-jp"
	ISO2022JP Encoding = "iso-2022-jp"
)

// Encodings lists what a person may choose for a file whose text was read wrongly.
var Encodings = []Encoding{UTF8, CP932, EUCJP, ISO2022JP, UTF16}

// Format is the kind of file a table came from.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Options let a person correct what was guessed.
type Options struct {
	Encoding Encoding // of a CSV file
	Sheet    string   // of an XLSX file
	// Propose chooses among the visible sheets of an XLSX file that hold something, of
	// which it is given the first rows, when Sheet names none; nil: the first one.
	Propose func(sheets []Table) int
}

// Row is one row that holds something. Number counts from 1 as spreadsheets do,
// blank rows included. Trailing blank cells are cut off.
type Row struct {
	Number int
	Cells  []string
	// Swallows says that a cell holds what looks like further rows: a quote was not closed.
	Swallows bool
}

// Table is a table that was read.
type Table struct {
	Format    Format
	Encoding  Encoding // of a CSV file: chosen or guessed
	Delimiter rune     // of a CSV file
	Sheet     string   // of an XLSX file
	Sheets    []string // the visible sheets of an XLSX file
	Width     int      // columns of the widest row
	Hidden    int      // rows of an XLSX file that the sheet does not show; they are read
	Rows      []Row
	// Unreadable counts characters that the encoding does not know. When it is not
	// 0, the encoding may be the wrong one.
	Unreadable int
}

// Read reads a table from the bytes of a file. What the file is, is judged by its
// content; the name is only shown. Errors: TooLarge beyond a limit, Invalid for
// what is not a table, both with a message that says what to do.
func Read(data []byte, name string, opts Options) (*Table, error) {
	if len(data) > MaxBytes {
		return nil, fault.New(fault.TooLarge, "fault.sheet.bytes").With("Max", MaxBytes>>20)
	}
	var (
		t   *Table
		err error
	)
	switch kind := detect(data); kind {
	case kindXLSX:
		t, err = readXLSX(data, opts)
	case kindText:
		t, err = readCSV(data, opts)
	default:
		return nil, fault.New(fault.Invalid, "fault.sheet."+string(kind)).With("File", name)
	}
	if err != nil {
		return nil, err
	}
	if len(t.Rows) == 0 {
		return nil, fault.New(fault.Invalid, "fault.sheet.empty").With("File", name)
	}
	return t, nil
}

// builder collects rows within the limits.
type builder struct {
	table *Table
	cells int
	text  int
}

// add takes a row over. It trims each cell, cuts trailing blank cells off and
// leaves blank rows out.
func (b *builder) add(number int, cells []string) error {
	last := len(cells)
	for last > 0 && clean(cells[last-1]) == "" {
		last--
	}
	if last == 0 {
		return nil
	}
	if last > maxColumns {
		return fault.New(fault.TooLarge, "fault.sheet.columns").With("Row", number).With("Max", maxColumns)
	}
	row := make([]string, last)
	for i, cell := range cells[:last] {
		// Bytes are at least as many as characters, so most cells need no count.
		if len(cell) > maxCell && utf8.RuneCountInString(cell) > maxCell {
			return fault.New(fault.TooLarge, "fault.sheet.cell").With("Row", number).With("Column", ColumnName(i)).With("Max", maxCell)
		}
		row[i] = clean(cell)
		b.text += len(row[i])
	}
	b.cells += last
	if len(b.table.Rows) >= maxRows || b.cells > maxCells || b.text > maxText {
		return fault.New(fault.TooLarge, "fault.sheet.rows").With("Max", maxRows)
	}
	b.table.Width = max(b.table.Width, last)
	b.table.Rows = append(b.table.Rows, Row{Number: number, Cells: row})
	return nil
}

// ColumnName gives the letters of a column counted from 0: A, B, … Z, AA.
func ColumnName(column int) string {
	var name []byte
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = append([]byte{byte('A' + (n-1)%26)}, name...)
	}
	return string(name)
}

// kind is what the first bytes of a file tell.
type kind string

const (
	kindText  kind = "text"
	kindXLSX  kind = "xlsx"
	kindEmpty kind = "empty"
	kindPDF   kind = "pdf"
	kindZIP   kind = "zip"
	kindODS   kind = "ods"
	kindXLS   kind = "xls"    // Excel 97–2003
	kindLock  kind = "locked" // an XLSX file with a password is an OLE file too
	kindHTML  kind = "html"   // what some systems save under the name .xls
	kindOther kind = "other"
)

// encryptedPackage is the name of the stream that holds an encrypted XLSX file
// ([MS-OFFCRYPTO], section 2.3.4.4), in UTF-16 as OLE directories write it.
var encryptedPackage = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")

func detect(data []byte) kind {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return kindEmpty
	case bytes.HasPrefix(data, []byte("%PDF")):
		return kindPDF
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("PK\x05\x06")):
		return detectZIP(data)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		if bytes.Contains(data, encryptedPackage) {
			return kindLock
		}
		return kindXLS
	case hasBOM16(data), order16(data) != nil:
		return kindText
	case bytes.Count(data, []byte{0})*100 > len(data), bytes.HasPrefix(data, []byte("{\\rtf")),
		bytes.HasPrefix(data, []byte("\xff\xd8\xff")), bytes.HasPrefix(data, []byte("\x89PNG")):
		return kindOther
	}
	start := strings.ToLower(strings.TrimSpace(string(data[:min(len(data), 256)])))
	start = strings.TrimPrefix(start, "\ufeff")
	for _, prefix := range []string{"<html", "<!doctype", "<table", "<?xml", "<meta"} {
		if strings.HasPrefix(start, prefix) {
			return kindHTML
		}
	}
	return kindText
}
