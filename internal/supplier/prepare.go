package supplier

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tsunagi/internal/fault"
)

// Prepare brings what was typed into its stored form, derives Tier and Search, and
// tells what does not hold, field names being Columns. A record with faults must
// not be stored.
func (s *Supplier) Prepare() fault.Fields {
	var f fault.Fields
	s.tidy(&f)
	if s.Code == "" && !faulty(f, ColumnCode) {
		f.Add(string(ColumnCode), "fault.supplier.code-missing")
	}
	if s.Name == "" && !faulty(f, ColumnName) {
		f.Add(string(ColumnName), "fault.supplier.name-missing")
	}
	s.derive()
	return f
}

// tidy brings each field into its stored form and notes what does not hold. A
// value that does not hold is emptied where it could do harm, and kept where a
// form shows it again through what was typed.
func (s *Supplier) tidy(f *fault.Fields) {
	s.Code = parsed(f, s.Code, ParseCode)
	s.Kana = parsed(f, s.Kana, ParseKana)
	s.CorporateNumber = parsed(f, s.CorporateNumber, ParseCorporateNumber)
	s.InvoiceNumber = parsed(f, s.InvoiceNumber, func(v string) (string, *fault.Field) {
		return ParseInvoiceNumber(v, s.CorporateNumber)
	})
	s.Email = parsed(f, s.Email, ParseEmail)
	s.Phone = parsed(f, s.Phone, ParsePhone)
	s.Name, s.Department, s.ContactName = asGiven(s.Name), asGiven(s.Department), asGiven(s.ContactName)
	s.Note = strings.TrimSpace(strings.ReplaceAll(s.Note, "\r\n", "\n"))
	for _, x := range []struct {
		column Column
		value  string
		limit  int
	}{
		{ColumnName, s.Name, MaxName}, {ColumnKana, s.Kana, MaxKana}, {ColumnDepartment, s.Department, MaxDepartment},
		{ColumnContact, s.ContactName, MaxContact}, {ColumnNote, s.Note, MaxNote},
	} {
		f.AtMost(string(x.column), x.value, x.limit)
	}
	s.tidyTags(f)
	s.tidyChoices(f)
}

func parsed(f *fault.Fields, value string, parse func(string) (string, *fault.Field)) string {
	out, wrong := parse(value)
	if wrong != nil {
		*f = append(*f, *wrong)
		return ""
	}
	return out
}

func (s *Supplier) tidyTags(f *fault.Fields) {
	var tags []string
	for _, tag := range s.Tags {
		if tag = oneLine(tag); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
		if utf8.RuneCountInString(tag) > MaxTag {
			f.Add(string(ColumnTags), "fault.supplier.tag-long", fault.Args{"Max": MaxTag})
			break
		}
	}
	if len(tags) > MaxTags {
		f.Add(string(ColumnTags), "fault.supplier.tags-many", fault.Args{"Max": MaxTags})
	}
	s.Tags = tags
}

func (s *Supplier) tidyChoices(f *fault.Fields) {
	if s.Lang == "" {
		s.Lang = "ja"
	}
	if s.Lang != "ja" && s.Lang != "en" {
		f.Add(string(ColumnLang), "fault.choose")
	}
	if s.Lane == "" {
		s.Lane = LaneMail
	}
	if !slices.Contains(Lanes, s.Lane) {
		f.Add(string(ColumnLane), "fault.choose")
	}
	if !slices.Contains(Tiers, s.Rank) {
		f.Add(string(ColumnRank), "fault.choose")
	}
}

// derive computes what follows from the other fields.
func (s *Supplier) derive() {
	s.Tier = TierOf(s.HoldsData, s.StopsUs, s.ReachesSystems, s.Rank)
	local, _, _ := strings.Cut(s.Email, "@")
	s.Search = Grams(s.Name, s.Kana, s.Code, s.ContactName, s.CorporateNumber, local)
}

func faulty(f fault.Fields, column Column) bool {
	return slices.ContainsFunc(f, func(x fault.Field) bool { return x.Name == string(column) })
}

// SplitTags cuts a text at commas, semicolons and line ends into tags.
func SplitTags(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",、，;；\n", r) })
}

// JoinTags writes tags as SplitTags reads them.
func JoinTags(tags []string) string { return strings.Join(tags, "、") }
