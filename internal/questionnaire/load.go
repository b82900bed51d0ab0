package questionnaire

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Load reads every questionnaire (questionnaires/*.yaml) but coverage.yaml, sorted
// by key. Unknown fields are refused, and so is whatever Validate refuses.
func Load(files fs.FS) ([]Questionnaire, error) {
	names, err := fs.Glob(files, "questionnaires/*.yaml")
	if err != nil {
		return nil, err
	}
	var out []Questionnaire
	for _, name := range names {
		if path.Base(name) == coverageFile {
			continue
		}
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		q, err := Read(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, q)
	}
	slices.SortFunc(out, func(a, b Questionnaire) int { return a.Order - b.Order })
	return out, nil
}

// Read reads and validates one questionnaire from YAML, and numbers its questions.
func Read(raw []byte) (Questionnaire, error) {
	var q Questionnaire
	if err := decode(raw, &q); err != nil {
		return Questionnaire{}, err
	}
	n := 0
	for i := range q.Sections {
		for j := range q.Sections[i].Questions {
			n++
			q.Sections[i].Questions[j].Number = n
		}
	}
	return q, q.Validate()
}

func decode(raw []byte, into any) (err error) {
	defer func() { // the parser has been known to panic on hostile input
		if p := recover(); p != nil {
			err = fmt.Errorf("not readable as YAML: %v", p)
		}
	}()
	return yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()).Decode(into)
}

const coverageFile = "coverage.yaml"

// LoadCoverage reads what certificates stand in for.
func LoadCoverage(files fs.FS) (Coverage, error) {
	raw, err := fs.ReadFile(files, "questionnaires/"+coverageFile)
	if err != nil {
		return nil, err
	}
	var c Coverage
	if err := decode(raw, &c); err != nil {
		return nil, fmt.Errorf("%s: %w", coverageFile, err)
	}
	for ref, kinds := range c {
		for kind, stand := range kinds {
			if stand != StandsFull && stand != StandsPersonal && stand != StandsNot {
				return nil, fmt.Errorf("%s: %s: %s stands in %q, which is no way to", coverageFile, ref, kind, stand)
			}
		}
	}
	return c, nil
}

var keyForm = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// Validate tells everything that is wrong with a questionnaire: keys, kinds,
// options, texts missing in a language, conditions that look forward or nowhere.
func (q Questionnaire) Validate() error {
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
	for _, s := range q.Sections {
		v.key("section", s.Key)
		v.text("title of section "+s.Key, s.Title)
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
	}
	if choice := q.Kind == Single || q.Kind == Multiple; choice != (len(q.Options) > 0) {
		v.fail("%s: options belong to single and multiple, and only to them", q.Key)
	}
	options := map[string]bool{Unknown: true, NA: true}
	for _, o := range q.Options {
		v.key("option", o.Key)
		v.text("option "+o.Key+" of "+q.Key, o.Label)
		if options[o.Key] {
			v.fail("%s: option %s is given twice", q.Key, o.Key)
		}
		options[o.Key] = true
	}
	if q.Weight < 0 || q.Weight > 100 {
		v.fail("%s: weight %v is not between 0 and 100", q.Key, q.Weight)
	}
	if q.ShowIf != nil {
		v.condition(q.Key, *q.ShowIf, 0)
	}
	v.seen[q.Key] = q // conditions may name only what came before
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
	if q.Kind == Maturity {
		_, ok := shares[value]
		return ok
	}
	_, ok := option(q, value)
	return ok
}
