package audit

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// None stands in a detail for what is empty.
const None = "—"

// How much an entry repeats: whoever reads the trail is told what changed, and finds the
// rest in the record.
const (
	maxSide    = 200   // characters of what was, and of what is
	maxValue   = 2_000 // characters of any other value
	maxName    = 300   // characters of a name
	maxDetails = 64
)

// Was is a detail that says what was and what is, each in brief. Two that differ are two
// sides that differ: long ones from shortly before where they part.
func Was[T ~string](key string, was, is T) Detail {
	before, after := oneLine(string(was)), oneLine(string(is))
	if before != after && max(utf8.RuneCountInString(before), utf8.RuneCountInString(after)) > maxSide {
		before, after = fromWhereTheyPart(before, after)
	}
	before, after = brief(before, maxSide), brief(after, maxSide)
	if was != is && before == after { // in blanks alone
		after += " ↵"
	}
	return Detail{Key: key, Value: before + Became + after}
}

// fromWhereTheyPart leaves out what two texts begin with alike, but for a few words.
func fromWhereTheyPart(one, other string) (string, string) {
	const before = 20
	a, b := []rune(one), []rune(other)
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	if n -= before; n < before {
		return one, other
	}
	return "…" + string(a[n:]), "…" + string(b[n:])
}

// WasAt is Was for moments.
func WasAt(key string, was, is time.Time) Detail { return Was(key, moment(was), moment(is)) }

// YesNo are the words of a detail that is so or not; pages have them in their languages.
func YesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// moment is a moment as details hold it, "" when it is none.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// Differing leaves those of the details that say something: what was is not what is.
func Differing(details ...Detail) []Detail {
	return slices.DeleteFunc(details, func(d Detail) bool {
		was, is, both := strings.Cut(d.Value, Became)
		return both && was == is
	})
}

// brief is a value on one line, of at most so many characters; None when it is empty.
func brief(value string, most int) string {
	return cmp.Or(shorten(oneLine(value), most), None)
}

func oneLine(value string) string {
	return strings.Join(strings.FieldsFunc(value, func(r rune) bool { return unicode.IsControl(r) || r == ' ' }), " ")
}

func shorten(value string, most int) string {
	if len(value) <= most {
		return value
	}
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return value
}

// bounded is an entry in which nothing is too long.
func (e Entry) bounded() Entry {
	e.Record.Name, e.Actor.Name = shorten(e.Record.Name, maxName), shorten(e.Actor.Name, maxName)
	e.Details = slices.Clone(e.Details[:min(len(e.Details), maxDetails)])
	for i := range e.Details {
		e.Details[i].Value = shorten(e.Details[i].Value, maxValue)
	}
	return e
}

// Instead is the entry with a detail in place of the one of its key.
func (e Entry) Instead(d Detail) Entry {
	e.Details = slices.Clone(e.Details)
	for i, one := range e.Details {
		if one.Key == d.Key {
			e.Details[i] = d
		}
	}
	return e
}
