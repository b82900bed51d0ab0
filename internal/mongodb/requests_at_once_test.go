package mongodb_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// attached puts files of a size on the sheet, as an earlier version did.
func (d *desk) attached(t *testing.T, n int, size int64) {
	t.Helper()
	for range n {
		d.insert(t, "evidence", evidence.Evidence{ID: ulid.Make().String(), Org: "o1", Campaign: "c1", Assignment: "c1:s1",
			Kind: evidence.Policy, File: &evidence.File{ID: ulid.Make().String(), Size: size}})
	}
}

// certified submits a sheet with a certificate and gives the certificate.
func (d *desk) certified(t *testing.T) evidence.Evidence {
	t.Helper()
	e, err := d.files().Add(t.Context(), d.supplier, "架空精工", evidence.Evidence{Campaign: "c1", Supplier: "s1", Kind: evidence.Policy}, "a.pdf", pdfFile())
	if err != nil {
		t.Fatal(err)
	}
	d.answerAll(t, questionnaire.Partly)
	if _, err := d.submit(t); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestRulesOfRequestsHoldAtTheSameMoment does each thing twenty times at once.
func TestRulesOfRequestsHoldAtTheSameMoment(t *testing.T) {
	policy := evidence.Evidence{Campaign: "c1", Supplier: "s1", Kind: evidence.Policy}
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, d *desk) func(ctx context.Context, i int) error
		refused []fault.Kind
		want    int
		files   int // that are stored in the end; -1: not looked at
	}{
		{"a file is attached where five more fit", func(t *testing.T, d *desk) func(context.Context, int) error {
			d.attached(t, 35, 1)
			return func(ctx context.Context, _ int) error {
				_, err := d.files().Add(ctx, d.supplier, "", policy, "a.pdf", pdfFile())
				return err
			}
		}, []fault.Kind{fault.TooMany}, 5, 5},
		{"a file is attached where three more bytes fit", func(t *testing.T, d *desk) func(context.Context, int) error {
			d.attached(t, 10, 20<<20)
			if _, err := d.db.Raw("evidence").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: d.any(t, "evidence")}},
				bson.D{{Key: "$inc", Value: bson.D{{Key: "file.size", Value: -3 * len(pdfText)}}}}); err != nil {
				t.Fatal(err)
			}
			return func(ctx context.Context, _ int) error {
				_, err := d.files().Add(ctx, d.supplier, "", policy, "a.pdf", pdfFile())
				return err
			}
		}, []fault.Kind{fault.TooMany}, 3, 3},
		{"a file is taken back", func(t *testing.T, d *desk) func(context.Context, int) error {
			e, err := d.files().Add(t.Context(), d.supplier, "", policy, "a.pdf", pdfFile())
			if err != nil {
				t.Fatal(err)
			}
			return func(ctx context.Context, _ int) error { return d.files().Remove(ctx, d.supplier, "", e.ID) }
		}, []fault.Kind{fault.NotFound}, 1, -1},
		{"a sheet is submitted", func(t *testing.T, d *desk) func(context.Context, int) error {
			d.answerAll(t, questionnaire.Partly)
			return func(context.Context, int) error { _, err := d.submit(t); return err }
		}, []fault.Kind{fault.Conflict, fault.Gone}, 1, -1},
		{"the request is handed on by whoever has it", func(_ *testing.T, d *desk) func(context.Context, int) error {
			return func(ctx context.Context, i int) error {
				return d.answers.Delegate(ctx, d.supplier, response.Handing{Name: "別 人", Email: fmt.Sprintf("n%d@example.jp", i), By: "例"})
			}
		}, []fault.Kind{fault.Conflict}, 1, -1},
		{"more mails are allowed", func(t *testing.T, d *desk) func(context.Context, int) error {
			store := mongodb.Campaigns{DB: d.db}
			e := entryOf(d.supplier)
			e.At = d.clock()
			if err := (mongodb.Responses{DB: d.db}).AskMore(t.Context(), d.supplier, e); err != nil {
				t.Fatal(err)
			}
			seen := d.assignment(t)
			change, err := campaign.AllowMore(seen)
			if err != nil {
				t.Fatal(err)
			}
			return func(ctx context.Context, _ int) error {
				return store.Change(ctx, d.reviewer, campaign.Decided{Assignment: seen, Change: change, Entry: entryOf(d.reviewer)})
			}
		}, []fault.Kind{fault.Conflict}, 1, -1},
		{"the request is sent again", func(t *testing.T, d *desk) func(context.Context, int) error {
			return d.decided(t, campaign.SendAgain)
		}, []fault.Kind{fault.Conflict}, 1, -1},
		{"the link is noted as handed over", func(t *testing.T, d *desk) func(context.Context, int) error {
			return d.decided(t, campaign.HandOver)
		}, []fault.Kind{fault.Conflict}, 1, -1},
		{"a request is declined", func(_ *testing.T, d *desk) func(context.Context, int) error {
			return func(ctx context.Context, _ int) error { return d.answers.Decline(ctx, d.supplier, "取引終了") }
		}, []fault.Kind{fault.Conflict, fault.Gone}, 1, -1},
		{"a sheet is accepted", func(t *testing.T, d *desk) func(context.Context, int) error {
			d.certified(t)
			return func(ctx context.Context, _ int) error { return d.answers.Accept(ctx, d.reviewer, "c1:s1") }
		}, []fault.Kind{fault.Conflict}, 1, -1},
		{"a sheet is returned", func(t *testing.T, d *desk) func(context.Context, int) error {
			d.certified(t)
			return func(ctx context.Context, _ int) error {
				return d.answers.Return(ctx, d.reviewer, "c1:s1", response.Correction{Reason: "二点ご確認ください"})
			}
		}, []fault.Kind{fault.Conflict}, 1, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			do := tt.prepare(t, d)
			got := dbtest.AtOnce(t, func(i int) error { return do(t.Context(), i) }, tt.refused...)
			if got != tt.want {
				t.Errorf("%d of %d took effect, want %d", got, dbtest.Clicks, tt.want)
			}
			if tt.files >= 0 && d.stored(t) != tt.files {
				t.Errorf("%d files are stored, want %d", d.stored(t), tt.files)
			}
		})
	}
}

// decided makes a change that each decides of the request as it stands at this moment.
func (d *desk) decided(t *testing.T, rule func(campaign.Assignment) (campaign.Change, error)) func(context.Context, int) error {
	t.Helper()
	if _, err := d.db.Raw("assignments").UpdateByID(t.Context(), "c1:s1", bson.D{{Key: "$set", Value: bson.D{{Key: "delivery", Value: campaign.DeliverySent}}}}); err != nil {
		t.Fatal(err)
	}
	seen := d.assignment(t)
	change, err := rule(seen)
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, _ int) error {
		return mongodb.Campaigns{DB: d.db}.Change(ctx, d.reviewer, campaign.Decided{Assignment: seen, Change: change, Entry: entryOf(d.reviewer)})
	}
}

// TestAWithdrawalKnowsWhetherTheRequestLeft: whether the supplier is told hangs on that.
func TestAWithdrawalKnowsWhetherTheRequestLeft(t *testing.T) {
	d := newDesk(t)
	move := func(to campaign.Delivery) {
		if _, err := d.db.Raw("assignments").UpdateByID(t.Context(), "c1:s1", bson.D{{Key: "$set", Value: bson.D{{Key: "delivery", Value: to}}}}); err != nil {
			t.Fatal(err)
		}
	}
	move(campaign.DeliveryQueued)
	seen := d.assignment(t)
	change, err := campaign.Withdraw(seen, "取引終了")
	if err != nil {
		t.Fatal(err)
	}
	move(campaign.DeliverySent) // meanwhile
	err = mongodb.Campaigns{DB: d.db}.Change(t.Context(), d.reviewer, campaign.Decided{Assignment: seen, Change: change, Entry: entryOf(d.reviewer)})
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("a withdrawal that was decided before the request left: %v, want a conflict", err)
	}
}

// any is the id of one record.
func (d *desk) any(t *testing.T, collection string) string {
	t.Helper()
	var found struct {
		ID string `bson:"_id"`
	}
	if err := d.db.Raw(collection).FindOne(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: ""}}}}).Decode(&found); err != nil {
		t.Fatal(err)
	}
	return found.ID
}

// TestNoVerdictOnACertificateAfterAcceptance judges certificates while the sheet is
// accepted at the same moment: what was accepted is never judged afterwards.
func TestNoVerdictOnACertificateAfterAcceptance(t *testing.T) {
	d := newDesk(t)
	e := d.certified(t)
	dbtest.AtOnce(t, func(i int) error {
		if i == dbtest.Clicks/2 {
			return d.answers.Accept(t.Context(), d.reviewer, "c1:s1")
		}
		return d.answers.Judge(t.Context(), d.reviewer, "c1:s1", e.ID, evidence.Rejected, fmt.Sprint("理由", i))
	}, fault.Conflict)
	if got := d.assignment(t).Response; got != campaign.Accepted {
		t.Fatalf("the sheet is %s, want accepted", got)
	}
	before, err := d.files().Get(t.Context(), d.reviewer, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got := dbtest.AtOnce(t, func(int) error {
		return d.answers.Judge(t.Context(), d.reviewer, "c1:s1", e.ID, evidence.Verified, "")
	}, fault.Conflict); got != 0 {
		t.Errorf("%d verdicts after acceptance", got)
	}
	// What was read before the acceptance does not pass either.
	store, seen := mongodb.Responses{DB: d.db}, d.assignment(t)
	if err := store.JudgeEvidence(t.Context(), d.reviewer, seen, before, e, entryOf(d.reviewer)); fault.KindOf(err) != fault.Conflict {
		t.Errorf("saved after acceptance: %v, want Conflict", err)
	}
	after, err := d.files().Get(t.Context(), d.reviewer, e.ID)
	if err != nil || after.Validity != before.Validity || after.Reason != before.Reason {
		t.Errorf("the certificate was %s and is %s, %v", before.Validity, after.Validity, err)
	}
}

// TestOneVerdictOnACertificateIsTheFirst: of verdicts on a certificate as it was seen one
// holds, and the trail says what it was before.
func TestOneVerdictOnACertificateIsTheFirst(t *testing.T) {
	d := newDesk(t)
	seen := d.certified(t)
	store, a := mongodb.Responses{DB: d.db}, d.assignment(t)
	for _, last := range []evidence.Validity{evidence.Verified, evidence.Rejected} {
		var err error
		if seen, err = d.files().Get(t.Context(), d.reviewer, seen.ID); err != nil {
			t.Fatal(err)
		}
		if got := dbtest.AtOnce(t, func(i int) error {
			e := seen
			e.Validity, e.Reason, e.ReviewedAt = last, fmt.Sprint("理由", i), d.clock()
			return store.JudgeEvidence(t.Context(), d.reviewer, a, seen, e, entryOf(d.reviewer))
		}, fault.Conflict); got != 1 {
			t.Errorf("%d verdicts of what was %s passed, want 1", got, seen.Validity)
		}
	}
}

// TestTheTrailSaysHowARequestStood: what is decided of a request as it was read is told as
// the write finds it.
func TestTheTrailSaysHowARequestStood(t *testing.T) {
	d := newDesk(t)
	store, was := mongodb.Responses{DB: d.db}, d.assignment(t)
	if _, err := d.save(t.Context(), "update", questionnaire.Done, 0); err != nil {
		t.Fatal(err)
	}
	next, err := response.Decline(was, "取引終了")
	if err != nil {
		t.Fatal(err)
	}
	e := audit.New(d.supplier, newULID(), d.clock(), response.ActionDeclined, audit.Ref{Kind: "assignment", ID: was.ID},
		audit.Was("state", was.Response, next.Response), audit.Detail{Key: "reason", Value: next.Reason})
	if err := store.Decline(t.Context(), d.supplier, next, e, nil); err != nil {
		t.Fatal(err)
	}
	kept := bson.D{{Key: "_id", Value: e.ID}, {Key: "details", Value: []audit.Detail{audit.Was("state", campaign.Answering, campaign.Declined), e.Details[1]}}}
	if d.count(t, "audit", kept) != 1 {
		t.Errorf("of a request that was %s, read as %s, the trail says something else", campaign.Answering, was.Response)
	}
}

// TestTheFirstWordsTellThatAReviewBegan, in an entry of its own, and once.
func TestTheFirstWordsTellThatAReviewBegan(t *testing.T) {
	d := newDesk(t)
	d.certified(t)
	for i, question := range []string{"update", "backup"} {
		if err := d.write(t.Context(), question, "ご確認ください", 0); err != nil {
			t.Fatal(err)
		}
		began := bson.D{{Key: "action", Value: response.ActionInReview}, {Key: "details.value", Value: audit.Was("state", campaign.Submitted, campaign.InReview).Value}}
		if n := d.count(t, "audit", began); n != 1 || d.assignment(t).Response != campaign.InReview {
			t.Errorf("after %d comments %d entries say that the review began", i+1, n)
		}
	}
}

// TestAClosedCampaignIsNotReminded closes a campaign while others ask for reminders:
// no job that reminds is left to run.
func TestAClosedCampaignIsNotReminded(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 30, nil)
	c := issued(t, store, rules, mailOwner, 30)
	dbtest.AtOnce(t, func(i int) error {
		if i == dbtest.Clicks/2 {
			return rules.Close(t.Context(), mailOwner, c.ID)
		}
		return rules.Remind(t.Context(), mailOwner, c.ID, campaign.Reminder{States: campaign.Remindable})
	}, fault.Conflict)
	left := countIn(t, store, "jobs", bson.D{{Key: "org_id", Value: "o1"}, {Key: "kind", Value: "remind"}, {Key: "state", Value: "waiting"}})
	if left != 0 {
		t.Errorf("%d jobs remind a campaign that is closed", left)
	}
	err := store.StartReminder(t.Context(), mailOwner, c, campaign.Reminder{States: campaign.Remindable}, entryOf(mailOwner))
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("decided while it was open, saved when it was closed: %v, want Conflict", err)
	}
}
