package supplier

import (
	"slices"
	"strings"

	"tsunagi/internal/fault"
)

// Prepare brings what was typed into its stored form, derives Tier, Search and Texts, and
// tells what does not hold, field names being Columns. A record with faults must
// not be stored.
func (s *Supplier) Prepare() fault.Fields {
	var wrong fault.Fields
	s.tidy(&wrong)
	for i := range fields {
		if f := &fields[i]; f.Missing != "" && f.get(s) == "" && !faulty(wrong, f.Key) {
			wrong.Add(string(f.Key), f.Missing)
		}
	}
	s.derive()
	return wrong
}

// tidy brings each field into its stored form and notes what does not hold.
func (s *Supplier) tidy(wrong *fault.Fields) {
	for i := range fields {
		f := &fields[i]
		f.tidy(s, wrong)
		if f.Limit > 0 {
			wrong.AtMost(string(f.Key), f.get(s), f.Limit)
		}
	}
}

// derive computes what follows from the other fields.
func (s *Supplier) derive() {
	s.CodeKey = codeKey(s.Code)
	s.Tier = tierOf(s.HoldsData, s.StopsUs, s.ReachesSystems, s.Rank)
	var texts []string
	for i := range fields {
		if f := &fields[i]; f.Search != nil {
			texts = append(texts, f.Search(f.get(s))...)
		}
	}
	keys := KeysOf(texts...)
	s.Search, s.Texts = keys.Grams, keys.Texts
}

func faulty(f fault.Fields, column Column) bool {
	return slices.ContainsFunc(f, func(x fault.Field) bool { return x.Name == string(column) })
}

// splitTags cuts a text at commas, semicolons and line ends into tags.
func splitTags(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",、，;；\n", r) })
}

// joinTags writes tags as splitTags reads them.
func joinTags(tags []string) string { return strings.Join(tags, "、") }
