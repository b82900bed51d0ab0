package table

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWriteCSV(t *testing.T) {
	rows := Of([][]any{
		{"コード", "会社名"},
		{"001", "㈱髙﨑①№"},
		{"002", "𠮷野〜−é"},
		{"003", "改\n行,\"引用\""},
		{4, time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)},
		{"=1+1", "+81", nil, "-", "@x", "－1", true, 1.5, int64(7)},
	})
	var b bytes.Buffer
	report, err := WriteCSV(&b, UTF8, rows)
	must(t, err)
	want := "\ufeffコード,会社名\r\n001,㈱髙﨑①№\r\n002,𠮷野〜−é\r\n003,\"改\r\n行,\"\"引用\"\"\"\r\n4,2026/04/01 09:00\r\n" +
		"'=1+1,'+81,,-,'@x,'－1,true,1.5,7\r\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("UTF-8 (-want +got):\n%s", diff)
	}
	if report.Count != 0 {
		t.Errorf("UTF-8 replaced %v", report)
	}

	b.Reset()
	report, err = WriteCSV(&b, CP932, rows)
	must(t, err)
	// x/text writes NEC's code for 髙 and 﨑 where Windows writes IBM's; Windows reads both.
	if want := []byte("001,\x87\x8a\xee\xe0\xed\x95\x87\x40\x87\x82\r\n002,\x81\xac\x96\xec\x81\x60\x81\x7c\x81\xac\r\n"); !bytes.Contains(b.Bytes(), want) {
		t.Errorf("CP932: % x does not hold % x", b.Bytes(), want)
	}
	if diff := cmp.Diff(Report{Count: 1, Characters: 2, Replaced: []Replaced{{Row: 3, Column: 1, Name: "会社名", Text: "𠮷野〜−é"}}}, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestCP932(t *testing.T) {
	tests := []struct {
		in, want string
		lost     bool
	}{
		{"①㈱髙﨑№", "①㈱髙﨑№", false},
		{"〜‖−—–¥¢£¬", "～∥－―－￥￠￡￢", false},
		{"が\u3099ぱは\u309a", "が〓ぱぱ", true},
		{"か\u3099ハ\u309a", "がパ", false},
		{"葛\U000e0100城", "葛城", true},
		{"✔😀𠮷é", "〓〓〓〓", true},
		{"ｱｲｳ ABC", "ｱｲｳ ABC", false},
	}
	for _, tt := range tests {
		encoded, lost := newCP932().encode(tt.in)
		got, enc, _, err := decode([]byte(encoded), CP932)
		if err != nil || got != tt.want || (lost > 0) != tt.lost {
			t.Errorf("%q: got %q lost %v (%s, %v), want %q lost %v", tt.in, got, lost, enc, err, tt.want, tt.lost)
		}
	}
}

// What was exported comes back as it was.
func TestRoundTrip(t *testing.T) {
	cells := []any{"=1", "'=1", "''=1", "+81-3-0000-0000", "-", "@", "\"", "改\n行", "0012", "7000012050002", "㈱例示、精工", "'x"}
	want := make([]string, len(cells))
	for i, c := range cells {
		want[i] = c.(string)
	}
	for _, enc := range []Encoding{UTF8, CP932} {
		var b bytes.Buffer
		_, err := WriteCSV(&b, enc, Of([][]any{cells, cells}))
		must(t, err)
		got, err := Read(b.Bytes(), "x.csv", Options{})
		must(t, err)
		if diff := cmp.Diff([]Row{line(1, want...), line(2, want...)}, got.Rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", enc, diff)
		}
	}
}

// TestWalked: whoever takes no more rows ends the walk, and that is no failure; any other
// end of it is one.
func TestWalked(t *testing.T) {
	lost := errors.New("connection lost")
	for _, tt := range []struct {
		name       string
		take, rows int
		ends, want error
	}{
		{"to its end", 9, 4, nil, nil},
		{"nobody takes the header", 1, 1, nil, nil},
		{"nobody takes more", 2, 2, nil, nil},
		{"it wants no more itself", 9, 4, ErrEnough, nil},
		{"it fails", 9, 4, lost, lost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			var got error
			for _, err := range Walked([]any{"a"}, func(send func([]any) error) error {
				for range 3 {
					if err := send([]any{"b"}); err != nil {
						return err
					}
				}
				return tt.ends
			}) {
				if got = err; err == nil {
					n++
				}
				if n == tt.take {
					break
				}
			}
			if n != tt.rows || !errors.Is(got, tt.want) {
				t.Errorf("%d rows, %v", n, got)
			}
		})
	}
}

func TestWriteStopsOnError(t *testing.T) {
	lost := errors.New("connection lost")
	rows := func(yield func([]any, error) bool) {
		_ = yield([]any{"a"}, nil) && yield(nil, lost)
	}
	if _, err := WriteCSV(&bytes.Buffer{}, UTF8, rows); !errors.Is(err, lost) {
		t.Errorf("CSV: got %v", err)
	}
	if err := WriteXLSX(&bytes.Buffer{}, "x", nil, rows); !errors.Is(err, lost) {
		t.Errorf("XLSX: got %v", err)
	}
	if _, err := WriteCSV(&bytes.Buffer{}, UTF16, rows); err == nil {
		t.Error("UTF-16 was written")
	}
}
