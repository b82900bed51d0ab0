// Package questionnaire holds what is asked: versions, sections, questions of
// several kinds, the conditions under which they are shown, how answers are
// checked and scored, and which questions a certificate may stand in for.
package questionnaire

// Text is a text in both languages of the interface.
type Text struct {
	JA string `yaml:"ja" bson:"ja" json:"ja"`
	EN string `yaml:"en" bson:"en" json:"en"`
}

// In gives the text in a language, Japanese when there is none.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.JA
}

// Questionnaire is one version of a questionnaire. A published version never
// changes; a campaign keeps a snapshot of it.
type Questionnaire struct {
	Key      string    `yaml:"key" bson:"key" json:"key"`
	Version  int       `yaml:"version" bson:"version" json:"version"`
	Order    int       `yaml:"order" bson:"order" json:"-"` // where it stands in the list offered
	Title    Text      `yaml:"title" bson:"title" json:"title"`
	Lead     Text      `yaml:"lead" bson:"lead" json:"lead"`
	Source   Text      `yaml:"source" bson:"source" json:"source"` // what it was written after
	Sections []Section `yaml:"sections" bson:"sections" json:"sections"`
	Scale    Scale     `yaml:"-" bson:"scale,omitempty" json:"-"` // chosen with the campaign; see Rule
}

// Section groups questions onto one page.
type Section struct {
	Key       string     `yaml:"key" bson:"key" json:"key"`
	Title     Text       `yaml:"title" bson:"title" json:"title"`
	Lead      Text       `yaml:"lead,omitempty" bson:"lead" json:"lead"`
	Questions []Question `yaml:"questions" bson:"questions" json:"questions"`
}

// Question is one question. Key is stable over versions, [a-z0-9-]{1,40}.
type Question struct {
	Key        string     `yaml:"key" bson:"key" json:"key"`
	Number     int        `yaml:"-" bson:"number" json:"number"` // as shown, counted over the whole questionnaire
	Text       Text       `yaml:"text" bson:"text" json:"text"`
	References []string   `yaml:"references,omitempty" bson:"references,omitempty" json:"references,omitempty"`
	Kind       KindName   `yaml:"kind" bson:"kind" json:"kind"`
	Options    []Option   `yaml:"options,omitempty" bson:"options,omitempty" json:"options,omitempty"`
	Weight     float64    `yaml:"weight" bson:"weight" json:"weight"` // 0: not scored
	Critical   bool       `yaml:"critical,omitempty" bson:"critical,omitempty" json:"critical,omitempty"`
	Optional   bool       `yaml:"optional,omitempty" bson:"optional,omitempty" json:"optional,omitempty"`
	Evidence   Wanted     `yaml:"evidence,omitempty" bson:"evidence,omitempty" json:"evidence,omitempty"`
	Help       Help       `yaml:"help" bson:"help" json:"help"`
	ShowIf     *Condition `yaml:"show_if,omitempty" bson:"show_if,omitempty" json:"show_if,omitempty"`
	Unit       Text       `yaml:"unit,omitempty" bson:"unit,omitempty" json:"unit,omitempty"`
	Min        *float64   `yaml:"min,omitempty" bson:"min,omitempty" json:"min,omitempty"`
	Max        *float64   `yaml:"max,omitempty" bson:"max,omitempty" json:"max,omitempty"`
}

// Option is one choice of a single or multiple question.
type Option struct {
	Key   string   `yaml:"key" bson:"key" json:"key"`
	Label Text     `yaml:"label" bson:"label" json:"label"`
	Score *float64 `yaml:"score,omitempty" bson:"score,omitempty" json:"score,omitempty"` // 0 to 1 of the weight
}

// Help is what a person needs who cannot tell.
type Help struct {
	Why     Text `yaml:"why" bson:"why" json:"why"`
	Yes     Text `yaml:"yes" bson:"yes" json:"yes"` // what counts as yes
	Example Text `yaml:"example" bson:"example" json:"example"`
	Unknown Text `yaml:"unknown" bson:"unknown" json:"unknown"` // what to do when you don't know
}

// Wanted says whether a file beside the answer is wanted.
type Wanted string

// The wishes.
const (
	NoEvidence Wanted = ""
	Welcome    Wanted = "welcome"
	Expected   Wanted = "expected"
)

// Condition shows a question only when others were answered so. Exactly one of
// its forms is set.
type Condition struct {
	Question string      `yaml:"question,omitempty" bson:"question,omitempty" json:"question,omitempty"`
	In       []string    `yaml:"in,omitempty" bson:"in,omitempty" json:"in,omitempty"` // the values of that question
	All      []Condition `yaml:"all,omitempty" bson:"all,omitempty" json:"all,omitempty"`
	Any      []Condition `yaml:"any,omitempty" bson:"any,omitempty" json:"any,omitempty"`
}

// KindName names a kind of question.
type KindName string

// The values that an answer may have on more than one kind.
const (
	Done    = "done"     // 実施している
	Partly  = "partly"   // 一部で実施
	NotDone = "not-done" // 実施していない
	Unknown = "unknown"  // わからない
	NA      = "na"       // 該当しない; Note gives the reason
)

// Answer is what was answered to one question.
type Answer struct {
	Value  string   `bson:"v,omitempty" json:"value,omitempty"`   // option key, text, number, 2006-01-02
	Values []string `bson:"vs,omitempty" json:"values,omitempty"` // multiple: option keys; file: evidence ids
	Note   string   `bson:"note,omitempty" json:"note,omitempty"` // what is left, or why it does not apply
}

// Empty tells whether nothing was answered.
func (a Answer) Empty() bool { return a.Value == "" && len(a.Values) == 0 }

// LacksReason tells whether it says 該当しない and not why.
func (a Answer) LacksReason() bool { return a.Inapplicable() && a.Note == "" }

// Inapplicable tells whether it says 該当しない.
func (a Answer) Inapplicable() bool { return a.Value == NA }

// Common tells whether it is わからない or 該当しない, which answer on every kind.
func (a Answer) Common() bool { return common(a.Value) }

// Stand says how far a certificate stands in for a question.
type Stand string

// The ways to stand in.
const (
	StandsNot      Stand = ""         // the question stays
	StandsFull     Stand = "full"     // F: the certificate stands in
	StandsPersonal Stand = "personal" // p: only for suppliers that process personal data, and hold nothing else confidential
)

// Coverage says, by control reference and kind of certificate, what stands in:
// Coverage["IPA5-02"]["isms"].
type Coverage map[string]map[string]Stand

// Result is the score of a set of answers.
type Result struct {
	Points   float64         `bson:"points" json:"points"`
	Max      float64         `bson:"max" json:"max"`
	Percent  int             `bson:"percent" json:"percent"` // 0 to 100
	Scored   bool            `bson:"scored" json:"scored"`   // false when nothing counted
	Sections []SectionResult `bson:"sections" json:"sections"`
	Unknown  int             `bson:"unknown" json:"unknown"`                       // how many わからない
	Critical []string        `bson:"critical,omitempty" json:"critical,omitempty"` // critical questions that reach nothing
}

// SectionResult is the score of one section.
type SectionResult struct {
	Key     string  `bson:"key" json:"key"`
	Points  float64 `bson:"points" json:"points"`
	Max     float64 `bson:"max" json:"max"`
	Percent int     `bson:"percent" json:"percent"`
	Scored  bool    `bson:"scored" json:"scored"`
}
