package report

import (
	"archive/zip"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"
)

// NamedSheet is a sheet and the name of its file, without ".pdf".
type NamedSheet struct {
	Name  string
	Sheet AnswerSheet
}

// WriteSheetsZIP writes one PDF a sheet into a ZIP. Sheets are asked for one at
// a time, so memory stays the same for any number. It stops at the first error
// of the sheets or the writer; what was written by then is not a whole ZIP.
func WriteSheetsZIP(w io.Writer, fonts *Fonts, p Words, sheets iter.Seq2[NamedSheet, error]) error {
	z := zip.NewWriter(w)
	names := map[string]int{}
	for sheet, err := range sheets {
		if err != nil {
			return fmt.Errorf("next sheet for ZIP: %w", err)
		}
		pdf, err := sheet.Sheet.PDF(fonts, p)
		if err != nil {
			return err
		}
		// A PDF is compressed already: packing it again only costs time.
		file, err := z.CreateHeader(&zip.FileHeader{
			Name: unique(names, FileName(sheet.Name)) + ".pdf", Method: zip.Store, Modified: sheet.Sheet.AsOf.In(tokyo),
		})
		if err != nil {
			return fmt.Errorf("write ZIP: %w", err)
		}
		if _, err := file.Write(pdf); err != nil {
			return fmt.Errorf("write ZIP: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write ZIP: %w", err)
	}
	return nil
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

// FileName makes a name that every system can store: no separators, no control
// characters, no leading dot, not empty, at most 200 bytes.
func FileName(s string) string {
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
