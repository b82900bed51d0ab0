package web

import (
	"strings"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
)

// LinkOf is the address under which a link's token opens a request.
func (f *Frame) LinkOf(token string) string {
	return strings.TrimSuffix(f.Base.String(), "/") + "/r/" + token
}

// RequestPage is the request as the supplier sees it.
type RequestPage struct {
	Buyer      string
	Campaign   campaign.Campaign
	Assignment campaign.Assignment
	Questions  int
	Minutes    int
	Covered    int // how many questions certificates may stand in for
	Closed     bool
	Action     string // where the button leads; empty in a rehearsal
	Now        any
}

// BuyerName names the buyer on top of a supplier's page.
func (p RequestPage) BuyerName() string { return p.Buyer }

// Declined tells whether the supplier has said that it will not answer.
func (p RequestPage) Declined() bool { return p.Assignment.Response == campaign.Declined }

// Waits tells whether the request may still be declined or handed on.
func (p RequestPage) Waits() bool { return p.Assignment.Response.TakesAnswers() && !p.Closed }

// BuyerName is how a buyer is called in a language.
func BuyerName(o org.Organization, lang string) string {
	if lang == "en" && o.NameEN != "" {
		return o.NameEN
	}
	return o.Name
}

// Coverable counts the questions that a certificate may stand in for, of whatever kind.
func Coverable(c campaign.Campaign, personalData bool) int {
	var all []questionnaire.Certificate
	for _, kind := range evidence.Standing {
		all = append(all, questionnaire.Certificate{ID: string(kind), Kind: string(kind)})
	}
	return len(c.Covered(all, personalData))
}
