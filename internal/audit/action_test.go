package audit

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tsunagi/internal/access"
)

// Each row of the table is whole: a change says by which keys it tells old → new, and
// nothing else has any.
func TestEveryRowOfTheTableIsWhole(t *testing.T) {
	seen := map[Action]bool{}
	for _, row := range Actions() {
		if seen[row.Action] || row.Room == "" {
			t.Errorf("%s stands there twice, or has no room", row.Action)
		}
		seen[row.Action] = true
		if tells := len(row.All)+len(row.Any) > 0; tells != (row.Nature == Changes) {
			t.Errorf("%s %s, and its entries are held to %v %v", row.Action, row.Nature, row.All, row.Any)
		}
		if _, ok := row.Action.Traits(); !ok {
			t.Errorf("%s has no row", row.Action)
		}
	}
}

func TestUntold(t *testing.T) {
	for name, tt := range map[string]struct {
		action  Action
		details []Detail
		told    bool
	}{
		"a change":                   {"campaign.extended", []Detail{Was("due", "a", "b"), Was("closes", "c", "d")}, true},
		"half of it":                 {"campaign.extended", []Detail{Was("due", "a", "b")}, false},
		"what is alone":              {"assignment.extended", []Detail{{Key: "due", Value: "2026-12-17T14:59:59Z"}}, false},
		"one of several fields":      {"org.changed", []Detail{Was("contact.phone", "", "03")}, true},
		"none of them":               {"org.changed", nil, false},
		"an import that changed one": {"import.batch", []Detail{{Key: "changed", Value: "1"}, Was("supplier.name", "a", "b")}, true},
		"and does not say how":       {"import.batch", []Detail{{Key: "changed", Value: "1"}}, false},
		"that changed nothing":       {"import.batch", []Detail{{Key: "changed", Value: "0"}}, true},
		"a look":                     {"submission.viewed", nil, true},
		"a password":                 {"user.password-changed", nil, true},
		"a password that is told":    {"user.password-changed", []Detail{Was("password", "a", "b")}, false},
		"what nobody knows":          {"submission.eaten", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := New(access.Viewer{}, "e", time.Time{}, tt.action, Ref{}, tt.details...)
			if lacks := Untold(e); (lacks == "") != tt.told {
				t.Errorf("it lacks %q", lacks)
			}
		})
	}
}

func TestWas(t *testing.T) {
	long := strings.Repeat("長", 500)
	for name, tt := range map[string]struct{ was, is, want string }{
		"words":              {"Open", "Closed", "Open → Closed"},
		"nothing":            {"", "a", "— → a"},
		"lines":              {"a\r\nb", "a b c", "a b → a b c"},
		"blanks alone":       {"a\nb", "a b", "a b → a b ↵"},
		"the same":           {"a", "a", "a → a"},
		"far into the texts": {long + "甲", long + "乙", "…" + strings.Repeat("長", 20) + "甲 → …" + strings.Repeat("長", 20) + "乙"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Was("x", tt.was, tt.is)
			if got.Value != tt.want {
				t.Errorf("%q, want %q", got.Value, tt.want)
			}
			if left := len(Differing(got)) == 1; left != (tt.was != tt.is) {
				t.Errorf("it is left: %v", left)
			}
		})
	}
	if d := Was("x", long, "other"+long); utf8.RuneCountInString(d.Value) > 2*maxSide+len(Became) {
		t.Errorf("%d characters", utf8.RuneCountInString(d.Value))
	}
	if d := WasAt("due", time.Time{}, time.Date(2026, 12, 17, 23, 59, 59, 0, time.FixedZone("", 9*3600))); d.Value != "— → 2026-12-17T14:59:59Z" {
		t.Error(d.Value)
	}
}

// However much is handed in, an entry stays small.
func TestEntriesAreBounded(t *testing.T) {
	long := strings.Repeat("長", 100_000)
	details := make([]Detail, 1000)
	for i := range details {
		details[i] = Detail{Key: "x", Value: long}
	}
	e := New(access.Viewer{Kind: access.Member, Name: long}, "e", time.Time{}, "a.b", Ref{Name: long}, details...)
	size := len(e.Record.Name) + len(e.Actor.Name)
	for _, d := range e.Details {
		size += len(d.Value)
	}
	if size > 3*(2*maxName+maxDetails*maxValue) || details[0].Value != long {
		t.Errorf("%d bytes, or what was handed in is another", size)
	}
}
