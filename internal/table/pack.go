package table

import (
	"encoding/binary"
	"encoding/json"
	"errors"
)

// packed begins what pack wrote. What earlier versions kept is JSON.
const packed = "T1"

// pack writes a table that was read so that unpack gives the same again: opening a
// workbook takes a hundred times as long. Texts stand with their length before them.
func pack(t *Table) []byte {
	out := []byte(packed)
	number := func(n int) { out = binary.AppendUvarint(out, uint64(n)) }
	text := func(s string) { number(len(s)); out = append(out, s...) }
	text(string(t.Format))
	text(string(t.Encoding))
	text(string(t.Delimiter))
	text(t.Sheet)
	number(len(t.Sheets))
	for _, sheet := range t.Sheets {
		text(sheet)
	}
	number(t.Width)
	number(t.Hidden)
	number(t.Unreadable)
	number(len(t.Rows))
	for _, row := range t.Rows {
		swallows := 0
		if row.Swallows {
			swallows = 1
		}
		number(row.Number)
		number(swallows)
		number(len(row.Cells))
		for _, cell := range row.Cells {
			text(cell)
		}
	}
	return out
}

var errNoTable = errors.New("unpack a table: it is none")

// unpack reads what pack wrote. Texts of the table share its memory.
func unpack(data []byte) (*Table, error) {
	if len(data) > 0 && data[0] == '{' {
		t := &Table{}
		return t, json.Unmarshal(data, t)
	}
	r := unpacker{rest: string(data)}
	if r.take(len(packed)) != packed {
		return nil, errNoTable
	}
	t := &Table{Format: Format(r.text()), Encoding: Encoding(r.text())}
	for _, delimiter := range r.text() {
		if delimiter != 0 {
			t.Delimiter = delimiter
		}
	}
	t.Sheet = r.text()
	for range r.number() {
		t.Sheets = append(t.Sheets, r.text())
	}
	t.Width, t.Hidden, t.Unreadable = r.number(), r.number(), r.number()
	t.Rows = make([]Row, r.number())
	for i := range t.Rows {
		row := &t.Rows[i]
		row.Number, row.Swallows = r.number(), r.number() == 1
		row.Cells = make([]string, r.number())
		for j := range row.Cells {
			row.Cells[j] = r.text()
		}
	}
	if r.broken {
		return nil, errNoTable
	}
	return t, nil
}

// unpacker takes parts off the front of what was packed.
type unpacker struct {
	rest   string
	broken bool
}

func (u *unpacker) take(n int) string {
	if n < 0 || n > len(u.rest) {
		u.rest, u.broken = "", true
		return ""
	}
	part := u.rest[:n]
	u.rest = u.rest[n:]
	return part
}

// number reads a number. None that is written is larger than what follows, but for those
// of rows, which are bounded: what is broken asks for no memory.
func (u *unpacker) number() int {
	n, size := binary.Uvarint([]byte(u.rest[:min(len(u.rest), binary.MaxVarintLen64)]))
	if size <= 0 || n > maxText {
		u.rest, u.broken = "", true
		return 0
	}
	u.rest = u.rest[size:]
	return int(n)
}

func (u *unpacker) text() string { return u.take(u.number()) }

// Reread reads what was kept of an uploaded file: the table packed, or the file as it
// came.
func Reread(kept []byte, isPacked bool, name string, opts Options) (*Table, error) {
	if isPacked {
		return unpack(kept)
	}
	return Read(kept, name, opts)
}

// Keep gives what is to be kept of a table that was read, so that it is parsed once.
func Keep(t *Table) []byte { return pack(t) }
