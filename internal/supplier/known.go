package supplier

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// codeKey folds a code for comparing: case, width, blanks and hyphens make no
// difference, nor do zeros before a number, which spreadsheets take off. Codes are kept
// as they were given.
func codeKey(code string) string {
	key := likeCode(code)
	if bare := strings.TrimLeft(key, "0"); digitsOnly(bare) {
		return bare
	}
	return key
}

// likeCode folds a code, and leaves its zeros. A code of hyphens alone keeps them.
func likeCode(code string) string {
	lower := strings.ToLower(norm.NFKC.String(code))
	like := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || isHyphen(r) {
			return -1
		}
		return r
	}, lower)
	return cmp.Or(like, lower)
}

// Known are the suppliers that the rows of a list may mean, as they were read at once.
type Known struct {
	byCode   map[string]Supplier
	byKey    map[string][]string // codes, sorted
	byNumber map[string][]string // codes, sorted
}

// NewKnown sorts suppliers for being found by a list.
func NewKnown(all []Supplier) Known {
	k := Known{map[string]Supplier{}, map[string][]string{}, map[string][]string{}}
	for _, s := range all {
		if _, twice := k.byCode[s.Code]; twice {
			continue
		}
		k.byCode[s.Code] = s
		k.byKey[codeKey(s.Code)] = append(k.byKey[codeKey(s.Code)], s.Code)
		if s.CorporateNumber != "" {
			k.byNumber[s.CorporateNumber] = append(k.byNumber[s.CorporateNumber], s.Code)
		}
	}
	for _, codes := range []map[string][]string{k.byKey, k.byNumber} {
		for _, same := range codes {
			slices.Sort(same)
		}
	}
	return k
}

// meant says which supplier a code of a list means.
type meant struct {
	code  string // of the known one; "": none is known
	alike bool   // it is written in another way
	zeros string // the code whose zeros are lost, when it may be that
	many  []string
}

// find tells which supplier a code means: the one that is written so, else the only one
// that is written so but for case, width, blanks and hyphens.
func (k Known) find(code string) meant {
	if _, ok := k.byCode[code]; ok {
		return meant{code: code}
	}
	var alike, longer []string
	for _, other := range k.byKey[codeKey(code)] {
		switch like, mine := likeCode(other), likeCode(code); {
		case like == mine:
			alike = append(alike, other)
		case len(like) > len(mine) && digitsOnly(mine) && mine[0] != '0':
			longer = append(longer, other)
		}
	}
	switch {
	case len(alike) == 1:
		return meant{code: alike[0], alike: true}
	case len(alike) > 1:
		return meant{many: alike}
	case len(longer) > 0:
		return meant{zeros: longer[0]}
	}
	return meant{}
}

// findNumber tells which supplier a corporate number means that is the key of a list.
func (k Known) findNumber(number string) meant {
	if _, ok := k.byCode[number]; ok {
		return meant{code: number}
	}
	switch same := k.byNumber[number]; len(same) {
	case 0:
		return meant{}
	case 1:
		return meant{code: same[0]}
	default:
		return meant{many: same}
	}
}

// Asked are the keys by which the suppliers of a list are read.
type Asked struct {
	Keys    []string // of codes
	Numbers []string // corporate ones
}

// Asks lists what the rows of a list may mean, for reading what is there already.
func (s Sheet) Asks() Asked {
	var out Asked
	code, coded := s.Mapping[ColumnCode]
	number, numbered := s.Mapping[ColumnCorporateNumber]
	for _, row := range s.Rows {
		if coded {
			if code, _ := parseCode(row.Cell(code)); code != "" {
				out.Keys = append(out.Keys, codeKey(code))
			}
		}
		if numbered {
			if number, _ := parseCorporateNumber(row.Cell(number)); number != "" {
				out.Numbers = append(out.Numbers, number)
			}
		}
	}
	return out
}
