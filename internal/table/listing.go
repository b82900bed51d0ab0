package table

import "tsunagi/internal/supplier"

// Reading gives a table as the directory takes it, without what is kept of it.
func (t *Table) Reading() supplier.Reading {
	return supplier.Reading{Rows: t.Listed(), Width: t.Width, Sheet: t.Sheet, Sheets: t.Sheets, Encoding: string(t.Encoding),
		Hidden: t.Hidden, Unreadable: t.Unreadable}
}

// Listed gives the rows of a table as the directory takes them.
func (t *Table) Listed() []supplier.Row {
	rows := make([]supplier.Row, len(t.Rows))
	for i, r := range t.Rows {
		rows[i] = supplier.Row(r)
	}
	return rows
}

// ReadList reads a list from what was kept of it.
func ReadList(i supplier.Import, kept []byte) (supplier.Reading, error) {
	t, err := Reread(kept, i.Packed, i.Name, Options{Encoding: Encoding(i.Encoding)})
	if err != nil {
		return supplier.Reading{}, err
	}
	return t.Reading(), nil
}
