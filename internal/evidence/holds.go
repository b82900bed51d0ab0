package evidence

import (
	"time"

	"tsunagi/internal/questionnaire"
)

// Expired tells whether a certificate's last day has passed.
func (e Evidence) Expired(now time.Time) bool { return e.ExpiresOn != nil && now.After(*e.ExpiresOn) }

// IsRejected tells whether the buyer does not accept it.
func (e Evidence) IsRejected() bool { return e.Validity == Rejected }

// Unreadable tells whether its file was found to be one that nobody can open, also after
// it was received: it proves nothing then.
func (e Evidence) Unreadable() bool { return e.File != nil && e.File.Refused() }

// Answers tells whether its file answers the question to which it is attached: one that
// nobody can open does not.
func (e Evidence) Answers() bool { return e.Attached() && !e.Unreadable() }

// WhyUnreadable is the message that says so.
const WhyUnreadable = "evidence.why-unreadable"

// Holding lists the certificates that may stand in for answers today: not taken
// back, and nothing of WhyNot. A self-declaration (SECURITY ACTION) and a plain
// document stand in for nothing.
func Holding(all []Evidence, now time.Time) []questionnaire.Certificate {
	var out []questionnaire.Certificate
	for _, e := range all {
		if e.Kind.Traits().StandsIn && e.RemovedAt.IsZero() && len(e.WhyNot(now)) == 0 {
			out = append(out, questionnaire.Certificate{ID: e.ID, Kind: string(e.Kind)})
		}
	}
	return out
}

// WhyNot lists the messages that say why a certificate that could stand in for
// answers does not today; both sides are told them.
func (e Evidence) WhyNot(now time.Time) []string {
	if !e.Kind.Traits().StandsIn {
		return nil
	}
	var out []string
	for _, reason := range []struct {
		holds bool
		key   string
	}{
		{e.IsRejected(), "evidence.why-rejected"},
		{e.Expired(now), "evidence.why-expired"},
		{e.outside(), "evidence.outside"},
		{e.oldEdition(now), "evidence.old-edition"},
		{e.Accreditation == unaccredited, "evidence.why-unaccredited"},
		{e.Unreadable(), WhyUnreadable},
	} {
		if reason.holds {
			out = append(out, reason.key)
		}
	}
	return out
}

// outside tells whether the supplier said that the scope leaves the ordered work out.
func (e Evidence) outside() bool { return e.CoversWork != nil && !*e.CoversWork }
