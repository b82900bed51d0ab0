package store

import (
	"bytes"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestFill: what a command carries is the array that the driver would write, and what is
// too much for one command is left for the next, nothing twice and nothing lost.
func TestFill(t *testing.T) {
	small, large := encoded(t, 10), encoded(t, mostBytes/2)
	for name, c := range map[string]struct {
		documents []bson.Raw
		want      []int // how many each command carries
	}{
		"one":                       {[]bson.Raw{small}, []int{1}},
		"more than ten":             {[]bson.Raw{small, small, small, small, small, small, small, small, small, small, small, small}, []int{12}},
		"too much for one":          {[]bson.Raw{large, small, large, small}, []int{2, 2}},
		"one that is too much ever": {[]bson.Raw{encoded(t, mostBytes+1), small}, []int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			rest := c.documents
			for _, n := range c.want {
				var array bson.RawArray
				before := rest
				array, rest = fill(rest)
				if got := len(before) - len(rest); got != n {
					t.Fatalf("a command carries %d documents, want %d", got, n)
				}
				if want := driverArray(t, before[:n]); !bytes.Equal(array, want) {
					t.Errorf("the array is not the driver's: %d and %d bytes", len(array), len(want))
				}
			}
			if len(rest) > 0 {
				t.Errorf("%d documents are left", len(rest))
			}
		})
	}
}

func encoded(t *testing.T, size int) bson.Raw {
	t.Helper()
	raw, err := bson.Marshal(bson.D{{Key: "_id", Value: "a"}, {Key: "text", Value: strings.Repeat("x", size)}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func driverArray(t *testing.T, documents []bson.Raw) []byte {
	t.Helper()
	raw, err := bson.Marshal(bson.D{{Key: "a", Value: documents}})
	if err != nil {
		t.Fatal(err)
	}
	return bson.Raw(raw).Lookup("a").Value
}
