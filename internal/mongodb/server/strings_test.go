package server

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestStringsAreAsTheDriversOwn: the same bytes, and the same lists of them.
func TestStringsAreAsTheDriversOwn(t *testing.T) {
	type record struct {
		List  []string   `bson:"list"`
		Maybe []string   `bson:"maybe,omitempty"`
		Deep  [][]string `bson:"deep"`
	}
	for name, r := range map[string]record{
		"nil": {}, "empty": {List: []string{}, Maybe: []string{}, Deep: [][]string{}},
		"some": {List: []string{"見本", "", "a\x00b"}, Maybe: []string{"x"}, Deep: [][]string{nil, {"y", "z"}}},
	} {
		t.Run(name, func(t *testing.T) {
			want, err := bson.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			encoder := bson.NewEncoder(bson.NewDocumentWriter(&got))
			encoder.SetRegistry(registry())
			if err := encoder.Encode(r); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("written %x, want %x", got.Bytes(), want)
			}
			var theirs, ours record
			if err := bson.Unmarshal(want, &theirs); err != nil {
				t.Fatal(err)
			}
			if err := decode(want, &ours); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(theirs, ours); diff != "" {
				t.Errorf("read otherwise than by the driver (-theirs +ours):\n%s", diff)
			}
		})
	}
}

// TestListsWithGapsAreReadAsByTheDriver: a projection makes null of what is not there.
func TestListsWithGapsAreReadAsByTheDriver(t *testing.T) {
	for name, value := range map[string]any{"a gap": bson.A{nil, "a", nil}, "nothing": nil} {
		t.Run(name, func(t *testing.T) {
			raw, err := bson.Marshal(bson.D{{Key: "list", Value: value}})
			if err != nil {
				t.Fatal(err)
			}
			var theirs, ours struct {
				List []string `bson:"list"`
			}
			if err := errors.Join(bson.Unmarshal(raw, &theirs), decode(raw, &ours)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(theirs, ours); diff != "" {
				t.Errorf("read otherwise than by the driver (-theirs +ours):\n%s", diff)
			}
		})
	}
}

// TestNoListOfStrings is refused, not read as something else.
func TestNoListOfStrings(t *testing.T) {
	for name, value := range map[string]any{"a number": 7, "a list of numbers": bson.A{"a", 7}, "a document": bson.D{}, "a string": "a"} {
		t.Run(name, func(t *testing.T) {
			raw, err := bson.Marshal(bson.D{{Key: "list", Value: value}})
			if err != nil {
				t.Fatal(err)
			}
			var r struct {
				List []string `bson:"list"`
			}
			if err := decode(raw, &r); err == nil {
				t.Errorf("read as %q, want an error", r.List)
			}
		})
	}
}

func decode(raw []byte, into any) error {
	decoder := bson.NewDecoder(bson.NewDocumentReader(bytes.NewReader(raw)))
	decoder.SetRegistry(registry())
	return decoder.Decode(into)
}
