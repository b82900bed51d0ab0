package questionnaire

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"tsunagi/internal/fault"
)

// Kind is what differs between kinds of question.
type Kind interface {
	// Parse reads an answer from a form in which the question's field is name. Where
	// わからない or 該当しない is ticked, beside is what was typed or chosen all the same.
	Parse(q Question, form url.Values, name string) (a, beside Answer)
	// Check tells what is wrong with an answer that was given, "" when nothing is.
	// An empty answer is not wrong: Missing finds it.
	Check(q Question, a Answer) (key string, args fault.Args)
	// Score gives the share of the weight that was reached, from 0 to 1, and whether
	// the question counts at all. わからない reaches nothing; a scale may make it cost.
	Score(q Question, a Answer) (share float64, counts bool)
	// Text words an answer.
	Text(q Question, a Answer, lang string) string
	// Options are what may be chosen; none where one writes.
	Options(q Question) []Option
	// Mark is the value by which an answer is counted and its mark on paper is chosen,
	// "" when it has none.
	Mark(a Answer) string
	// Traits say what else holds for the kind.
	Traits() Traits
}

// Traits are what pages, papers and the reading of questionnaires ask of a kind.
type Traits struct {
	Seconds int    // how long answering takes
	Measure bool   // asks how far a measure is carried out
	Choices bool   // its questions list options
	Bounds  bool   // its questions may have min and max
	Day     bool   // the answer is a day, which pages read into 2006-01-02 first
	Files   bool   // answered by attaching files, never by naming them
	Sample  Answer // an answer that Check accepts, of a question with the options "x" and "y"
}

// How long answering takes.
const (
	choiceSeconds  = 45
	writtenSeconds = 90
)

// usual is what holds for most kinds.
type usual struct{}

func (usual) Options(q Question) []Option { return q.Options }
func (usual) Mark(Answer) string          { return "" }

// Traits are those of the question's kind.
func (q Question) Traits() Traits { return Kinds[q.Kind].Traits() }

// Offers are what may be chosen; none where one writes.
func (q Question) Offers() []Option { return Kinds[q.Kind].Options(q) }

// Mark is the value by which an answer is counted and its mark on paper is chosen, ""
// when it has none.
func (q Question) Mark(a Answer) string { return Kinds[q.Kind].Mark(a) }

// Kinds lists every kind of question.
var Kinds = map[KindName]Kind{
	Maturity: maturityKind{},
	Single:   singleKind{},
	Multiple: multipleKind{},
	FreeText: textKind{},
	Number:   numberKind{},
	Date:     dateKind{},
	File:     fileKind{},
}

// Limits of what is taken in.
const (
	maxValue  = 4000 // characters of a free text
	maxNote   = 1000
	maxValues = 50
)

// Parse reads the answer of a question from a form, with its note in name + ".note".
// beside is what was typed or chosen beside a tick at わからない or 該当しない: only one
// of both can be meant, and Beside says so.
func Parse(q Question, form url.Values, name string) (a, beside Answer) {
	a, beside = Kinds[q.Kind].Parse(q, form, name)
	a.Note = strings.TrimSpace(form.Get(name + ".note"))
	return a, beside
}

// Beside refuses two answers to one question, nil when there is nothing beside the
// tick: which of both is meant, only the person knows.
func Beside(q Question, beside Answer) error {
	if beside.Empty() {
		return nil
	}
	var f fault.Fields
	f.Add("q."+q.Key, "fault.answer.both", fault.Args{"Number": q.Number})
	return f.Err()
}

// Lacks tells what an answer that was given still needs before it may be submitted: 該当しない
// its reason, any other an answer that holds.
func Lacks(q Question, a Answer) fault.Field {
	key := "fault.answer.missing"
	if a.LacksReason() {
		key = "fault.answer.reason"
	}
	return fault.Field{Name: "q." + q.Key, Key: key, Args: fault.Args{"Number": q.Number}}
}

// Check tells what is wrong with an answer, nil when nothing is. The field is
// the question's key.
func Check(q Question, a Answer) error {
	key, args := check(q, a)
	return at(q, key, args)
}

// CheckAside is Check of what the person set aside: it may say anything, but not be
// larger than an answer.
func CheckAside(q Question, aside Answer) error {
	key, args := checkSize(aside)
	return at(q, key, args)
}

func at(q Question, key string, args fault.Args) error {
	if key == "" {
		return nil
	}
	var f fault.Fields
	f.Add("q."+q.Key, key, args)
	return f.Err()
}

func check(q Question, a Answer) (string, fault.Args) {
	if key, args := checkSize(a); key != "" {
		return key, args
	}
	if a.Empty() || common(a.Value) {
		return "", nil // the latter answer on every kind; complete asks for NA's reason
	}
	return Kinds[q.Kind].Check(q, a)
}

func checkSize(a Answer) (string, fault.Args) {
	switch {
	case utf8.RuneCountInString(a.Note) > maxNote:
		return "fault.answer.note-long", fault.Args{"Max": maxNote}
	case utf8.RuneCountInString(a.Value) > maxValue:
		return "fault.answer.long", fault.Args{"Max": maxValue}
	case len(a.Values) > maxValues:
		return "fault.answer.many", nil
	case !utf8.ValidString(a.Value+a.Note) || slices.ContainsFunc(a.Values, func(v string) bool { return !utf8.ValidString(v) }):
		return "fault.answer.text", nil
	}
	return "", nil
}

// complete tells whether the answer may be submitted: given, right, and with its
// reason when it does not apply.
func complete(q Question, a Answer) bool {
	if key, _ := check(q, a); key != "" {
		return false
	}
	if a.Empty() {
		return q.Optional
	}
	return !a.LacksReason()
}

// AnswerText words an answer in a language: 実施している, an option's label, ….
func AnswerText(q Question, a Answer, lang string) string {
	if common(a.Value) {
		return label(a.Value).In(lang)
	}
	return Kinds[q.Kind].Text(q, a, lang)
}

// common tells whether a value answers on every kind.
func common(value string) bool { return value == Unknown || value == NA }

// labels are the words of the values that every questionnaire shares.
var labels = map[string]Text{
	Done:    {JA: "実施している", EN: "Done"},
	Partly:  {JA: "一部で実施", EN: "Partly done"},
	NotDone: {JA: "実施していない", EN: "Not done"},
	Unknown: {JA: "わからない", EN: "Don't know"},
	NA:      {JA: "該当しない", EN: "Not applicable"},
}

func label(value string) Text { return labels[value] }
