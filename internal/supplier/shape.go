package supplier

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Shape is how lists that look alike are read: what a person chose once holds for the
// next list with the same header, whatever stands below it.
type Shape struct {
	ID       string  `bson:"_id"` // the organisation and the key
	Org      string  `bson:"org_id"`
	Key      string  `bson:"key"`
	Mapping  Mapping `bson:"mapping"`
	Encoding string  `bson:"encoding,omitempty"` // chosen, not guessed
	// ExpiresAt is when it is forgotten, unless such a list comes in before.
	ExpiresAt time.Time `bson:"expires_at"`
}

// shapeKey is what lists of one shape share: the words of their header. The columns that
// we append to rows that come back make no difference, nor do width, case and signs.
func shapeKey(header Row) string {
	var words []string
	for _, cell := range header.Cells {
		if !isReason(cell) {
			words = append(words, headerText(cell))
		}
	}
	for len(words) > 0 && words[len(words)-1] == "" {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(words, "\x1f")))
	return hex.EncodeToString(sum[:16])
}

// bareKey is what lists without a header share: how wide they are.
func bareKey(width int) string { return "none:" + strconv.Itoa(width) }

// shapeOf gives the key of a list that is read in a layout; "" when it has none.
func (l Layout) shapeOf(rows []Row) string {
	header, _ := l.split(rows)
	if key := shapeKey(header); key != "" {
		return key
	}
	if l.Header == AskHeader {
		return ""
	}
	return bareKey(widest(rows))
}

// widest is how many columns a list has, without those that we append.
func widest(rows []Row) int {
	most := 0
	for _, row := range rows {
		n := len(row.Cells)
		for i, cell := range row.Cells {
			if isReason(cell) {
				n = min(n, i)
			}
		}
		most = max(most, n)
	}
	if len(rows) > 0 && shapeKey(rows[0]) == "" { // rows that came back: a header of ours alone
		for i, cell := range rows[0].Cells {
			if isReason(cell) {
				return i
			}
		}
	}
	return most
}

// shapes lists the keys that a list may have, with the layout that each would mean.
func shapes(rows []Row) map[string]Layout {
	out := map[string]Layout{bareKey(widest(rows)): {Header: NoHeader}}
	if len(rows) > 0 && len(rows[0].Cells) > 0 && shapeKey(rows[0]) == "" {
		out[bareKey(widest(rows))] = Layout{Header: 0}
	}
	for i := min(len(rows), reach) - 1; i >= 0; i-- {
		for _, tall := range []bool{true, false} {
			layout := Layout{Header: i, Tall: tall}
			header, _ := layout.split(rows)
			if key := shapeKey(header); key != "" {
				out[key] = layout
			}
		}
	}
	return out
}

// remembered gives the layout of a list whose shape is known: that of the topmost row
// that is a known header, or of a list without one.
func remembered(rows []Row, known []Shape) (Layout, Shape, bool) {
	all := shapes(rows)
	best, from, ok := Layout{}, Shape{}, false
	for _, shape := range known {
		layout, here := all[shape.Key]
		if here && (!ok || best.Header < 0 || layout.Header >= 0 && layout.Header < best.Header) {
			best, from, ok = layout, shape, true
		}
	}
	best.Mapping = from.Mapping
	return best, from, ok
}
