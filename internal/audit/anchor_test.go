package audit

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAnAnchorIsReadAsItIsWritten(t *testing.T) {
	a := Anchor{At: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), Org: "o", Seq: 12, Hash: strings.Repeat("0a", 32), Before: 3}
	if got, err := ParseAnchor(" " + a.Line() + "\r"); err != nil || got != a {
		t.Errorf("%+v, %v", got, err)
	}
	for _, line := range []string{"", "x", strings.Replace(a.Line(), "2026-11", "2026", 1), strings.Replace(a.Line(), " 12 ", " 0 ", 1),
		strings.Replace(a.Line(), "0a", "", 1), strings.Replace(a.Line(), "0a", "zz", 1), a.Line() + " x"} {
		if got, err := ParseAnchor(line); err == nil {
			t.Errorf("%q is read as %+v", line, got)
		}
	}
}

func TestWhatAnAnchorShows(t *testing.T) {
	a := Anchor{Org: "o", Seq: 12, Hash: "h", Before: 3}
	for _, c := range []struct {
		name string
		now  Head
		hash string
		want string
	}{
		{"the same", Head{Seq: 12, Before: 3}, "h", ""}, {"it has grown", Head{Seq: 99, Before: 3}, "h", ""},
		{"cut off", Head{Seq: 11, Before: 3}, "", Truncated}, {"cut off, the row left behind", Head{Seq: 11, Before: 3}, "h", Truncated},
		{"cut off and grown again", Head{Seq: 99, Before: 3}, "other", Rewritten}, {"all gone", Head{}, "", Vanished},
		{"all said to be older", Head{Seq: 12, Before: 12}, "h", MadeOlder},
	} {
		var d *Damage
		err := a.Holds(c.now, c.hash)
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &d) || d.Reason != c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
