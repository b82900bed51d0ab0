package mongodb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// desk is one campaign with one request, and everybody who may touch it.
type desk struct {
	db        *mongodb.DB
	at        time.Time // what the clock shows
	clock     func() time.Time
	answers   *response.Service
	between   func() // happens once, after the next rule has decided and before it is saved
	campaign  campaign.Campaign
	supplier  access.Viewer
	reviewer  access.Viewer
	outsiders map[string]access.Viewer
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{at: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)}
	var mu sync.Mutex
	d.clock = func() time.Time { // every look at the clock is a moment later
		mu.Lock()
		defer mu.Unlock()
		d.at = d.at.Add(time.Millisecond)
		return d.at
	}
	d.db = dbtest.OpenAt(t, d.clock)
	d.answers = response.NewService(interrupted{mongodb.Responses{DB: d.db}, d}, campaign.NewService(mongodb.Campaigns{DB: d.db}, d.db.Accounts(), d.clock, newULID),
		mongodb.Evidence{DB: d.db}, d.clock, newULID)
	d.campaign = campaign.Campaign{ID: "c1", Org: "o1", Name: "調査", StandIn: true, State: campaign.Open, KeepUntil: d.at.AddDate(5, 0, 0),
		Coverage: questionnaire.Coverage{"IPA5-01": {"isms": questionnaire.StandsFull}},
		Questionnaire: questionnaire.Questionnaire{Key: "k", Version: 1, Sections: []questionnaire.Section{{Key: "s", Questions: []questionnaire.Question{
			{Key: "update", Number: 1, Kind: questionnaire.Maturity, Weight: 1, References: []string{"IPA5-01"}},
			{Key: "backup", Number: 2, Kind: questionnaire.Maturity, Weight: 1},
			{Key: "where", Number: 3, Kind: questionnaire.FreeText, ShowIf: &questionnaire.Condition{Question: "backup", In: []string{questionnaire.Done}}},
		}}}}}
	d.supplier = access.Supplier("o1", "c1:s1", 1, "架空精工")
	d.reviewer = access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Name: "確 認太", Roles: []access.Role{access.Reviewer}}
	d.outsiders = map[string]access.Viewer{
		"nobody":                        {},
		"another supplier":              access.Supplier("o1", "c1:s2", 1, ""),
		"a supplier of another buyer":   access.Supplier("o2", "c1:s1", 1, ""),
		"another buyer's reviewer":      {Kind: access.Member, Org: "o2", User: "u2", Roles: []access.Role{access.Reviewer}},
		"an auditor of other campaigns": {Kind: access.Member, Org: "o1", User: "u3", Roles: []access.Role{access.Auditor}, Campaigns: []string{"c2"}},
	}
	d.insert(t, "organizations", org.Organization{ID: "o1", Name: "甲社"})
	d.insert(t, "campaigns", d.campaign)
	for _, s := range []string{"s1", "s2"} {
		a := campaign.Assignment{ID: "c1:" + s, Org: "o1", Campaign: "c1", Supplier: s, Name: "架空精工", Email: s + "@example.jp", Lang: "ja",
			Generation: 1, Response: campaign.NotStarted, DueAt: d.at.AddDate(0, 0, 17), ClosesAt: d.at.AddDate(0, 0, 31)}
		d.insert(t, "assignments", a)
		d.insert(t, "drafts", response.NewDraft(a, d.at))
	}
	return d
}

// interrupted is the store of a desk where something happens between deciding and
// saving.
type interrupted struct {
	mongodb.Responses

	*desk
}

func (s interrupted) happen() {
	if do := s.between; do != nil {
		s.between = nil
		do()
	}
}

func (s interrupted) Submit(ctx context.Context, v access.Viewer, sub response.Submission, a campaign.Assignment, seen time.Time, e audit.Entry, m []notify.Message) error {
	s.happen()
	return s.Responses.Submit(ctx, v, sub, a, seen, e, m)
}

func (s interrupted) Decline(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry, m []notify.Message) error {
	s.happen()
	return s.Responses.Decline(ctx, v, a, e, m)
}

func (s interrupted) StartReview(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry) error {
	s.happen()
	return s.Responses.StartReview(ctx, v, a, e)
}

func (s interrupted) SaveWords(ctx context.Context, v access.Viewer, a campaign.Assignment, c response.Comment, first *response.FirstWords) error {
	s.happen()
	return s.Responses.SaveWords(ctx, v, a, c, first)
}

func (s interrupted) Decide(ctx context.Context, v access.Viewer, a campaign.Assignment, d response.Decision, e audit.Entry, m []notify.Message) error {
	s.happen()
	return s.Responses.Decide(ctx, v, a, d, e, m)
}

func (d *desk) insert(t *testing.T, collection string, record any) {
	t.Helper()
	if _, err := d.db.Raw(collection).InsertOne(t.Context(), record); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) assignment(t *testing.T) campaign.Assignment {
	return stored[campaign.Assignment](t, d.db, "assignments", "c1:s1")
}

func (d *desk) draft(t *testing.T) response.Draft {
	return stored[response.Draft](t, d.db, "drafts", "c1:s1")
}

// answered is how many answers stand in the sheet.
func (d *desk) answered(t *testing.T) int {
	n := 0
	for _, a := range d.draft(t).Answers {
		if !a.Empty() {
			n++
		}
	}
	return n
}

func (d *desk) count(t *testing.T, collection string, filter bson.D) int {
	t.Helper()
	n, err := d.db.Raw(collection).CountDocuments(t.Context(), append(bson.D{{Key: "org_id", Value: "o1"}}, filter...))
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func (d *desk) save(ctx context.Context, question, value string, seen int) (int, error) {
	return d.answers.Answer(ctx, d.supplier, question, response.Given{Answer: questionnaire.Answer{Value: value}, Seen: seen})
}

func (d *desk) submit(t *testing.T) (response.Submission, error) {
	return d.answers.Submit(t.Context(), d.supplier, declare)
}

var declare = response.Declare{Name: "架空 花子", Role: "総務", Text: "申告します", Lang: "ja", Agreed: true}

// answerAll answers what is asked, from whatever was answered before.
func (d *desk) answerAll(t *testing.T, value string) {
	t.Helper()
	for _, q := range []string{"update", "backup"} {
		if _, err := d.save(t.Context(), q, value, d.draft(t).Answers[q].Count); err != nil {
			t.Fatal(err)
		}
	}
}

func key(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSaveAnswer(t *testing.T) {
	d := newDesk(t)
	steps := []struct {
		name     string
		change   bson.D // of the draft, before
		question string
		value    string
		seen     int
		want     fault.Kind // 0 with n below means saved
		n        int
		answered int
	}{
		{"the first", nil, "update", questionnaire.Done, 0, 0, 1, 1},
		{"the same again: its reply was lost", nil, "update", questionnaire.Done, 0, 0, 1, 1},
		{"another one from a stale page", nil, "update", questionnaire.NotDone, 0, fault.Conflict, 0, 1},
		{"changed", nil, "update", questionnaire.Partly, 1, 0, 2, 1},
		{"cleared", nil, "update", "", 2, 0, 3, 0},
		{"given again", nil, "update", questionnaire.Unknown, 3, 0, 4, 1},
		{"no expression", nil, "where", "$answers.update.v {$ne: 1}", 0, 0, 1, 2},
		{"no such option", nil, "backup", "perhaps", 0, fault.Invalid, 0, 2},
		{"no such question", nil, "nothing", "x", 0, fault.NotFound, 0, 2},
		{"no such question, tricky", nil, "update.v", "x", 0, fault.NotFound, 0, 2},
		{"the link was revoked", bson.D{{Key: "generation", Value: 2}}, "backup", questionnaire.Done, 0, fault.Gone, 0, 2},
		{"submitted", bson.D{{Key: "generation", Value: 1}, {Key: "open", Value: false}}, "backup", questionnaire.Done, 0, fault.Gone, 0, 2},
		{"too late", bson.D{{Key: "open", Value: true}, {Key: "closes_at", Value: d.at}}, "backup", questionnaire.Done, 0, fault.Gone, 0, 2},
	}
	for _, s := range steps {
		if s.change != nil {
			if _, err := d.db.Raw("drafts").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: "c1:s1"}}, bson.D{{Key: "$set", Value: s.change}}); err != nil {
				t.Fatal(err)
			}
		}
		n, err := d.save(t.Context(), s.question, s.value, s.seen)
		if err == nil && (s.want != 0 || n != s.n) || err != nil && fault.KindOf(err) != s.want {
			t.Errorf("%s: n = %d, %v; want n = %d, %v", s.name, n, err, s.n, s.want)
		}
		if got := d.answered(t); got != s.answered {
			t.Errorf("%s: %d answered, want %d", s.name, got, s.answered)
		}
	}
	if got := d.draft(t).Answers["where"].Value; got != "$answers.update.v {$ne: 1}" {
		t.Errorf("a text with signs of the database became %q", got)
	}
	if a := d.assignment(t); a.Response != campaign.Answering {
		t.Errorf("after the first save the request is %s", a.Response)
	}
	if n := d.count(t, "audit", bson.D{{Key: "action", Value: response.ActionStarted}}); n != 1 {
		t.Errorf("the beginning is noted %d times, want once", n)
	}
}

func TestTwoPeopleOnOneQuestion(t *testing.T) {
	d := newDesk(t)
	const people = 12
	var wg sync.WaitGroup
	errs := make([]error, people)
	for i := range people {
		wg.Go(func() { _, errs[i] = d.save(t.Context(), "where", fmt.Sprintf("書庫%d", i), 0) })
	}
	wg.Wait()
	won := -1
	for i, err := range errs {
		if err == nil && won >= 0 {
			t.Errorf("both %d and %d were saved", won, i)
		}
		if err == nil {
			won = i
		}
	}
	if won < 0 {
		t.Fatalf("nobody was saved: %v", errs)
	}
	for i, err := range errs {
		other := new(response.Conflict)
		if i != won && (!errors.As(err, &other) || other.Saved.Value != fmt.Sprintf("書庫%d", won) || other.Saved.Count != 1) {
			t.Errorf("person %d was told %v, %v; want what was saved first", i, other.Saved.Value, err)
		}
	}
	if n := d.count(t, "audit", bson.D{{Key: "action", Value: response.ActionStarted}}); n != 1 {
		t.Errorf("the beginning is noted %d times, want once", n)
	}
}

func TestSubmitTwice(t *testing.T) {
	d := newDesk(t)
	d.answerAll(t, questionnaire.Partly)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = d.answers.Submit(t.Context(), d.supplier, declare)
		})
	}
	wg.Wait()
	went := 0
	for _, err := range errs {
		if err == nil {
			went++
		} else if kind := fault.KindOf(err); kind != fault.Conflict && kind != fault.Gone {
			t.Errorf("a window that was too late got %v", err)
		}
	}
	submissions := d.count(t, "submissions", bson.D{{Key: "assignment_id", Value: "c1:s1"}})
	entries := d.count(t, "audit", bson.D{{Key: "action", Value: response.ActionSubmitted}})
	if went != 1 || submissions != 1 || entries != 1 {
		t.Errorf("%d went through, %d submissions, %d entries; want one each", went, submissions, entries)
	}
	if n, err := d.db.Raw("outbox").CountDocuments(t.Context(), bson.D{{Key: "_id", Value: "receipt:c1:s1:1"}}); err != nil || n != 1 {
		t.Errorf("%d receipts, %v", n, err)
	}
	sub, err := d.answers.Submission(t.Context(), d.reviewer, "c1:s1", 1)
	if err != nil || sub.Digest() != sub.SHA256 || sub.Result.Percent != 50 || sub.Declaration.Statement != response.Statement {
		t.Errorf("submission = %+v, %v", sub, err)
	}
	if _, err := d.save(t.Context(), "update", questionnaire.Done, 1); fault.KindOf(err) != fault.Gone {
		t.Errorf("saving after submission: %v", err)
	}
}

func TestSubmitIsWhatWasSeen(t *testing.T) {
	d := newDesk(t)
	d.answerAll(t, questionnaire.Done)
	if _, err := d.submit(t); fault.KindOf(err) != fault.Invalid {
		t.Fatalf("a shown question has no answer, and submitting gives %v", err)
	}
	if _, err := d.save(t.Context(), "where", "耐火庫", 0); err != nil {
		t.Fatal(err)
	}
	d.between = func() {
		if _, err := d.save(t.Context(), "where", "銀行", 1); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.submit(t); fault.KindOf(err) != fault.Conflict {
		t.Errorf("submitting what is no longer the newest: %v, want Conflict", err)
	}
	if sub, err := d.submit(t); err != nil || sub.Answers["where"].Value != "銀行" {
		t.Errorf("submission = %v, %v", sub.Answers["where"], err)
	}
}

func TestSheetsAreSeenByTheirOwnPeopleOnly(t *testing.T) {
	d := newDesk(t)
	d.answerAll(t, questionnaire.Partly)
	if _, err := d.submit(t); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for who, v := range d.outsiders {
		_, draft := d.answers.Draft(ctx, v, "c1:s1")
		_, sub := d.answers.Submission(ctx, v, "c1:s1", 1)
		_, unknown := d.answers.Submission(ctx, v, "c9:s9", 1)
		all, _ := d.answers.Submissions(ctx, v, "c1:s1")
		reviews, _ := d.answers.Reviews(ctx, v, "c1:s1")
		if fault.KindOf(draft) != fault.NotFound || key(sub) != key(unknown) || len(all)+len(reviews) != 0 {
			t.Errorf("%s: draft %v, submission %v (an unknown one: %v), %d submissions", who, draft, sub, unknown, len(all))
		}
		if err := d.answers.Accept(ctx, v, "c1:s1"); err == nil {
			t.Errorf("%s could accept", who)
		}
		if err := d.answers.Decline(ctx, v, "x"); err == nil && v.Assignment != "c1:s2" {
			t.Errorf("%s could decline", who)
		}
		if err := d.answers.Delegate(ctx, v, response.Handing{Name: "x", Email: "x@example.jp", By: "y"}); err == nil && v.Assignment != "c1:s2" {
			t.Errorf("%s could hand over", who)
		}
	}
	if _, err := d.answers.Draft(ctx, d.reviewer, "c1:s1"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the buyer reads a draft: %v", err)
	}
	if _, err := d.answers.Submission(ctx, d.supplier, "c1:s1", 1); err != nil {
		t.Errorf("the supplier cannot read its own submission: %v", err)
	}
	if a := d.assignment(t); a.Response != campaign.Submitted || a.Email != "s1@example.jp" {
		t.Errorf("somebody moved it: %s, %s", a.Response, a.Email)
	}
}
