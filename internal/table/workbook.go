package table

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"tsunagi/internal/fault"
)

// A workbook is read here rather than with a library: what is stored in a cell, what its
// format adds, which formulas have no value, what is merged and what is hidden must all
// be told apart, in one pass and in little memory (ECMA-376, part 1, 18.2 to 18.8).

// book is an opened workbook.
type book struct {
	parts   map[string]*zip.File
	sheets  []sheetPart // the visible ones
	strings []string    // shared by the cells
	formats []format    // by the number of a cell's style
	is1904  bool        // days are counted from 1904
}

// sheetPart is a sheet of a workbook and the part that holds it.
type sheetPart struct{ name, part string }

const (
	maxSheets = 50
	maxSmall  = 8 << 20 // bytes of a part that is read whole
	headRows  = 40      // of a sheet, for choosing one
)

func brokenBook(err error) error {
	return fault.New(fault.Invalid, "fault.sheet.broken").Because(err)
}

func readXLSX(data []byte, opts Options) (*Table, error) {
	if err := checkInflated(data); err != nil {
		return nil, err
	}
	b, err := openBook(data)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, sheet := range b.sheets {
		names = append(names, sheet.name)
	}
	at := slices.Index(names, opts.Sheet)
	if at < 0 {
		if at, err = b.propose(opts.Propose); err != nil {
			return nil, err
		}
	}
	t := &Table{Format: XLSX, Sheets: names}
	if at < 0 {
		return t, nil
	}
	t.Sheet = names[at]
	return t, b.read(b.sheets[at], t, maxRows)
}

// propose chooses a sheet: of those that hold something the one that is proposed. −1
// when none does.
func (b *book) propose(choose func([]Table) int) (int, error) {
	var heads []Table
	var at []int
	for i, sheet := range b.sheets {
		head := Table{Format: XLSX, Sheet: sheet.name}
		if err := b.read(sheet, &head, headRows); err != nil && !errors.Is(err, errEnough) {
			return -1, err
		}
		if len(head.Rows) > 0 {
			heads, at = append(heads, head), append(at, i)
		}
		if len(heads) > 0 && choose == nil {
			break
		}
	}
	switch {
	case len(heads) == 0:
		return -1, nil
	case choose == nil:
		return at[0], nil
	}
	return at[choose(heads)], nil
}

// relations are the links of a part to others.
type relations struct {
	All []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// of gives the part of a kind, or "".
func (r relations) of(kind string) string {
	for _, one := range r.All {
		if strings.HasSuffix(one.Type, "/"+kind) {
			return one.Target
		}
	}
	return ""
}

func openBook(data []byte) (*book, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, brokenBook(err)
	}
	b := &book{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		b.parts[strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))] = f
	}
	var root relations
	if err := b.small("_rels/.rels", &root); err != nil {
		return nil, err
	}
	main := strings.TrimPrefix(root.of("officeDocument"), "/")
	if main == "" {
		main = "xl/workbook.xml"
	}
	var links relations
	if err := b.small(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), &links); err != nil {
		return nil, err
	}
	if err := b.openSheets(main, links); err != nil {
		return nil, err
	}
	if err := b.openStyles(beside(main, links.of("styles"))); err != nil {
		return nil, err
	}
	return b, b.openStrings(beside(main, links.of("sharedStrings")))
}

// beside resolves the target of a link from a part.
func beside(part, target string) string {
	if target == "" || strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(target, "/")
	}
	return path.Join(path.Dir(part), target)
}

// openSheets lists the visible sheets.
func (b *book) openSheets(main string, links relations) error {
	var content struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			Link  string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if b.parts[strings.ToLower(main)] == nil {
		return brokenBook(errors.New("no workbook"))
	}
	if err := b.small(main, &content); err != nil {
		return err
	}
	b.is1904 = content.Properties.Date1904 == "1" || content.Properties.Date1904 == "true"
	for _, sheet := range content.Sheets[:min(len(content.Sheets), maxSheets)] {
		if sheet.State != "" && sheet.State != "visible" {
			continue
		}
		for _, link := range links.All {
			if link.ID == sheet.Link && strings.HasSuffix(link.Type, "/worksheet") {
				b.sheets = append(b.sheets, sheetPart{sheet.Name, beside(main, link.Target)})
			}
		}
	}
	return nil
}

// small reads a part whole; one that is not there holds nothing.
func (b *book) small(part string, into any) error {
	f := b.parts[strings.ToLower(part)]
	if f == nil {
		return nil
	}
	if f.UncompressedSize64 > maxSmall {
		return tooBigInside()
	}
	r, err := f.Open()
	if err != nil {
		return brokenBook(err)
	}
	defer func() { _ = r.Close() }()
	if err := xml.NewDecoder(io.LimitReader(r, maxSmall)).Decode(into); err != nil {
		return brokenBook(err)
	}
	return nil
}

// openStrings reads the texts that cells share, without their readings.
func (b *book) openStrings(part string) error {
	if b.parts[strings.ToLower(part)] == nil {
		return nil
	}
	var one strings.Builder
	reading, inside, size := false, false, 0
	return b.walk(part, func(token xml.Token) error {
		switch t := token.(type) {
		case xml.StartElement:
			inside = t.Name.Local == "t"
			reading = reading || t.Name.Local == "rPh"
		case xml.CharData:
			if inside && !reading {
				one.Write(t)
			}
		case xml.EndElement:
			inside = false
			switch t.Name.Local {
			case "rPh":
				reading = false
			case "si":
				size += one.Len()
				if size > maxText || len(b.strings) >= maxCells {
					return fault.New(fault.TooLarge, "fault.sheet.rows").With("Max", maxRows)
				}
				b.strings = append(b.strings, unescaped(one.String()))
				one.Reset()
			}
		}
		return nil
	})
}

// walk calls each with every token of a part.
func (b *book) walk(part string, each func(xml.Token) error) error {
	f := b.parts[strings.ToLower(part)]
	if f == nil {
		return brokenBook(errors.New("no part " + part))
	}
	r, err := f.Open()
	if err != nil {
		return brokenBook(err)
	}
	defer func() { _ = r.Close() }()
	d := xml.NewDecoder(&short{from: r})
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return brokenBook(err)
		}
		if err := each(token); err != nil {
			return err
		}
	}
}

// short fails where so many bytes stand between two tags that reading them would take
// more memory than any table does.
type short struct {
	from io.Reader
	run  int
}

const maxRun = 1 << 20

func (s *short) Read(p []byte) (int, error) {
	n, err := s.from.Read(p[:min(len(p), 64<<10)])
	if at := bytes.LastIndexByte(p[:n], '<'); at >= 0 {
		s.run = n - at
	} else {
		s.run += n
	}
	if s.run > maxRun {
		return 0, errors.New("too long a text in a workbook")
	}
	return n, err
}
