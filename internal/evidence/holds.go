package evidence

import (
	"time"

	"tsunagi/internal/questionnaire"
)

// Expired tells whether a certificate's last day has passed.
func (e Evidence) Expired(now time.Time) bool { return e.ExpiresOn != nil && now.After(*e.ExpiresOn) }

// IsRejected tells whether the buyer does not accept it.
func (e Evidence) IsRejected() bool { return e.Validity == Rejected }

// Holding lists the certificates that may stand in for answers today: not taken
// back, not rejected, not expired, and not said to leave the ordered work out. A
// self-declaration (SECURITY ACTION) and a plain document stand in for nothing.
func Holding(all []Evidence, now time.Time) []questionnaire.Certificate {
	var out []questionnaire.Certificate
	for _, e := range all {
		if e.Kind.Traits().StandsIn && !e.outside() && e.RemovedAt.IsZero() && e.Validity != Rejected && !e.Expired(now) {
			out = append(out, questionnaire.Certificate{ID: e.ID, Kind: string(e.Kind)})
		}
	}
	return out
}

// outside tells whether the supplier said that the scope leaves the ordered work out.
func (e Evidence) outside() bool { return e.CoversWork != nil && !*e.CoversWork }
