package evidence

import (
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
)

// What a supplier does is told in its name; what the buyer looks at in the person's.
func TestWhatIsToldOfEvidence(t *testing.T) {
	at := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	e := Evidence{ID: "e", Campaign: "c", Kind: ISMS, Number: "IS 1", Validity: Verified}
	link, person := access.Supplier("o", "c:s", 1, ""), access.Viewer{Kind: access.Member, Org: "o", User: "u", Name: "確 認太"}
	for name, tt := range map[string]struct {
		e       audit.Entry
		by      string
		details int
	}{
		"taken back": {attached(link, "x", at, ActionRemoved, e, "架空精工", audit.Was("validity", e.Validity, "removed")), "架空精工", 2},
		"looked at":  {Viewed(person, "x", at, e, "架空精工"), "確 認太", 1},
	} {
		t.Run(name, func(t *testing.T) {
			entries.Note(tt.e)
			if tt.e.Actor.Name != tt.by || tt.e.Record.Name != "架空精工" || tt.e.Campaign != "c" || len(tt.e.Details) != tt.details || tt.e.Detail("certificate") != "isms IS 1" {
				t.Errorf("the entry is %+v", tt.e)
			}
		})
	}
}
