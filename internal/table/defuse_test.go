package table

import (
	"bytes"
	"encoding/csv"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// pieces are what cells are made of at random: what begins a formula, what encoders
// exchange or drop, and what people write.
var pieces = []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "−", "–", "\t", "\r", "\n", "\u200b", "\ufeff", "\u00a0", "\u3099", "\U000e0100",
	"\ufe0f", "\u202e", "\u0000", "¥", "〜", "𠮷", "é", "'", "\"", ",", " ", "　", "1+1", "cmd|' /C calc'!A1", "株式会社", "ｱ", "\xff"}

func anyCell(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(5) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// TestNoWriterWritesAFormula decodes what every writer wrote from random cells: none
// begins as a spreadsheet would calculate it.
func TestNoWriterWritesAFormula(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rows := [][]any{{"見出し", "=1+1"}, {"\u200b=1+1", "\U000e0100=1+1"}, {"\ufeff＝1", "−1+1"}}
	for range 3000 {
		rows = append(rows, []any{anyCell(r), anyCell(r)})
	}
	for _, enc := range []Encoding{UTF8, CP932} {
		t.Run("CSV "+string(enc), func(t *testing.T) {
			var b bytes.Buffer
			_, err := WriteCSV(&b, enc, Of(rows))
			must(t, err)
			read, _, _, err := decode(b.Bytes(), enc)
			must(t, err)
			all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(read, "\ufeff"))).ReadAll()
			must(t, err)
			if len(all) != len(rows) {
				t.Fatalf("%d rows were read of %d", len(all), len(rows))
			}
			for i, row := range all {
				for j, cell := range row {
					if shown := strings.TrimLeft(cell, "\u200b\ufeff\u202e\ufe0f\U000e0100"); len([]rune(shown)) > 1 && strings.ContainsAny(string([]rune(shown)[0]), "=+-@\t\r＝＋－＠") {
						t.Errorf("row %d: %q was written as %q", i+1, rows[i][j], cell)
					}
				}
			}
		})
	}
	t.Run("XLSX", func(t *testing.T) {
		rows := rows[:300] // reading a cell at a time is slow
		var b bytes.Buffer
		must(t, WriteXLSX(&b, "表", []float64{20}, Of(rows)))
		f, err := excelize.OpenReader(&b)
		must(t, err)
		defer func() { _ = f.Close() }()
		for i := range rows {
			for j := range rows[i] {
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				formula, err := f.GetCellFormula("表", at)
				must(t, err)
				kind, err := f.GetCellType("表", at)
				must(t, err)
				if formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
					t.Errorf("%s: %q is no text: type %d, formula %q", at, rows[i][j], kind, formula)
				}
			}
		}
	})
}
