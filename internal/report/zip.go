package report

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	tables "tsunagi/internal/table"
)

// sheetFile is a sheet and the name of its file, without ".pdf".
type sheetFile struct {
	Name  string
	Sheet AnswerSheet
}

// indexName is the table of contents of an archive.
const indexName = "index.csv"

// archive is a ZIP in the making: a line a sheet is all that it remembers.
type archive struct {
	zip   *zip.Writer
	at    time.Time
	names map[string]int
	index [][]any
}

// writeSheetsZIP writes one PDF a sheet into a ZIP, and a table of them with their
// SHA-256. Sheets are asked for one at a time, so memory stays the same for any
// number. It stops at the first error of the sheets or the writer; what was written
// by then is not a whole ZIP. The times of the files are asOf.
func writeSheetsZIP(w io.Writer, fonts *Fonts, p Words, asOf time.Time, sheets iter.Seq2[sheetFile, error]) error {
	z := archive{zip: zip.NewWriter(w), at: asOf.In(tokyo), names: map[string]int{strings.TrimSuffix(indexName, ".csv"): 1}}
	z.index = [][]any{{p.T("report.file"), p.T("report.code"), p.T("report.supplier"), p.T("report.submitted"), p.T("report.score"), p.T("report.state"), "SHA-256"}}
	for one, err := range sheets {
		if err != nil {
			return fmt.Errorf("next sheet for ZIP: %w", err)
		}
		pdf, err := one.Sheet.PDF(fonts, p)
		if err != nil {
			return err
		}
		if err := z.add(one, pdf); err != nil {
			return fmt.Errorf("write ZIP: %w", err)
		}
	}
	if err := z.end(); err != nil {
		return fmt.Errorf("write ZIP: %w", err)
	}
	return nil
}

// add puts one PDF in. It is compressed already: packing it again only costs time.
func (z *archive) add(n sheetFile, pdf []byte) error {
	name := unique(z.names, fileName(n.Name)) + ".pdf"
	s := n.Sheet
	z.index = append(z.index, []any{name, s.Code, s.Supplier, s.SubmittedAt, s.Score, s.State, fmt.Sprintf("%x", sha256.Sum256(pdf))})
	file, err := z.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: z.at})
	if err != nil {
		return err
	}
	_, err = file.Write(pdf)
	return err
}

// end puts the table of contents in and closes the ZIP.
func (z *archive) end() error {
	file, err := z.zip.CreateHeader(&zip.FileHeader{Name: indexName, Method: zip.Deflate, Modified: z.at})
	if err != nil {
		return err
	}
	if _, err := tables.WriteCSV(file, tables.UTF8, tables.Of(z.index)); err != nil {
		return err
	}
	return z.zip.Close()
}

// unique numbers names that come again. Names that differ only in case count
// as the same, as they do on Windows.
func unique(names map[string]int, name string) string {
	key := strings.ToLower(name)
	names[key]++
	if names[key] == 1 {
		return name
	}
	next := name + "_" + strconv.Itoa(names[key])
	return unique(names, next)
}

// maxFileName is the length of a file name in bytes, with room for a number and
// ".pdf" below the 255 that file systems allow.
const maxFileName = 200

// fileName makes a name that every system can store: no separators, no control
// characters, no leading dot, not empty, at most 200 bytes.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f || r == utf8.RuneError || strings.ContainsRune(`/\:*?"<>|`, r),
			r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return '_'
		}
		return r
	}, s)
	for len(s) > maxFileName {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	s = strings.Trim(s, " .")
	if s == "" {
		return "sheet"
	}
	return s
}
