package web

import (
	"strings"
	"time"

	"tsunagi/internal/campaign"
	"tsunagi/internal/org"
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
	Replaces   []campaign.Replaced // what certificates replace for this supplier
	Closed     bool                // answers are no longer taken
	Resumes    bool                // it was declined, and that may be taken back
	Action     string              // where the button leads; empty in a rehearsal
	Now        any
}

// BuyerName names the buyer on top of a supplier's page.
func (p RequestPage) BuyerName() string { return p.Buyer }

// Declined tells whether the supplier has said that it will not answer.
func (p RequestPage) Declined() bool { return p.Assignment.Response == campaign.Declined }

// Kept is until when the buyer keeps what the supplier gives, zero where it has not said.
func (p RequestPage) Kept() time.Time { return p.Campaign.KeptUntil(p.Assignment) }

// Ended tells whether it was the buyer who ended the time for answers.
func (p RequestPage) Ended() bool { return p.Closed && p.Assignment.EndedByBuyer() }

// Submitted tells whether there is nothing to do but to look at what was submitted.
func (p RequestPage) Submitted() bool {
	return p.Assignment.Revision > 0 && !p.Assignment.Response.TakesAnswers() && !p.Declined()
}

// Begun tells whether anything was answered: who only looked begins.
func (p RequestPage) Begun() bool { return p.Assignment.Response != campaign.NotStarted }

// Waits tells whether the request may still be declined or handed on.
func (p RequestPage) Waits() bool { return p.Assignment.Response.TakesAnswers() && !p.Closed }

// BuyerName is how a buyer is called in a language.
func BuyerName(o org.Organization, lang string) string {
	if lang == "en" && o.NameEN != "" {
		return o.NameEN
	}
	return o.Name
}
