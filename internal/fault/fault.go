// Package fault says what went wrong in words that every layer understands:
// a kind that decides the answer (404, form shown again, …) and a message key
// that locale turns into a sentence saying what to do.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind decides how an error is answered. The zero value is Internal, so an
// error nobody classified is never shown to anybody.
type Kind int

// The kinds of error.
const (
	Internal        Kind = iota // a fault of ours: logged, shown only as a reference id
	Invalid                     // what was given does not hold; Fields say where and what to do
	Unauthenticated             // nobody is signed in
	Forbidden                   // signed in, but the role does not allow it
	NotFound                    // unknown, or of somebody else: both answer alike
	Conflict                    // somebody changed it meanwhile, or it is in another state
	Gone                        // a link that was revoked or has expired, a sheet that is closed
	TooLarge                    // more bytes or rows than the limit
	TooMany                     // more attempts than allowed; try later
	Unavailable                 // the database or mail server is away; try again
)

var kindNames = [...]string{"internal", "invalid", "unauthenticated", "forbidden", "not-found",
	"conflict", "gone", "too-large", "too-many", "unavailable"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind(%d)", int(k))
	}
	return kindNames[k]
}

// Args fill the placeholders of a message.
type Args map[string]any

// Field is one fault of one form field: its name, the message key that says
// what to do, and what the message needs.
type Field struct {
	Name string
	Key  string
	Args Args
}

// Error is an error with a kind and a message for the person who sees it.
type Error struct {
	Kind   Kind
	Key    string // message key, "fault.…"; empty means the kind's own message
	Args   Args
	Fields []Field
	Err    error // the cause, for the log only
}

// Error is for logs. People see the message of Key.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	if e.Key != "" {
		b.WriteString(": " + e.Key)
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " %s=%s", f.Name, f.Key)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind with a message key.
func New(kind Kind, key string) *Error { return &Error{Kind: kind, Key: key} }

// With adds an argument of the message and returns the same error.
func (e *Error) With(name string, value any) *Error {
	if e.Args == nil {
		e.Args = Args{}
	}
	e.Args[name] = value
	return e
}

// Because records the cause and returns the same error.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// KindOf tells the kind of an error, Internal when nobody gave it one.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Judged tells whether an error is for the person who typed: something does not hold,
// is too much or comes too often, and the form is shown again with it.
func Judged(err error) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains([]Kind{Invalid, TooLarge, TooMany}, e.Kind)
}

// FieldsOf gives the field faults of an error, none when it has none.
func FieldsOf(err error) []Field {
	var e *Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}

// Fields collects the faults of a form.
type Fields []Field

// Add notes a fault of one field.
func (f *Fields) Add(name, key string, args ...Args) {
	field := Field{Name: name, Key: key}
	if len(args) > 0 {
		field.Args = args[0]
	}
	*f = append(*f, field)
}

// Required judges a text that must be there, in at most so many characters.
func (f *Fields) Required(name, text string, most int) {
	if text == "" {
		f.Add(name, "fault.required")
		return
	}
	f.AtMost(name, text, most)
}

// AtMost judges a text that may be missing.
func (f *Fields) AtMost(name, text string, most int) {
	if utf8.RuneCountInString(text) > most {
		f.Add(name, "fault.too-long", Args{"Max": most})
	}
}

// OneLine judges a text that may be missing and goes where a line break would end
// the field, such as a mail's header.
func (f *Fields) OneLine(name, text string, most int) {
	if strings.ContainsAny(text, "\r\n") {
		f.Add(name, "fault.one-line")
		return
	}
	f.AtMost(name, text, most)
}

// Err is an Invalid error with the collected faults, nil when there are none.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Key: "fault.invalid", Fields: f}
}
