package mongodb_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// The database goes away between the first answer and noting that the supplier has
// begun. The page sends the answer again: nothing stays half done, or done twice.
func TestAnswerSentAgainAfterAnOutage(t *testing.T) {
	d := newDesk(t)
	store := mongodb.Responses{DB: d.db}
	first, err := store.SaveAnswer(t.Context(), response.Save{Viewer: d.supplier, Question: "update", Given: response.Given{Answer: questionnaire.Answer{Value: questionnaire.Done}}, Now: d.clock()})
	if err != nil || !first || d.assignment(t).Response != campaign.NotStarted {
		t.Fatalf("the first answer: %v %v", first, err)
	}
	for range 2 {
		if n, err := d.save(t.Context(), "update", questionnaire.Done, 0); n != 1 || err != nil {
			t.Errorf("sent again: %d, %v", n, err)
		}
	}
	if got := d.assignment(t).Response; got != campaign.Answering {
		t.Errorf("the request is %s, want answering", got)
	}
	if n := d.count(t, "audit", bson.D{{Key: "action", Value: response.ActionStarted}}); n != 1 {
		t.Errorf("%d entries say that it was begun, want 1", n)
	}
	if got := d.draft(t); got.Answered != 1 || got.Answers["update"].Count != 1 {
		t.Errorf("the sheet counts %d answered, the answer %d saves; want 1 and 1", got.Answered, got.Answers["update"].Count)
	}
}
