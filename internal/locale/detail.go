package locale

import (
	"strings"

	"tsunagi/internal/audit"
)

// detailWords says where the words of an audit detail's value are, by its key.
var detailWords = map[string]string{"role": "access.role.", "state": "response.state.", "kind": "delivery.kind.", "certificate": "evidence.short."}

// fieldDetail begins the keys of details that say what a field of a supplier was and is.
const fieldDetail = "supplier."

// DetailName words the key of an audit detail.
func (p *Printer) DetailName(key string) string {
	if field, ok := strings.CutPrefix(key, fieldDetail); ok {
		return p.T("suppliers.column." + field)
	}
	return p.T("audit.detail." + key)
}

// Detail words the value of an audit detail: what is recorded as a key of ours is
// said in words, and everything else, such as a reason, as it was written.
func (p *Printer) Detail(key, value string) string {
	if field, ok := strings.CutPrefix(key, fieldDetail); ok {
		of := ""
		if who, rest, several := strings.Cut(value, audit.Of); several {
			of, value = who+audit.Of, rest
		}
		was, is, _ := strings.Cut(value, audit.Became)
		return of + p.choice(field, was) + audit.Became + p.choice(field, is)
	}
	first, rest, _ := strings.Cut(value, " ")
	if word := detailWords[key] + first; detailWords[key] != "" && p.keys[word] {
		return strings.TrimSpace(p.T(word) + " " + rest)
	}
	return value
}

// choice words one of the choices of a supplier's field; any other value as it is.
func (p *Printer) choice(field, value string) string {
	if word := "suppliers.choice." + field + "." + value; p.keys[word] {
		return p.T(word)
	}
	return p.Contacts(field, value, "; ")
}

// chosenParts is how many of the parts of a contact, which stand first, are choices.
const chosenParts = 2

// Contacts words the choices in a field that has several contacts, each in parts between
// bars; any other value as it is.
func (p *Printer) Contacts(field, value, between string) string {
	all := strings.Split(value, between)
	for i, one := range all {
		parts := strings.Split(one, " | ")
		for n := 0; len(parts) > 1 && n < chosenParts; n++ {
			if word := "suppliers.choice." + field + "." + parts[n]; p.keys[word] {
				parts[n] = p.T(word)
			}
		}
		all[i] = strings.Join(parts, " | ")
	}
	return strings.Join(all, between)
}
