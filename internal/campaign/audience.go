package campaign

import (
	"slices"
	"time"

	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
)

// Reachable tells whether a request can be mailed to a supplier; to others the
// buyer hands the link over.
func Reachable(s supplier.Supplier) bool {
	return s.Lane != supplier.LanePaper && org.ValidEmail(s.Email)
}

// Problem is a reason why a request would not reach a supplier, or why the buyer may
// not want to send it.
type Problem string

// The problems found in a rehearsal.
const (
	NoAddress  Problem = "no-address"
	BadAddress Problem = "bad-address"
	SameBox    Problem = "same-mailbox"  // several suppliers of this campaign share an address
	AskedNow   Problem = "already-asked" // in this fiscal year, or a campaign still waits for it
	OnPaper    Problem = "paper"
)

// Problems lists the problems in the order in which they are shown.
var Problems = []Problem{NoAddress, BadAddress, SameBox, AskedNow, OnPaper}

// AnyProblem chooses the rows with one or more problems.
const AnyProblem Problem = "any"

// RehearsalFilter chooses a page of the rehearsal.
type RehearsalFilter struct {
	Problem Problem // "" for all recipients
	Page    int
	Size    int
	Year    time.Time // the start of the fiscal year: asked since then counts
	Lang    string    // of the mail that is shown, where somebody gets one in it
	Now     time.Time
}

// Rehearsal is who would be asked, and what would go wrong.
type Rehearsal struct {
	Total  int             // who would be asked: those taken out do not count
	Mailed int             // of those, who gets a mail
	Counts map[Problem]int // by problem, and AnyProblem
	Shared []SharedBox     // the mailboxes that most suppliers share
	First  *RehearsalRow   // the first who gets a mail, nil when nobody does
	Rows   []RehearsalRow
	More   bool
}

// SharedBox is an address that several recipients have.
type SharedBox struct {
	Email string `bson:"_id"`
	Count int    `bson:"n"`
}

// RehearsalRow is one recipient.
type RehearsalRow struct {
	Supplier, Code, Name, Department, Person, Email, Lang string

	Copies       []Copy // who reads along
	Tier         int
	PersonalData bool
	Mailed       bool // gets a mail; else the link is handed over
	Excluded     bool // taken out by hand
	AskedAt      time.Time
	Problems     []Problem
}

// InEnglish tells whether the supplier is written to in English.
func (r RehearsalRow) InEnglish() bool { return r.Lang == "en" }

// ProblemsOf lists the problems of asking a supplier. shared
// tells which addresses several recipients have; year is the start of the fiscal
// year.
func ProblemsOf(s supplier.Supplier, shared func(email string) bool, year, now time.Time) []Problem {
	var out []Problem
	switch {
	case s.Lane == supplier.LanePaper:
		out = append(out, OnPaper)
	case s.Email == "":
		out = append(out, NoAddress)
	case !org.ValidEmail(s.Email):
		out = append(out, BadAddress)
	}
	if s.Email != "" && shared(s.Email) {
		out = append(out, SameBox)
	}
	if askedSince(s, year) || s.AskedUntil.After(now) {
		out = append(out, AskedNow)
	}
	return out
}

// askedSince tells whether a supplier was asked in the fiscal year that began then.
func askedSince(s supplier.Supplier, year time.Time) bool {
	return !s.AskedAt.IsZero() && !s.AskedAt.Before(year)
}

// Meets tells whether a supplier belongs to an audience in the fiscal year that began
// at year.
func (a Audience) Meets(s supplier.Supplier, year time.Time) bool {
	if slices.Contains(a.Except, s.ID) {
		return false
	}
	switch {
	case a.Picked:
		return slices.Contains(a.Only, s.ID)
	case a.All:
		return true
	}
	tagged := len(a.Tags) == 0 || slices.ContainsFunc(s.Tags, func(tag string) bool { return slices.Contains(a.Tags, tag) })
	tiered := len(a.Tiers) == 0 || slices.Contains(a.Tiers, s.Tier)
	return tagged && tiered && !(a.NotAsked && askedSince(s, year))
}

// CandidateFilter narrows the suppliers that are offered for picking by hand.
type CandidateFilter struct {
	Search supplier.Query // empty: everybody
	Only   []string       // just these suppliers, when set
	Page   int
	Size   int
}

// Candidate is one supplier offered for picking.
type Candidate struct {
	ID      string    `bson:"_id"`
	Code    string    `bson:"code"`
	Name    string    `bson:"name"`
	Person  string    `bson:"contact_name"`
	Email   string    `bson:"email"`
	Tier    int       `bson:"tier"`
	AskedAt time.Time `bson:"asked_at"`
}

// maxPicked bounds the suppliers picked or taken out one by one: the list is part
// of the campaign's document and of every query about its audience.
const maxPicked = 5000
