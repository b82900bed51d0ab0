package questionnaire

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Term is a word that not everybody knows.
type Term struct {
	Term  Text      `yaml:"term"`
	Said  Spellings `yaml:"said"`
	Means Text      `yaml:"means"`
}

// Spellings are how a term is written in running text, by language.
type Spellings struct {
	JA []string `yaml:"ja"`
	EN []string `yaml:"en"`
}

// Glossary explains the terms of questions and advice, in the order in which they are shown.
type Glossary []Term

const glossaryFile = "glossary.yaml"

// LoadGlossary reads the terms that are explained. A row without a text in one of the
// languages is refused.
func LoadGlossary(files fs.FS) (Glossary, error) {
	raw, err := fs.ReadFile(files, "questionnaires/"+glossaryFile)
	if err != nil {
		return nil, err
	}
	var g Glossary
	if err := decode(raw, &g); err != nil {
		return nil, fmt.Errorf("%s: %w", glossaryFile, err)
	}
	for i, t := range g {
		if t.Term.JA == "" || t.Term.EN == "" || t.Means.JA == "" || t.Means.EN == "" || len(t.Said.JA) == 0 || len(t.Said.EN) == 0 {
			return nil, fmt.Errorf("%s: row %d (%s) is not complete", glossaryFile, i+1, t.Term.JA)
		}
	}
	return g, nil
}

// Of gives the terms that a question or its advice says, in a language.
func (g Glossary) Of(q Question, lang string) []Term {
	texts := []string{q.Text.In(lang), q.Help.Why.In(lang), q.Help.Yes.In(lang), q.Help.Example.In(lang), q.Help.Unknown.In(lang)}
	for _, o := range q.Options {
		texts = append(texts, o.Label.In(lang))
	}
	all := strings.Join(texts, "\n")
	var out []Term
	for _, t := range g {
		if t.saidIn(all, lang) {
			out = append(out, t)
		}
	}
	return out
}

// saidIn tells whether a text says the term. What is written in letters is a word of its
// own, whatever its case: "cloudy" does not say "cloud".
func (t Term) saidIn(text, lang string) bool {
	spellings := t.Said.JA
	if lang == "en" {
		spellings = t.Said.EN
	}
	text = strings.ToLower(text)
	for _, s := range spellings {
		s = strings.ToLower(s)
		for from := 0; ; {
			at := strings.Index(text[from:], s)
			if at < 0 {
				break
			}
			at += from
			from = at + len(s)
			before, _ := utf8.DecodeLastRuneInString(text[:at])
			after, _ := utf8.DecodeRuneInString(text[from:])
			if !sameWord(before, s) && !sameWord(after, s) {
				return true
			}
		}
	}
	return false
}

// sameWord tells whether a character beside a term makes it part of a longer word.
func sameWord(beside rune, term string) bool {
	return term[0] < utf8.RuneSelf && beside < utf8.RuneSelf && (unicode.IsLetter(beside) || unicode.IsDigit(beside))
}
