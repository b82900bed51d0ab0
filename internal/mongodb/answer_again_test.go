package mongodb_test

import (
	"errors"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// begun fails unless the sheet was begun, and by one write.
func (d *desk) begun(t *testing.T, answered int) {
	t.Helper()
	if got := d.assignment(t).Response; got != campaign.Answering {
		t.Errorf("the request is %s, want answering", got)
	}
	if n := d.count(t, "audit", bson.D{{Key: "action", Value: response.ActionStarted}}); n != 1 {
		t.Errorf("%d entries say that it was begun, want 1", n)
	}
	if got := d.draft(t); len(got.Answers) != answered || got.BegunAt.IsZero() {
		t.Errorf("the sheet has %d answers, begun at %v; want %d", len(got.Answers), got.BegunAt, answered)
	}
}

// TestFirstAnswerAndBeginning: they are one write. Where one cannot be made there is
// neither, and the page sends the answer again.
func TestFirstAnswerAndBeginning(t *testing.T) {
	d := newDesk(t)
	store := mongodb.Responses{DB: d.db}
	first := response.Save{Viewer: d.supplier, Question: "update", Given: response.Given{Answer: questionnaire.Answer{Value: questionnaire.Done}}, Now: d.clock()}
	nothing := func(what string) {
		t.Helper()
		if got := d.draft(t); len(got.Answers) != 0 || !got.BegunAt.IsZero() || d.assignment(t).Response != campaign.NotStarted {
			t.Errorf("%s: the sheet holds %+v", what, got)
		}
	}
	if err := store.SaveAnswer(t.Context(), first); !errors.Is(err, response.ErrFirst) {
		t.Errorf("without an entry for the beginning: %v", err)
	}
	nothing("without an entry")

	// The trail cannot be written: the collection takes no such entry.
	refuse := func(validator bson.D) {
		t.Helper()
		if err := d.db.Raw("audit").Database().RunCommand(t.Context(), bson.D{{Key: "collMod", Value: "audit"}, {Key: "validator", Value: validator}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	refuse(bson.D{{Key: "action", Value: bson.D{{Key: "$ne", Value: response.ActionStarted}}}})
	if _, err := d.save(t.Context(), "update", questionnaire.Done, 0); err == nil {
		t.Error("saved, although the beginning could not be noted")
	}
	nothing("the beginning could not be noted")
	refuse(bson.D{})

	for range 2 {
		if n, err := d.save(t.Context(), "update", questionnaire.Done, 0); n != 1 || err != nil {
			t.Errorf("sent again: %d, %v", n, err)
		}
	}
	d.begun(t, 1)
}

// TestFirstAnswersAtOnce: a page that sends several first answers at once begins once, and
// each is saved.
func TestFirstAnswersAtOnce(t *testing.T) {
	d := newDesk(t)
	var all sync.WaitGroup
	for _, question := range []string{"update", "backup", "where"} {
		all.Go(func() {
			if n, err := d.save(t.Context(), question, questionnaire.Done, 0); n != 1 || err != nil {
				t.Errorf("%s: %d, %v", question, n, err)
			}
		})
	}
	all.Wait()
	d.begun(t, 3)
}
