package campaign

import (
	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
)

// covering is the coverage that applies: none when certificates may not stand in.
func (c Campaign) covering() questionnaire.Coverage {
	if !c.StandIn {
		return nil
	}
	return c.Coverage
}

// Covered says which questions the given certificates stand in for, in this
// campaign and for this supplier.
func (c Campaign) Covered(certificates []questionnaire.Certificate, personalData bool) map[string]string {
	return c.covering().Covered(c.Questionnaire, certificates, personalData)
}

// Replaced says how many questions a kind of certificate replaces.
type Replaced struct {
	Kind  evidence.Kind
	Count int
	Most  bool // some of the questions are asked only after certain answers
}

// Message is the message that says it.
func (r Replaced) Message() string {
	if r.Most {
		return "request.replaces-most"
	}
	return "request.replaces"
}

// Replaces says, by kind of certificate, how many questions of this campaign it
// replaces for a supplier; a kind that replaces none is left out.
func (c Campaign) Replaces(personalData bool) []Replaced {
	var out []Replaced
	for _, kind := range evidence.Standing {
		one := Replaced{Kind: kind}
		for key := range c.Covered([]questionnaire.Certificate{{ID: string(kind), Kind: string(kind)}}, personalData) {
			q, _ := c.Questionnaire.Question(key)
			one.Count, one.Most = one.Count+1, one.Most || q.ShowIf != nil
		}
		if one.Count > 0 {
			out = append(out, one)
		}
	}
	return out
}
