package questionnaire

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/goccy/go-yaml"
)

// Load reads every questionnaire (questionnaires/*.yaml but coverage and glossary), sorted by
// Order. Unknown fields are refused, and so is whatever validate refuses.
func Load(files fs.FS) ([]Questionnaire, error) {
	names, err := fs.Glob(files, "questionnaires/*.yaml")
	if err != nil {
		return nil, err
	}
	var out []Questionnaire
	for _, name := range names {
		if path.Base(name) == coverageFile || path.Base(name) == glossaryFile {
			continue
		}
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		q, err := readYAML(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if slices.ContainsFunc(out, func(other Questionnaire) bool { return other.Key == q.Key }) {
			return nil, fmt.Errorf("%s: the key %s is another questionnaire's", name, q.Key)
		}
		out = append(out, q)
	}
	slices.SortFunc(out, func(a, b Questionnaire) int { return cmp.Compare(a.Order, b.Order) })
	return out, nil
}

// readYAML reads and validates one questionnaire from YAML, and numbers its questions.
func readYAML(raw []byte) (Questionnaire, error) {
	var q Questionnaire
	if err := decode(raw, &q); err != nil {
		return Questionnaire{}, err
	}
	q.Scale = DefaultScale
	n := 0
	for i := range q.Sections {
		for j := range q.Sections[i].Questions {
			n++
			q.Sections[i].Questions[j].Number = n
		}
	}
	return q, q.validate()
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
