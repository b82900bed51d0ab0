package locale

import (
	"net/url"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/calendar"
)

// detailWords says where the words of an audit detail's values are, by its key: the first
// place that has them.
var detailWords = map[string][]string{"role": {"access.role."}, "state": {"response.state."}, "kind": {"delivery.kind."}, "certificate": {"evidence.short."},
	"campaign": {"campaign.state.", detailWord}, "delivery": {"campaign.delivery."}, "mail": {"delivery.state."}, "validity": {"evidence.validity.", detailWord},
	"lang": {"suppliers.choice.lang."}, "scale": {"campaigns.scale."}, "coverage": {"audience.stand."}, "tiers": {"supplier.tier."}, "reply": {"delivery.reason."},
	"format": {"audit.format."}, "link": {detailWord}, "mails": {detailWord}, "comment": {detailWord}, "job": {detailWord}, "invitation": {detailWord}, "account": {detailWord}, "administrator": {detailWord},
	"stand-in": {detailWord}, "not-asked": {detailWord}, "audience": {detailWord}, "campaigns": {detailWord}}

// detailWord begins the keys of words that stand in details alone.
const detailWord = "audit.word."

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
// said in words, moments as they are in Tokyo, and everything else, such as a reason, as
// it was written.
func (p *Printer) Detail(key, value string) string {
	if key == "filter" {
		return p.filter(value)
	}
	of, value, several := strings.Cut(value, audit.Of)
	if !several {
		of, value = "", of
	} else if key == "coverage" {
		control, certificate, _ := strings.Cut(of, " ")
		of = control + " " + p.DetailSide("certificate", certificate) + audit.Of
	} else {
		of += audit.Of
	}
	was, is, both := strings.Cut(value, audit.Became)
	if !both {
		return of + p.DetailSide(key, was)
	}
	return of + p.DetailSide(key, was) + audit.Became + p.DetailSide(key, is)
}

// DetailSide words one side of a value.
func (p *Printer) DetailSide(key, value string) string {
	if field, ok := strings.CutPrefix(key, fieldDetail); ok {
		return p.choice(field, value)
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return p.moment(at)
	}
	words := detailWords[key]
	if len(words) == 0 {
		return value
	}
	parts := strings.Split(value, "、")
	for i, part := range parts {
		parts[i] = p.worded(words, part)
	}
	return strings.Join(parts, "、")
}

func (p *Printer) worded(places []string, value string) string {
	first, rest, _ := strings.Cut(value, " ")
	for _, place := range places {
		if p.keys[place+first] {
			return strings.TrimSpace(p.T(place+first) + " " + rest)
		}
	}
	return value
}

// moment is a day where it is the end of one, as due dates are.
func (p *Printer) moment(at time.Time) string {
	if at.Equal(calendar.EndOfDay(at).Truncate(time.Second)) { // details hold seconds
		return p.Date(at)
	}
	return p.DateTime(at)
}

// filterNames say what the parameters of the trail's filter narrow to.
var filterNames = map[string]string{"q": "trail.search", "person": "trail.who", "actor": "trail.who", "record": "trail.record", "kind": "trail.kind",
	"campaign": "trail.campaign", "from": "trail.from", "to": "trail.to"}

// filter words what the trail was narrowed to.
func (p *Printer) filter(value string) string {
	query, err := url.ParseQuery(value)
	if err != nil {
		return value
	}
	var out []string
	for _, name := range []string{"q", "person", "actor", "record", "kind", "campaign", "from", "to"} {
		text := query.Get(name)
		if text == "" {
			continue
		}
		if word := "trail.kind." + text; name == "kind" && p.keys[word] {
			text = p.T(word)
		}
		out = append(out, p.T(filterNames[name])+": "+text)
	}
	if len(out) == 0 {
		return audit.None
	}
	return strings.Join(out, ", ")
}

// Roles words what somebody is.
func (p *Printer) Roles(roles []access.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = p.T("access.role." + string(r))
	}
	return strings.Join(words, p.T("access.and"))
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
