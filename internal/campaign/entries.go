package campaign

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tsunagi/internal/audit"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
)

// differences say of each part of a draft that changed what it was and what it is. Where
// there are none nothing is saved, so that they leave out nothing that a person can change.
func differences(was, is Campaign) []audit.Detail {
	a, b := was.Audience, is.Audience
	details := []audit.Detail{audit.Was("name", was.Name, is.Name), audit.Was("purpose", was.Purpose, is.Purpose),
		audit.Was("necessity", was.Necessity, is.Necessity), audit.Was("name-en", was.NameEN, is.NameEN),
		audit.Was("purpose-en", was.PurposeEN, is.PurposeEN), audit.Was("necessity-en", was.NecessityEN, is.NecessityEN)}
	details = append(details, org.ContactChanges(was.Contact, is.Contact)...)
	details = append(details, audit.Was("questionnaire", was.asks(), is.asks()), audit.Was("scale", was.Scale(), is.Scale()),
		audit.Was("stand-in", audit.YesNo(was.StandIn), audit.YesNo(is.StandIn)), audit.WasAt("due", was.DueAt, is.DueAt), audit.WasAt("closes", was.ClosesAt, is.ClosesAt),
		audit.WasAt("keep", was.KeepUntil, is.KeepUntil), audit.Was("audience", a.kind(), b.kind()), audit.Was("tags", list(a.Tags), list(b.Tags)), audit.Was("tiers", tiers(a.Tiers), tiers(b.Tiers)),
		audit.Was("not-asked", audit.YesNo(a.NotAsked), audit.YesNo(b.NotAsked)))
	details = audit.Differing(details...)
	return slices.Concat(details, counted("picked", a.Only, b.Only), counted("left-out", a.Except, b.Except), coverageChanges(was.Coverage, is.Coverage))
}

// moved says that a campaign is in another state.
func moved(was, is State) audit.Detail { return audit.Was("campaign", was, is) }

// asks names the questionnaire of a draft.
func (c Campaign) asks() string {
	if c.Questionnaire.Key == "" {
		return ""
	}
	return cmp.Or(c.Questionnaire.Title.JA, c.Questionnaire.Key) + " v" + strconv.Itoa(c.Questionnaire.Version)
}

// kind is how an audience is chosen.
func (a Audience) kind() string {
	switch {
	case a.All:
		return "all"
	case a.Picked:
		return "picked"
	}
	return "some"
}

func list(all []string) string { return strings.Join(all, "、") }

func tiers(all []int) string {
	var out []string
	for _, n := range all {
		out = append(out, strconv.Itoa(n))
	}
	return list(out)
}

// counted says how many there were and are, and how many of them came and went.
func counted(key string, was, is []string) []audit.Detail {
	if slices.Equal(was, is) {
		return nil
	}
	return []audit.Detail{audit.Was(key, strconv.Itoa(len(was)), strconv.Itoa(len(is))),
		detail("put-in", strconv.Itoa(missing(is, was))), detail("taken-out", strconv.Itoa(missing(was, is)))}
}

// missing counts those of a list that another does not have.
func missing(list, other []string) int {
	has := map[string]bool{}
	for _, id := range other {
		has[id] = true
	}
	n := 0
	for _, id := range list {
		if !has[id] {
			n++
		}
	}
	return n
}

// namedCells is how many changes of the coverage an entry names.
const namedCells = 20

// coverageChanges says what of the coverage was changed, by control and certificate.
func coverageChanges(was, is questionnaire.Coverage) []audit.Detail {
	var out []audit.Detail
	both := questionnaire.Coverage{}
	maps.Copy(both, was)
	maps.Copy(both, is)
	for _, control := range slices.Sorted(maps.Keys(both)) {
		kinds := map[string]questionnaire.Stand{}
		maps.Copy(kinds, was[control])
		maps.Copy(kinds, is[control])
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			if before, after := was[control][kind], is[control][kind]; before != after {
				d := audit.Was("coverage", before, after)
				d.Value = control + " " + kind + audit.Of + d.Value
				out = append(out, d)
			}
		}
	}
	if more := len(out) - namedCells; more > 0 {
		out = append(out[:namedCells], detail("more", strconv.Itoa(more)))
	}
	return out
}
