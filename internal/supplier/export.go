package supplier

import (
	"slices"
	"strconv"
)

// corrected tells whether there is something to be put right in a row.
func (v Verdict) corrected() bool { return len(v.Faults) > 0 && !v.Passed }

// FaultyRows gives the rows that could not be imported, or not with every cell, as a list:
// the header, then each row as it was given, with its row number in the original
// list and the reasons appended. Corrected and imported again, the appended columns
// are passed over, because their headers begin with reasonMark. rowTitle and
// reasonTitle word those headers, reasons words the faults of one row.
func FaultyRows(header Row, rows []Row, verdicts []Verdict, rowTitle, reasonTitle string, reasons func([]RowFault) string) [][]string {
	width := len(header.Cells)
	for i, row := range rows {
		if verdicts[i].corrected() || len(header.Cells) == 0 { // a list without header is known by its width
			width = max(width, len(row.Cells))
		}
	}
	out := [][]string{appended(header.Cells, width, reasonMark+" "+rowTitle, reasonMark+" "+reasonTitle)}
	for i, row := range rows {
		if verdicts[i].corrected() {
			out = append(out, appended(row.Cells, width, strconv.Itoa(row.Number), reasons(verdicts[i].Faults)))
		}
	}
	return withoutOldReasons(out, header)
}

func appended(cells []string, width int, more ...string) []string {
	row := make([]string, width, width+len(more))
	copy(row, cells)
	return append(row, more...)
}

// withoutOldReasons takes the reasons of an earlier round out.
func withoutOldReasons(table [][]string, header Row) [][]string {
	for i := len(header.Cells) - 1; i >= 0; i-- {
		if !isReason(header.Cells[i]) {
			continue
		}
		for n, row := range table {
			table[n] = slices.Delete(row, i, i+1)
		}
	}
	return table
}
