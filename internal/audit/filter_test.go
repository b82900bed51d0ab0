package audit

import (
	"regexp"
	"testing"
	"time"
)

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		search, text string
		want         bool
	}{
		{"abc", "ＡＢＣ工業", true}, {"ＡＢＣ", "abc", true}, {"みほん", "ミホン", true}, {"ミホン", "みほん", true}, {"C-1", "Ｃ－１", true},
		{".*", "x", false}, {"(株)", "（株）", true}, {"山 川", "山　川", true}, {"a|b", "a", false}, {"会社\\E", "会社", false},
	} {
		if got := regexp.MustCompile("(?i)" + Pattern(c.search)).MatchString(c.text); got != c.want {
			t.Errorf("%q in %q: %v", c.search, c.text, got)
		}
	}
}

func TestACursorIsReadAsItIsWritten(t *testing.T) {
	c := Cursor{At: time.Date(2026, 11, 26, 1, 2, 3, 4e6, time.UTC), ID: "01.K"}
	if got := ParseCursor(c.String()); got != c {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{"", "x", "1.", ".x", "x.y"} {
		if got := ParseCursor(text); !got.IsZero() || got.String() != "" {
			t.Errorf("%q is %+v", text, got)
		}
	}
}
