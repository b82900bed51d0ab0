package questionnaire

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var keyForm = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// validate tells everything that is wrong with a questionnaire: keys, kinds,
// options, texts missing in a language, conditions that look forward or nowhere.
func (q Questionnaire) validate() error {
	v := &validator{seen: map[string]Question{}}
	v.key("questionnaire", q.Key)
	v.text("title", q.Title)
	v.text("lead", q.Lead)
	if q.Version < 1 {
		v.fail("version must be 1 or more")
	}
	if len(q.Sections) == 0 {
		v.fail("no sections")
	}
	sections := map[string]bool{}
	for _, s := range q.Sections {
		v.key("section", s.Key)
		v.text("title of section "+s.Key, s.Title)
		if s.Lead != (Text{}) {
			v.text("lead of section "+s.Key, s.Lead)
		}
		if sections[s.Key] {
			v.fail("section key %s is given twice", s.Key)
		}
		sections[s.Key] = true
		if len(s.Questions) == 0 {
			v.fail("section %s has no questions", s.Key)
		}
		for _, question := range s.Questions {
			v.question(question)
		}
	}
	return errors.Join(v.errs...)
}

type validator struct {
	seen map[string]Question
	errs []error
}

func (v *validator) fail(format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf(format, args...))
}

func (v *validator) key(what, key string) {
	if !keyForm.MatchString(key) {
		v.fail("%s key %q is not of the form a-z, 0-9 and -, 40 at most", what, key)
	}
}

func (v *validator) text(what string, t Text) {
	if strings.TrimSpace(t.JA) == "" || strings.TrimSpace(t.EN) == "" {
		v.fail("%s lacks its text in a language", what)
	}
}

func (v *validator) question(q Question) {
	v.key("question", q.Key)
	if _, twice := v.seen[q.Key]; twice {
		v.fail("question key %s is given twice", q.Key)
	}
	v.text("question "+q.Key, q.Text)
	for name, t := range map[string]Text{"why": q.Help.Why, "yes": q.Help.Yes, "example": q.Help.Example, "unknown": q.Help.Unknown} {
		v.text("help ("+name+") of "+q.Key, t)
	}
	if Kinds[q.Kind] == nil {
		v.fail("%s: there is no kind %q", q.Key, q.Kind)
		return
	}
	v.options(q)
	v.rating(q)
	if q.Evidence != NoEvidence && q.Evidence != Welcome && q.Evidence != Expected {
		v.fail("%s: evidence is %q, neither welcome nor expected", q.Key, q.Evidence)
	}
	switch bounded := q.Min != nil || q.Max != nil; {
	case bounded && !q.Traits().Bounds:
		v.fail("%s: min and max belong to numbers", q.Key)
	case bounded && (q.Min == nil || q.Max == nil || *q.Min > *q.Max): // the message names both
		v.fail("%s: min and max are given together, min first", q.Key)
	}
	if q.ShowIf != nil {
		v.condition(q.Key, *q.ShowIf, 0)
	}
	v.seen[q.Key] = q // conditions may name only what came before
}

func (v *validator) options(q Question) {
	if q.Traits().Choices != (len(q.Options) > 0) {
		v.fail("%s: options belong to single and multiple, and only to them", q.Key)
	}
	taken := map[string]bool{Unknown: true, NA: true}
	for _, o := range q.Options {
		v.key("option", o.Key)
		v.text("option "+o.Key+" of "+q.Key, o.Label)
		if taken[o.Key] {
			v.fail("%s: option %s is given twice", q.Key, o.Key)
		}
		taken[o.Key] = true
		if o.Score != nil && !(*o.Score >= 0 && *o.Score <= 1) {
			v.fail("%s: the score of option %s is not between 0 and 1", q.Key, o.Key)
		}
	}
}

// rating refuses weights and critical marks that could never have an effect.
func (v *validator) rating(q Question) {
	if !(q.Weight >= 0 && q.Weight <= 100) {
		v.fail("%s: weight %v is not between 0 and 100", q.Key, q.Weight)
	}
	if (q.Weight > 0 || q.Critical) && !q.Traits().Measure && !scored(q) {
		v.fail("%s: a weight or critical mark needs a maturity question or options with scores", q.Key)
	}
}

func (v *validator) condition(of string, c Condition, depth int) {
	forms := 0
	for _, set := range []bool{c.Question != "", len(c.All) > 0, len(c.Any) > 0} {
		if set {
			forms++
		}
	}
	if forms != 1 || depth > 4 {
		v.fail("%s: a condition names one question, or has all, or any", of)
		return
	}
	for _, part := range append(slices.Clone(c.All), c.Any...) {
		v.condition(of, part, depth+1)
	}
	if c.Question == "" {
		return
	}
	asked, ok := v.seen[c.Question]
	if !ok {
		v.fail("%s: its condition names %q, which is not a question before it", of, c.Question)
		return
	}
	if len(c.In) == 0 {
		v.fail("%s: its condition on %s names no value", of, c.Question)
	}
	for _, value := range c.In {
		if !possible(asked, value) {
			v.fail("%s: its condition names the value %q, which %s cannot have", of, value, c.Question)
		}
	}
}

func possible(q Question, value string) bool {
	if value == Unknown || value == NA {
		return true
	}
	return slices.ContainsFunc(Kinds[q.Kind].Options(q), func(o Option) bool { return o.Key == value })
}
