package evidence

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
)

// Kind is the kind of evidence. Its words are the messages "evidence.kind.",
// "evidence.short." and "evidence.about." + kind.
type Kind string

// Traits says everything about a kind of evidence; each kind has a file of its own.
type Traits struct {
	Kind Kind
	// Asks are the fields of its form, in order. Fields beyond them stay empty.
	Asks []Ask
	// Number brings what was typed as its number into the form in which it is kept,
	// or names the message of what is wrong with it; nil where none is asked for.
	Number func(typed string) (number, wrong string)
	// NeedsFile: it is nothing without its document.
	NeedsFile bool
	// StandsIn: it may stand in for answers, as far as the coverage data say.
	StandsIn bool
	// Nothing is the message that it holds and yet replaces no question of a request.
	Nothing string
	// Attached: it is given with one answer, and not offered by itself.
	Attached bool
	// Notes tells what the supplier is to know of one that it gave; nil: nothing more
	// than of every kind.
	Notes func(e Evidence, now time.Time) []Note
	// Sample makes an example that Check accepts: the n-th, of a company, valid until
	// a day.
	Sample func(n int, company string, until time.Time) Evidence
}

// Ask is a field of the form as a kind asks for it. Label and Hint are message keys.
type Ask struct {
	Field       Field
	Label, Hint string
	Required    bool
	Digits      bool // a number: the keyboard of phones
}

// Note is something to know about a certificate.
type Note struct {
	Level string // "info", "warning"; empty: a plain remark
	Key   string
}

// kinds says everything about every kind, in the order offered.
var kinds = []Traits{isms, pMark, securityAction, specialist, policy, attachment}

// Kinds lists the kinds that a supplier may choose, in the order offered.
var Kinds = kindsWhere(func(t Traits) bool { return !t.Attached })

// Standing lists the kinds that may stand in for answers.
var Standing = kindsWhere(func(t Traits) bool { return t.StandsIn })

func kindsWhere(is func(Traits) bool) []Kind {
	var out []Kind
	for _, t := range kinds {
		if is(t) {
			out = append(out, t.Kind)
		}
	}
	return out
}

// Traits gives the kind's row. A kind that this program does not know needs its
// document, and has no other trait.
func (k Kind) Traits() Traits {
	for _, t := range kinds {
		if t.Kind == k {
			return t
		}
	}
	return Traits{Kind: k, NeedsFile: true}
}

// Sample makes an example that Check accepts: the n-th, of a company, valid until a
// day.
func (k Kind) Sample(n int, company string, until time.Time) Evidence {
	e := k.Traits().Sample(n, company, until)
	e.Kind = k
	return e
}

// Offered tells whether a supplier may choose this kind.
func (k Kind) Offered() bool { return slices.Contains(Kinds, k) }

// Attached tells whether it is given with one answer, and not by itself.
func (e Evidence) Attached() bool { return e.Kind.Traits().Attached }

// NeedsFile tells whether this kind of evidence is nothing without its document.
func (e Evidence) NeedsFile() bool { return e.Kind.Traits().NeedsFile }

// Notes tells what the supplier is to know about it.
func (e Evidence) Notes(now time.Time) []Note {
	var out []Note
	for _, key := range e.WhyNot(now) {
		out = append(out, Note{"warning", key})
	}
	if own := e.Kind.Traits().Notes; own != nil {
		out = append(out, own(e, now)...)
	}
	return out
}

// foldNumber is a number as it is compared and kept: half width, no spaces.
func foldNumber(s string) string {
	return strings.Join(strings.Fields(norm.NFKC.String(s)), "")
}

// Check judges what a supplier typed and brings the number into its form.
func (e *Evidence) Check(now time.Time, file bool) error {
	var f fault.Fields
	t := e.Kind.Traits()
	if !e.Kind.Offered() && (!t.Attached || e.Question == "") {
		f.Add("kind", "fault.choose")
		return f.Err()
	}
	for _, ask := range t.Asks {
		row := ask.Field.row()
		switch {
		case ask.Field == Number:
			e.checkNumber(t, &f)
		case ask.Required && row.get(e) == "":
			f.Add(string(ask.Field), row.missing)
		default:
			row.check(ask.Field, e, now, &f)
		}
	}
	if t.NeedsFile && !file {
		f.Add("file", "fault.evidence.no-file")
	}
	return f.Err()
}

func (e *Evidence) checkNumber(t Traits, f *fault.Fields) {
	number, wrong := t.Number(e.Number)
	if wrong != "" {
		f.Add(string(Number), wrong)
		return
	}
	e.Number = number
	f.Required(string(Number), e.Number, maxNumber)
}
