package mongodb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

func TestReturnAndCorrect(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	files := d.files()
	expires, covers := d.at.AddDate(1, 0, 0), true
	cert, err := files.Add(ctx, d.supplier, "架空精工", evidence.Evidence{Campaign: "c1", Kind: evidence.ISMS, Number: "IS 1", Scope: "受託",
		CoversWork: &covers, ExpiresOn: &expires}, "isms.pdf", pdfFile())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.save(ctx, "backup", questionnaire.NotDone, 0); err != nil {
		t.Fatal(err)
	}
	first, err := d.submit(t)
	if err != nil || first.Covered["update"] != cert.ID {
		t.Fatalf("a certificate stands in for a question: %v, %v", first.Covered, err)
	}
	if err := d.answers.StartReview(ctx, d.reviewer, "c1:s1"); err != nil {
		t.Fatal(err)
	}
	if err := d.write(ctx, "backup", "頻度を教えてください", 0); err != nil {
		t.Fatal(err)
	}
	if err := d.answers.Judge(ctx, d.reviewer, "c1:s1", cert.ID, evidence.Rejected, "範囲が異なります"); err != nil {
		t.Fatal(err)
	}
	if err := d.answers.Return(ctx, d.reviewer, "c1:s1", response.Correction{Reason: "二点ご確認ください"}); err != nil {
		t.Fatal(err)
	}
	want := []response.Flag{{Question: "backup", Text: "頻度を教えてください"}, {Question: "update"}}
	if got := d.draft(t).Flagged; !slices.Equal(got, want) {
		t.Errorf("flagged = %v, want %v", got, want)
	}
	if _, err = d.submit(t); fault.KindOf(err) != fault.Invalid {
		t.Errorf("what the rejected certificate covered is open again, and submitting gives %v", err)
	}
	if err := files.Remove(ctx, d.supplier, "架空精工", cert.ID); err != nil {
		t.Fatal(err)
	}
	d.answerAll(t, questionnaire.Partly)
	second, err := d.submit(t)
	if err != nil || second.Revision != 2 || len(d.draft(t).Flagged) != 0 {
		t.Errorf("second submission: revision %d, %v; still flagged %v", second.Revision, err, d.draft(t).Flagged)
	}
	again, err := d.answers.Submission(ctx, d.reviewer, "c1:s1", 1)
	if err != nil || again.SHA256 != first.SHA256 || again.Digest() != first.SHA256 {
		t.Errorf("the first revision was touched: %v", err)
	}
	now, _ := files.Of(ctx, d.reviewer, "c1:s1")
	if old, new := again.Relied(now), second.Relied(now); len(old) != 1 || old[0].Validity != evidence.Rejected || len(new) != 0 {
		t.Errorf("the buyer sees %d certificates of the first and %d of the second revision, want 1 and 0", len(old), len(new))
	}
	if err := d.answers.Accept(ctx, d.reviewer, "c1:s1"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"receipt:c1:s1:1", "returned:c1:s1:1", "receipt:c1:s1:2", "accepted:c1:s1:2"} {
		if n, _ := d.db.Raw("outbox").CountDocuments(ctx, bson.D{{Key: "_id", Value: id}}); n != 1 {
			t.Errorf("the message %s is owed %d times", id, n)
		}
	}
}

// write is a reviewer's comment, which asks for a correction.
func (d *desk) write(ctx context.Context, question, text string, seen int) error {
	_, err := d.answers.Write(ctx, d.reviewer, "c1:s1", response.Words{Subject: question, Text: text, Flag: true, Seen: seen})
	return err
}

// TestAWordAfterTheVerdict: a word and a verdict at the same moment are one of them.
func TestAWordAfterTheVerdict(t *testing.T) {
	for name, late := range map[string]func(*desk) error{
		"comment": func(d *desk) error {
			return d.write(t.Context(), "backup", "遅い", 0)
		},
		"return": func(d *desk) error {
			return d.answers.Return(t.Context(), d.reviewer, "c1:s1", response.Correction{Reason: "遅い"})
		},
		"accept":       func(d *desk) error { return d.answers.Accept(t.Context(), d.reviewer, "c1:s1") },
		"start review": func(d *desk) error { return d.answers.StartReview(t.Context(), d.reviewer, "c1:s1") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.answerAll(t, questionnaire.Partly)
			if _, err := d.submit(t); err != nil {
				t.Fatal(err)
			}
			d.between = func() {
				if err := d.answers.Accept(t.Context(), d.reviewer, "c1:s1"); err != nil {
					t.Error(err)
				}
			}
			if err := late(d); fault.KindOf(err) != fault.Conflict && name != "start review" || fault.KindOf(err) == fault.Internal && err != nil {
				t.Errorf("%s on what was accepted meanwhile: %v, want Conflict", name, err)
			}
			if got := d.assignment(t).Response; got != campaign.Accepted {
				t.Errorf("the request is %s, want accepted", got)
			}
			if err := d.answers.Return(t.Context(), d.reviewer, "c1:s1", response.Correction{Reason: "あとで見つかった誤りです"}); err != nil {
				t.Errorf("what was accepted can be returned for a mistake found later: %v", err)
			}
		})
	}
}

// TestAnyOrderOfActions lets everybody press anything in any order, sometimes two at
// the same moment, and checks what must hold after every step.
func TestAnyOrderOfActions(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			d := newDesk(t)
			random := rand.New(rand.NewPCG(seed, 1))
			kept := map[int]string{} // revision → digest
			for step := range 60 {
				before, other := d.assignment(t), ""
				d.between = nil
				if random.IntN(4) == 0 {
					d.between = func() {
						var err error
						if other, err = d.anything(t, random); err != nil && fault.KindOf(err) == fault.Internal {
							t.Errorf("step %d, %s meanwhile: %v", step, other, err)
						}
						before = d.assignment(t)
					}
				}
				name, err := d.anything(t, random)
				if err != nil && fault.KindOf(err) == fault.Internal {
					t.Fatalf("step %d, %s: %v", step, name, err)
				}
				d.check(t, fmt.Sprintf("step %d, %s after %q", step, name, other), before, d.assignment(t), kept)
			}
		})
	}
}

func (d *desk) anything(t *testing.T, random *rand.Rand) (string, error) {
	ctx := t.Context()
	values := []string{questionnaire.Partly, questionnaire.NotDone, questionnaire.Unknown, questionnaire.Done, ""}
	switch random.IntN(9) {
	case 0, 1, 2:
		question := []string{"update", "backup", "where"}[random.IntN(3)]
		seen := d.draft(t).Answers[question].Count
		if random.IntN(5) == 0 {
			seen--
		}
		_, err := d.save(ctx, question, values[random.IntN(len(values))], seen)
		if question == "where" && fault.KindOf(err) == fault.Invalid {
			err = nil
		}
		return "save " + question, err
	case 3, 4:
		_, err := d.answers.Submit(ctx, d.supplier, response.Declare{Name: "架空 花子", Role: "総務", Text: "申告します", Lang: "ja", Agreed: random.IntN(6) > 0})
		return "submit", err
	case 5:
		return "comment", d.write(ctx, "backup", fmt.Sprint("？", random.IntN(3)), random.IntN(2))
	case 6:
		return "accept", d.answers.Accept(ctx, d.reviewer, "c1:s1")
	case 7:
		return "return", d.answers.Return(ctx, d.reviewer, "c1:s1", response.Correction{Reason: "ご確認ください"})
	}
	if random.IntN(8) > 0 {
		return "start review", d.answers.StartReview(ctx, d.reviewer, "c1:s1")
	}
	return "decline", d.answers.Decline(ctx, d.supplier, "取引終了")
}

func (d *desk) check(t *testing.T, step string, before, after campaign.Assignment, kept map[int]string) {
	t.Helper()
	legal := before.Response == after.Response || before.Response.CanBecome(after.Response)
	if !legal {
		t.Errorf("%s: %s became %s", step, before.Response, after.Response)
	}
	if after.Revision != before.Revision && after.Revision != before.Revision+1 {
		t.Errorf("%s: revision %d became %d", step, before.Revision, after.Revision)
	}
	all, err := d.answers.Submissions(t.Context(), d.reviewer, "c1:s1")
	if err != nil || len(all) != after.Revision {
		t.Fatalf("%s: %d submissions, want %d (%v)", step, len(all), after.Revision, err)
	}
	for _, sub := range all {
		if was, ok := kept[sub.Revision]; ok && was != sub.Digest() || sub.Digest() != sub.SHA256 {
			t.Errorf("%s: revision %d was changed", step, sub.Revision)
		}
		kept[sub.Revision] = sub.SHA256
	}
	draft := d.draft(t)
	if draft.Open != after.Response.TakesAnswers() {
		t.Errorf("%s: the request is %s, but the sheet open is %v", step, after.Response, draft.Open)
	}
	if after.Response == campaign.Returned && !draft.ClosesAt.After(after.UpdatedAt.Add(24*time.Hour)) {
		t.Errorf("%s: returned, and no time to correct", step)
	}
}
