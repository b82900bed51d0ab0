package mongodb_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// TestAnAcceptanceIsUndoneUntold: what is taken back, or returned, before the mail has left
// cancels it; what a sender holds cannot be taken back, and is never told twice.
func TestAnAcceptanceIsUndoneUntold(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.answerAll(t, questionnaire.Partly)
	if _, err := d.submit(t); err != nil {
		t.Fatal(err)
	}
	mail := func(id string) notify.Message { return stored[notify.Message](t, d.db, "outbox", id) }
	accept := func() {
		t.Helper()
		if err := d.answers.Accept(ctx, d.reviewer, "c1:s1"); err != nil {
			t.Fatal(err)
		}
	}
	accept()
	if m := mail("accepted:c1:s1:1"); m.State != notify.Queued || m.NextAt.Before(d.at.Add(23*time.Hour)) {
		t.Errorf("the mail is %s and leaves at %s", m.State, m.NextAt)
	}
	if err := d.answers.TakeBack(ctx, d.reviewer, "c1:s1"); err != nil {
		t.Fatal(err)
	}
	if m, a := mail("accepted:c1:s1:1"), d.assignment(t); m.State != notify.Cancelled || m.Reason != notify.TakenBack || a.Response != campaign.InReview {
		t.Errorf("taken back: the mail is %s, the request %s", m.State, a.Response)
	}
	if err := d.answers.TakeBack(ctx, d.reviewer, "c1:s1"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("taken back twice: %v", err)
	}
	accept()
	box := d.db.Outbox()
	if held, err := box.Claim(ctx, 9, d.at.Add(25*time.Hour), d.at.Add(26*time.Hour)); err != nil || len(held) == 0 {
		t.Fatalf("%d are due after a day, %v", len(held), err)
	}
	if err := d.answers.TakeBack(ctx, d.reviewer, "c1:s1"); fault.KindOf(err) != fault.Conflict || d.assignment(t).Response != campaign.Accepted {
		t.Errorf("while a sender has it: %v, %s", err, d.assignment(t).Response)
	}
	before := d.assignment(t).DueAt
	if err := d.answers.Return(ctx, d.reviewer, "c1:s1", response.Correction{Reason: "誤りが見つかりました"}); err != nil {
		t.Fatal(err)
	}
	if a := d.assignment(t); a.DueAt.Before(before) || a.ClosesAt.Before(a.DueAt) || !d.draft(t).ClosesAt.Equal(a.ClosesAt) {
		t.Errorf("due on %s, before it was %s; closes %s", a.DueAt, before, a.ClosesAt)
	}
}

// TestCommentsAtOnce: comments on different questions at the same moment are not in each
// other's way, be they the first of the review or typed on, and a return at that moment
// has all that were kept.
func TestCommentsAtOnce(t *testing.T) {
	d := newDesk(t)
	d.answerAll(t, questionnaire.Partly)
	if _, err := d.submit(t); err != nil {
		t.Fatal(err)
	}
	colleague := d.reviewer
	colleague.User, colleague.Name = "u9", "確 認次郎"
	subjects := []string{"update", "backup", "where", response.Reason}
	for seen := range 3 {
		var group sync.WaitGroup
		for _, subject := range subjects {
			for i, v := range []struct{ text string }{{"頻度は"}, {"範囲は"}} {
				who := d.reviewer
				if i > 0 {
					who = colleague
				}
				group.Go(func() {
					w := response.Words{Subject: subject, Text: fmt.Sprint(v.text, seen), Flag: true, Seen: seen, Page: fmt.Sprint("p.", seen)}
					if n, err := d.answers.Write(t.Context(), who, "c1:s1", w); err != nil || n != seen+1 {
						t.Errorf("%s on %s: %d, %v", who.Name, subject, n, err)
					}
				})
			}
		}
		group.Wait()
		r, err := d.answers.Review(t.Context(), d.reviewer, "c1:s1", 1)
		if err != nil || len(r.Comments) != 2*len(subjects) {
			t.Fatalf("%d are kept, %v", len(r.Comments), err)
		}
		for _, c := range r.Comments {
			if c.Count != seen+1 || c.Text != r.Own(d.reviewer, c.Question).Text && c.Text != r.Own(colleague, c.Question).Text {
				t.Errorf("kept %+v", c)
			}
		}
	}
	if got := d.assignment(t).Response; got != campaign.InReview {
		t.Errorf("the request is %s", got)
	}
	if n := d.count(t, "audit", bson.D{{Key: "action", Value: response.ActionCommented}}); n != 2*len(subjects) {
		t.Errorf("%d entries for what was written, want one each", n)
	}
	if err := d.answers.Return(t.Context(), colleague, "c1:s1", response.Correction{Reason: "ご確認ください"}); err != nil {
		t.Fatal(err)
	}
	r, err := d.answers.Review(t.Context(), d.reviewer, "c1:s1", 1)
	if err != nil || len(r.Comments) != 6 || len(d.draft(t).Flagged) != 6 {
		t.Errorf("returned with %d comments and %d flags, %v", len(r.Comments), len(d.draft(t).Flagged), err)
	}
}
