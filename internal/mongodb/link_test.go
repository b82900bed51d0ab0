package mongodb_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/notify"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// TestTheFilterOfALinkIsItsRule: the right of a link is a rule and the filters of its
// writes; over all states, generations and times all say the same.
func TestTheFilterOfALinkIsItsRule(t *testing.T) {
	d := newDesk(t)
	for i, state := range campaign.Responses {
		for generation := range 3 {
			for _, ends := range []time.Duration{-time.Hour, time.Hour} {
				t.Run(fmt.Sprintf("%s, generation %d, ends in %s", state, generation, ends), func(t *testing.T) {
					d.inState(t, state, generation, d.at.Add(ends))
					a := d.assignment(t)
					want := a.CheckWrite(d.supplier.Generation, d.at)
					for name, write := range d.writes(fmt.Sprintf("m%d-%d-%s", i, generation, ends), a) {
						d.inState(t, state, generation, a.ClosesAt)
						err := write()
						if (err == nil) != (want == nil) || want != nil && err.Error() != want.Error() {
							t.Errorf("%s says %v, the rule %v", name, err, want)
						}
					}
				})
			}
		}
	}
}

// inState puts the request, and its sheet with it, into a state.
func (d *desk) inState(t *testing.T, state campaign.Response, generation int, ends time.Time) {
	t.Helper()
	for collection, change := range map[string]bson.D{
		"assignments": {{Key: "$set", Value: bson.D{{Key: "response", Value: state}, {Key: "generation", Value: generation}, {Key: "closes_at", Value: ends}}},
			{Key: "$unset", Value: bson.D{{Key: "due_at", Value: ""}}}},
		"drafts": {{Key: "$set", Value: bson.D{{Key: "open", Value: state.TakesAnswers()}, {Key: "generation", Value: generation}, {Key: "closes_at", Value: ends},
			{Key: "answers", Value: bson.D{}}}}},
	} {
		if _, err := d.db.Raw(collection).UpdateOne(t.Context(), bson.D{{Key: "_id", Value: "c1:s1"}}, change); err != nil {
			t.Fatal(err)
		}
	}
}

// writes are the store's writes of a supplier, which every page ends in.
func (d *desk) writes(id string, a campaign.Assignment) map[string]func() error {
	ctx, v := context.Background(), d.supplier
	answers, papers := mongodb.Responses{DB: d.db}, mongodb.Evidence{DB: d.db}
	e := func() audit.Entry {
		return audit.New(v, newULID(), d.clock(), response.ActionDelegated, audit.Ref{Kind: "assignment", ID: a.ID})
	}
	paper := evidence.Evidence{ID: id, Org: "o1", Campaign: "c1", Assignment: a.ID, Kind: evidence.Policy}
	return map[string]func() error{
		"an answer": func() error {
			begins := e()
			return answers.SaveAnswer(ctx, response.Save{Viewer: v, Question: "update", Given: response.Given{Answer: questionnaire.Answer{Value: questionnaire.Done}},
				Now: d.clock(), Begins: &begins})
		},
		"handing on": func() error {
			return answers.Delegate(ctx, v, a, a, e(), []notify.Message{campaign.Message(a, id, notify.Delegated, d.clock())})
		},
		"who reads along": func() error {
			next := a
			next.Copies = append(next.Copies, campaign.Copy{Email: "along@example.jp"})
			return answers.SetCopies(ctx, v, a, next, e(), campaign.MessagesTo(next, next.Copies, id, notify.Copied, d.clock()))
		},
		"declining": func() error { return answers.Decline(ctx, v, a, e(), nil) },
		"a file":    func() error { return papers.Add(ctx, v, paper, e()) },
		"taking it back": func() error {
			there := paper
			there.ID += "-there"
			if _, err := d.db.Raw("evidence").InsertOne(ctx, there); err != nil {
				return err
			}
			return papers.Remove(ctx, v, there, d.clock(), e())
		},
	}
}
