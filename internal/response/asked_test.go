package response

import (
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/supplier"
)

func TestAskingMakesAllPartsOfARequest(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	c := campaign.Campaign{ID: "c1", Org: "o1", DueAt: now.AddDate(0, 0, 20), ClosesAt: now.AddDate(0, 0, 30)}
	for name, s := range map[string]supplier.Supplier{
		"by mail":  {ID: "s1", Name: "架空精工", Email: "a@example.jp", Lane: supplier.LaneMail},
		"on paper": {ID: "s1", Name: "架空精工", Email: "a@example.jp", Lane: supplier.LanePaper},
	} {
		t.Run(name, func(t *testing.T) {
			got := Ask(access.System("o1", "青木"), c, s, "e1", now)
			if got.Assignment.ID != "c1:s1" || got.Draft.ID != "c1:s1" || !got.Draft.Open || !got.Draft.ClosesAt.Equal(c.ClosesAt) {
				t.Errorf("the assignment %+v and its draft %+v", got.Assignment, got.Draft)
			}
			entries.Note(got.Entry)
			if e := got.Entry; e.ID != "e1" || e.Action != campaign.ActionAsked || e.Record.ID != "c1:s1" || e.Campaign != "c1" || e.Org != "o1" {
				t.Errorf("the entry %+v", e)
			}
			if mailed := s.Lane == supplier.LaneMail; (len(got.Messages) > 0) != mailed || mailed && got.Messages[0].ID != "request:c1:s1" {
				t.Errorf("the messages %+v", got.Messages)
			}
		})
	}
}
