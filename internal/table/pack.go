package table

import (
	"encoding/json"
	"fmt"
)

// pack writes a table that was read so that unpack gives the same again: opening a
// workbook takes a hundred times as long.
func pack(t *Table) ([]byte, error) { return json.Marshal(t) }

// unpack reads what pack wrote. It trusts it: never give it what came from outside.
func unpack(data []byte) (*Table, error) {
	t := &Table{}
	if err := json.Unmarshal(data, t); err != nil {
		return nil, fmt.Errorf("unpack a table: %w", err)
	}
	return t, nil
}

// Reread reads what was kept of an uploaded file: the table packed, or the file as it
// came, whose encoding a person may yet correct.
func Reread(kept []byte, packed bool, name string, opts Options) (*Table, error) {
	if packed {
		return unpack(kept)
	}
	return Read(kept, name, opts)
}

// Keep gives what is to be kept of a file that was read: a workbook is packed, since
// nothing about its reading can be chosen.
func Keep(file []byte, t *Table) (kept []byte, packed bool, err error) {
	if t.Format != XLSX {
		return file, false, nil
	}
	kept, err = pack(t)
	return kept, true, err
}
