package audit

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Filter narrows the trail. Its zero value is all of it.
type Filter struct {
	Campaign string
	Record   string    // a record's id
	Actor    string    // the id of who acted
	Person   string    // part of the name of who acted
	Kind     string    // one of Kinds
	From, To time.Time // from the first moment to the one that is not within; zero: open
	Search   string    // part of a name or of what is told
	Before   Cursor    // rows older than this
	After    Cursor    // rows newer than this; the nearest first
	Size     int       // rows a page
}

// Kinds are the kinds of action that one can narrow to: what stands before the point.
var Kinds = []string{"submission", "assignment", "campaign", "evidence", "supplier", "import", "delivery", "report", "user", "org", "backup"}

// IsKind tells whether one can narrow to it.
func IsKind(kind string) bool { return slices.Contains(Kinds, kind) }

// Looks tells whether rows must be looked at one by one: no index finds them.
func (f Filter) Looks() bool { return f.Kind != "" || f.Person != "" || f.Search != "" }

// Cursor is a place in the trail, which is ordered by time and then by id.
type Cursor struct {
	At time.Time
	ID string
}

// IsZero tells whether it is no place.
func (c Cursor) IsZero() bool { return c.ID == "" }

// String writes the cursor for an address.
func (c Cursor) String() string {
	if c.IsZero() {
		return ""
	}
	return strconv.FormatInt(c.At.UnixMilli(), 10) + "." + c.ID
}

// ParseCursor reads what String wrote; the zero cursor when it is none.
func ParseCursor(text string) Cursor {
	at, id, _ := strings.Cut(text, ".")
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" || len(text) > 100 {
		return Cursor{}
	}
	return Cursor{At: time.UnixMilli(ms).UTC(), ID: id}
}

// Page is a part of the trail, the newest first.
type Page struct {
	Entries      []Entry
	Newer, Older bool
	// Looked is how far was looked, when that was not to the end: the next page goes on
	// there, whether or not anything was found.
	Looked Cursor
	// LookedUp is the same, on the way to newer rows.
	LookedUp Cursor
}

// Next is where the next, older page goes on.
func (p Page) Next() Cursor {
	if !p.Looked.IsZero() || len(p.Entries) == 0 {
		return p.Looked
	}
	return p.Entries[len(p.Entries)-1].place()
}

// Previous is where the page before goes on.
func (p Page) Previous() Cursor {
	if !p.LookedUp.IsZero() || len(p.Entries) == 0 {
		return p.LookedUp
	}
	return p.Entries[0].place()
}

func (e Entry) place() Cursor { return Cursor{At: e.At, ID: e.ID} }

// Pattern is a regular expression that finds a text whatever the width and case of its
// letters, and whether kana are hiragana or katakana.
func Pattern(search string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range search {
		if r == '　' {
			r = ' '
		}
		if r != ' ' || last != ' ' { // a run of blanks is one: each alone would be tried at each place
			b.WriteString(either(r))
		}
		last = r
	}
	return b.String()
}

// either matches a letter in each of its forms.
func either(r rune) string {
	if r >= '！' && r <= '～' {
		r -= '！' - '!'
	}
	switch {
	case r == ' ':
		return `[ 　]+`
	case r > ' ' && r <= '~':
		return "(?:" + regexp.QuoteMeta(string(r)) + "|" + wide(r) + ")"
	case r >= 'ァ' && r <= 'ヶ':
		return "[" + string(r) + string(r-'ァ'+'ぁ') + "]"
	case r >= 'ぁ' && r <= 'ゖ':
		return "[" + string(r) + string(r-'ぁ'+'ァ') + "]"
	}
	return regexp.QuoteMeta(string(r))
}

// wide is a letter of ASCII at full width, in both cases: the database folds the case
// of ASCII alone.
func wide(r rune) string {
	lower, upper := []rune(strings.ToLower(string(r)))[0], []rune(strings.ToUpper(string(r)))[0]
	return "[" + string(lower-'!'+'！') + string(upper-'!'+'！') + "]"
}
