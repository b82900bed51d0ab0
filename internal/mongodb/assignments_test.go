package mongodb_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
)

// put changes an assignment as the rules of other rooms would.
func put(t *testing.T, s mongodb.Campaigns, id string, fields bson.D) {
	t.Helper()
	res, err := s.Raw("assignments").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$set", Value: fields}})
	if err != nil || res.MatchedCount != 1 {
		t.Fatalf("set %s: %v", id, err)
	}
}

func at(c campaign.Campaign, i int) string {
	return campaign.AssignmentID(c.ID, fmt.Sprintf("o1-s%04d", i))
}

func TestListFiltersSortsAndCounts(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 12, func(i int, s *supplier.Supplier) {
		if i == 11 {
			s.Name, s.Kana, s.ContactName = "髙﨑製作所", "タカサキセイサクショ", "渡邊 花子"
		}
	})
	c := issued(t, store, rules, mailOwner, 12)
	soon, later := issueDay.AddDate(0, 0, 30), issueDay.AddDate(2, 0, 0)
	cert := func(expires time.Time, v evidence.Validity) bson.E {
		return bson.E{Key: "certificates", Value: []campaign.CertificateBrief{{ID: "e", Kind: evidence.ISMS, ExpiresOn: &expires, Validity: v}}}
	}
	score := func(n int) bson.E { return bson.E{Key: "score", Value: n} }
	state := func(r campaign.Response) bson.E { return bson.E{Key: "response", Value: r} }
	given := bson.E{Key: "submitted_at", Value: issueDay}
	put(t, store, at(c, 0), bson.D{state(campaign.Submitted), given, score(30), cert(soon, evidence.Unverified)})
	put(t, store, at(c, 1), bson.D{state(campaign.Accepted), given, score(79), cert(later, evidence.Verified)})
	put(t, store, at(c, 2), bson.D{state(campaign.Returned), given, score(80), cert(soon, evidence.Rejected)})
	put(t, store, at(c, 3), bson.D{{Key: "due_at", Value: issueDay.AddDate(0, 0, -1)}, {Key: "delivery", Value: campaign.DeliveryOpened}})
	put(t, store, at(c, 4), bson.D{state(campaign.Submitted), given, {Key: "due_at", Value: issueDay.AddDate(0, 0, -1)}, score(100)})
	for _, tc := range []struct {
		name string
		f    campaign.Filter
		want []int
	}{
		{"all by kana", campaign.Filter{}, []int{11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{"one state", campaign.Filter{Responses: []campaign.Response{campaign.Submitted}}, []int{0, 4}},
		{"several states", campaign.Filter{Responses: []campaign.Response{campaign.Submitted, campaign.Accepted}}, []int{0, 1, 4}},
		{"delivery", campaign.Filter{Delivery: []campaign.Delivery{campaign.DeliveryOpened}}, []int{3}},
		{"overdue never means who submitted", campaign.Filter{Overdue: true}, []int{3}},
		{"overdue and a state", campaign.Filter{Overdue: true, Responses: []campaign.Response{campaign.Submitted}}, nil},
		{"tier", campaign.Filter{Tiers: []int{1}}, []int{0, 3, 6, 9}},
		{"low score", campaign.Filter{Score: campaign.LowScore}, []int{0}},
		{"middle score", campaign.Filter{Score: campaign.MidScore}, []int{1}},
		{"high score", campaign.Filter{Score: campaign.HighScore}, []int{2, 4}},
		{"no score", campaign.Filter{Score: campaign.NoScore, Responses: []campaign.Response{campaign.Submitted}}, nil},
		{"with certificate", campaign.Filter{Certified: campaign.WithCertificate}, []int{0, 1, 2}},
		{"unverified certificate", campaign.Filter{Certified: campaign.Unverified}, []int{0}},
		{"expiring, not rejected", campaign.Filter{Certified: campaign.Expiring}, []int{0}},
		{"old characters", campaign.Filter{Search: supplier.ParseQuery("高崎")}, []int{11}},
		{"half-width kana", campaign.Filter{Search: supplier.ParseQuery("ﾀｶｻｷ")}, []int{11}},
		{"person", campaign.Filter{Search: supplier.ParseQuery("渡辺")}, []int{11}},
		{"code", campaign.Filter{Search: supplier.ParseQuery("c0005")}, []int{5}},
		{"no such name", campaign.Filter{Search: supplier.ParseQuery("存在しない")}, nil},
		{"by score, the best first", campaign.Filter{Sort: "-score", Size: 3}, []int{4, 2, 1}},
		{"by code, second page", campaign.Filter{Sort: "code", Size: 5, Page: 2}, []int{5, 6, 7, 8, 9}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := tc.f
			f.Campaign, f.Now = c.ID, issueDay
			if f.Size == 0 {
				f.Size = 50
			}
			rows, _, err := store.Assignments(t.Context(), mailOwner, f)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range rows {
				got = append(got, a.ID)
			}
			var want []string
			for _, i := range tc.want {
				want = append(want, at(c, i))
			}
			if !slices.Equal(got, want) {
				t.Errorf("rows = %v, want %v", got, want)
			}
		})
	}
	counts, err := store.Counts(t.Context(), mailOwner, c.ID, issueDay)
	if err != nil {
		t.Fatal(err)
	}
	if counts.Total != 12 || counts.Answered() != 4 || counts.Overdue != 1 || counts.Response[campaign.NotStarted] != 8 {
		t.Errorf("counts = %+v", counts)
	}
}

func TestReminderGoesToWhoHasNotAnswered(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 8, nil)
	c := issued(t, store, rules, mailOwner, 8)
	put(t, store, at(c, 0), bson.D{{Key: "response", Value: campaign.Submitted}})
	put(t, store, at(c, 1), bson.D{{Key: "response", Value: campaign.Answering}})
	put(t, store, at(c, 2), bson.D{{Key: "delivery", Value: campaign.DeliveryFailed}})
	put(t, store, at(c, 3), bson.D{{Key: "reminded_at", Value: issueDay.AddDate(0, 0, -1)}, {Key: "reminders", Value: 1}})
	put(t, store, at(c, 4), bson.D{{Key: "reminded_at", Value: issueDay.AddDate(0, 0, -10)}, {Key: "reminders", Value: 1}})
	put(t, store, at(c, 5), bson.D{{Key: "response", Value: campaign.Withdrawn}})
	counts, err := store.RemindCounts(t.Context(), mailOwner, c.ID, calendar.RestedBefore(issueDay))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := counts[campaign.NotStarted], (campaign.RemindCount{Fresh: 3, Recent: 1, NoMail: 1}); got != want {
		t.Errorf("not started = %+v, want %+v", got, want)
	}
	reminders := func() int {
		return countIn(t, store, "outbox", bson.D{{Key: "org_id", Value: "o1"}, {Key: "state", Value: "queued"}, {Key: "kind", Value: "reminder"}})
	}
	all := []campaign.Response{campaign.NotStarted, campaign.Answering}
	for _, tc := range []struct {
		name string
		r    campaign.Reminder
		want int // reminders owed afterwards, or the fault
		key  string
	}{
		{"nobody chosen", campaign.Reminder{}, 0, "fault.choose"},
		{"who submitted cannot be chosen", campaign.Reminder{States: []campaign.Response{campaign.Submitted}}, 0, "fault.choose"},
		{"nobody in that state", campaign.Reminder{States: []campaign.Response{campaign.Returned}}, 0, "fault.campaign.nobody-to-remind"},
		{"first", campaign.Reminder{States: all}, 4, ""}, // 1, 4, 6, 7
		{"again at once", campaign.Reminder{States: all}, 4, "fault.campaign.all-recent"},
		{"again, confirmed", campaign.Reminder{States: all, Again: true}, 9, ""}, // and 3
	} {
		if tc.r.Again { // a moment later
			aMomentAgo := bson.D{{Key: "$set", Value: bson.D{{Key: "reminded_at", Value: issueDay.Add(-time.Second)}}}}
			if _, err := store.Raw("assignments").UpdateMany(t.Context(), bson.D{{Key: "org_id", Value: "o1"}, {Key: "reminded_at", Value: issueDay}}, aMomentAgo); err != nil {
				t.Fatal(err)
			}
		}
		err := rules.Remind(t.Context(), mailOwner, c.ID, tc.r)
		runJobs(t, store)
		key := ""
		if f := fault.FieldsOf(err); len(f) > 0 {
			key = f[0].Key
		}
		if key != tc.key || reminders() != tc.want {
			t.Errorf("%s: %v (%q), %d reminders, want %q, %d", tc.name, err, key, reminders(), tc.key, tc.want)
		}
	}
	if a := stored[campaign.Assignment](t, store.DB, "assignments", at(c, 4)); a.Reminders != 3 || !a.RemindedAt.Equal(issueDay) {
		t.Errorf("reminders of s0004 = %d at %s", a.Reminders, a.RemindedAt)
	}
}

func TestExtendAllAndClose(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 4, nil)
	c := issued(t, store, rules, mailOwner, 4)
	long := issueDay.AddDate(0, 0, 90)
	put(t, store, at(c, 0), bson.D{{Key: "response", Value: campaign.Submitted}})
	put(t, store, at(c, 1), bson.D{{Key: "due_at", Value: long}, {Key: "closes_at", Value: long}})
	if err := rules.ExtendAll(t.Context(), mailOwner, c.ID, c.DueAt.Add(-time.Hour)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an earlier due date: %v, want Invalid", err)
	}
	due := c.DueAt.AddDate(0, 0, 7)
	if err := rules.ExtendAll(t.Context(), mailOwner, c.ID, due); err != nil {
		t.Fatal(err)
	}
	runJobs(t, store)
	for i, want := range []time.Time{c.DueAt, long, due, due} {
		if got := stored[campaign.Assignment](t, store.DB, "assignments", at(c, i)).DueAt; !got.Equal(want) {
			t.Errorf("due of s%d = %s, want %s", i, got, want)
		}
	}
	closes := c.ClosesAt.AddDate(0, 0, 7)
	if got := closing(t, store, at(c, 2)); !got.Equal(closes) {
		t.Errorf("the draft closes at %s, want %s", got, closes)
	}
	if got := countIn(t, store, "outbox", bson.D{{Key: "org_id", Value: "o1"}, {Key: "state", Value: "queued"}, {Key: "kind", Value: "extended"}}); got != 2 {
		t.Errorf("notices of the new date = %d, want 2", got)
	}
	if err := rules.Close(t.Context(), mailOwner, c.ID); err != nil {
		t.Fatal(err)
	}
	runJobs(t, store)
	if got := closing(t, store, at(c, 1)); !got.Equal(issueDay) {
		t.Errorf("after closing, a draft closes at %s, want %s", got, issueDay)
	}
	if err := rules.Remind(t.Context(), mailOwner, c.ID, campaign.Reminder{States: campaign.Remindable}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("reminder of a closed campaign: %v, want Conflict", err)
	}
	if err := rules.Extend(t.Context(), mailOwner, at(c, 1), due); err != nil {
		t.Errorf("one supplier gets more time after the end: %v", err)
	}
	if got := closing(t, store, at(c, 1)); !got.Equal(due) {
		t.Errorf("its draft closes at %s, want %s", got, due)
	}
}

// closing is until when a draft takes answers.
func closing(t *testing.T, s mongodb.Campaigns, id string) time.Time {
	t.Helper()
	return stored[struct {
		ClosesAt time.Time `bson:"closes_at"`
	}](t, s.DB, "drafts", id).ClosesAt.UTC()
}

func TestOneAssignmentIsChangedWithItsDraftAndMail(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 2, nil)
	c := issued(t, store, rules, mailOwner, 2)
	id := at(c, 0)
	put(t, store, id, bson.D{{Key: "response", Value: campaign.Declined}, {Key: "delivery", Value: campaign.DeliveryFailed}})
	to := campaign.Address{Department: "総務部", Person: "新任 次郎", Email: "NEW@example.jp "}
	if err := rules.Readdress(t.Context(), mailOwner, id, to, true); err != nil {
		t.Fatal(err)
	}
	a := stored[campaign.Assignment](t, store.DB, "assignments", id)
	if a.Email != "new@example.jp" || a.Person != to.Person || a.Generation != 2 || a.Response != campaign.Answering || a.Delivery != campaign.DeliveryQueued {
		t.Errorf("after the new address: %+v", a)
	}
	found, _, err := store.Assignments(t.Context(), mailOwner, campaign.Filter{Campaign: c.ID, Search: supplier.ParseQuery("新任"), Size: 50, Now: issueDay})
	if err != nil || len(found) != 1 {
		t.Errorf("the new person is found %d times (%v)", len(found), err)
	}
	draft := stored[struct {
		Generation int
		Open       bool
	}](t, store.DB, "drafts", id)
	if draft.Generation != 2 || !draft.Open {
		t.Errorf("draft after the new address: %+v", draft)
	}
	if got := countIn(t, store, "outbox", bson.D{{Key: "org_id", Value: "o1"}, {Key: "state", Value: "queued"}, {Key: "to.email", Value: "new@example.jp"}}); got != 1 {
		t.Errorf("mails to the new address = %d, want 1", got)
	}
	if err := rules.SendAgain(t.Context(), mailOwner, id); fault.KindOf(err) != fault.Conflict {
		t.Errorf("once more while one waits: %v, want Conflict", err)
	}
	put(t, store, id, bson.D{{Key: "delivery", Value: campaign.DeliverySent}})
	if err := rules.SendAgain(t.Context(), mailOwner, id); err != nil {
		t.Errorf("once more: %v", err)
	}
	if err := rules.HandOver(t.Context(), mailOwner, id); err != nil {
		t.Errorf("handed over: %v", err)
	}
	if err := rules.Withdraw(t.Context(), mailOwner, id, " 取引が終わったため "); err != nil {
		t.Fatal(err)
	}
	if _, err := rules.ShowLink(t.Context(), mailOwner, id); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the link of a withdrawn request: %v, want Conflict", err)
	}
	if got := countIn(t, store, "audit", bson.D{{Key: "org_id", Value: "o1"}, {Key: "record.id", Value: id}}); got != 5 {
		t.Errorf("trail of the request = %d entries, want 5", got)
	}
}

// Whatever belongs to another organisation answers exactly as what does not exist.
func TestCampaignsOfOthersAreUnknown(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 3, nil)
	c := issued(t, store, rules, mailOwner, 3)
	draft := draftOf(t, rules, mailOwner, campaign.Audience{All: true})
	invited := access.Viewer{Kind: access.Member, Org: "o1", User: "u9", Roles: []access.Role{access.Auditor}, Campaigns: []string{draft.ID}}
	for _, tc := range []struct {
		name string
		try  func(v access.Viewer) error
		of   string // the record that is tried
	}{
		{"Get", func(v access.Viewer) error { _, err := store.Get(t.Context(), v, c.ID); return err }, ""},
		{"Assignment", func(v access.Viewer) error { _, err := store.Assignment(t.Context(), v, at(c, 0)); return err }, ""},
		{"Save", func(v access.Viewer) error { _, err := rules.Save(t.Context(), v, draft); return err }, ""},
		{"Issue", func(v access.Viewer) error { return rules.Issue(t.Context(), v, draft.ID, 3, 0) }, ""},
		{"Remind", func(v access.Viewer) error {
			return rules.Remind(t.Context(), v, c.ID, campaign.Reminder{States: campaign.Remindable})
		}, ""},
		{"ExtendAll", func(v access.Viewer) error { return rules.ExtendAll(t.Context(), v, c.ID, issueDay.AddDate(0, 2, 0)) }, ""},
		{"Resume", func(v access.Viewer) error { return rules.Resume(t.Context(), v, c.ID) }, ""},
		{"Close", func(v access.Viewer) error { return rules.Close(t.Context(), v, c.ID) }, ""},
		{"Extend", func(v access.Viewer) error { return rules.Extend(t.Context(), v, at(c, 0), issueDay.AddDate(0, 2, 0)) }, ""},
		{"Revoke", func(v access.Viewer) error { return rules.Revoke(t.Context(), v, at(c, 0)) }, ""},
		{"Withdraw", func(v access.Viewer) error { return rules.Withdraw(t.Context(), v, at(c, 0), "x") }, ""},
		{"ShowLink", func(v access.Viewer) error { _, err := rules.ShowLink(t.Context(), v, at(c, 0)); return err }, ""},
		{"SendAgain", func(v access.Viewer) error { return rules.SendAgain(t.Context(), v, at(c, 0)) }, ""},
		{"HandedOver", func(v access.Viewer) error { return rules.HandOver(t.Context(), v, at(c, 0)) }, ""},
		{"Readdress", func(v access.Viewer) error {
			return rules.Readdress(t.Context(), v, at(c, 0), campaign.Address{Email: "a@example.jp"}, false)
		}, ""},
	} {
		err := tc.try(stranger)
		if kind := fault.KindOf(err); kind != fault.NotFound && (tc.name != "Save" || kind != fault.Conflict) {
			t.Errorf("%s by a stranger: %v, want NotFound", tc.name, err)
		}
		if err := tc.try(access.Viewer{}); err == nil {
			t.Errorf("%s by nobody succeeded", tc.name)
		}
		if err := tc.try(invited); err == nil {
			t.Errorf("%s by an auditor of another campaign succeeded", tc.name)
		}
	}
	for _, v := range []access.Viewer{stranger, {}, invited} {
		rows, _, err := store.Assignments(t.Context(), v, campaign.Filter{Campaign: c.ID, Size: 50, Page: 1, Now: issueDay})
		if err != nil || len(rows) != 0 {
			t.Errorf("assignments seen by %v of %q: %d (%v)", v.Roles, v.Org, len(rows), err)
		}
		counts, err := store.Counts(t.Context(), v, c.ID, issueDay)
		if err != nil || counts.Total != 0 {
			t.Errorf("counts seen by %v of %q: %+v (%v)", v.Roles, v.Org, counts, err)
		}
		far, err := store.Progress(t.Context(), v, c, []campaign.Assignment{{ID: at(c, 0)}})
		if err != nil || len(far) != 0 {
			t.Errorf("progress seen by %v of %q: %v (%v)", v.Roles, v.Org, far, err)
		}
	}
	for _, v := range []access.Viewer{stranger, {}} {
		picks, _, err := store.Candidates(t.Context(), v, campaign.CandidateFilter{Size: 50})
		directory, terr := mongodb.Suppliers(store).Directory(t.Context(), v)
		tags := directory.Tags
		if err != nil || terr != nil || len(picks)+len(tags) != 0 {
			t.Errorf("directory seen by %q: %d suppliers, tags %v (%v %v)", v.Org, len(picks), tags, err, terr)
		}
	}
}

// Whoever is out of use stays in the directory, and is neither offered nor asked, even
// where a draft of before picks it.
func TestWhoIsOutOfUseIsNotAsked(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 4, func(i int, s *supplier.Supplier) { s.Ended = i == 1 })
	for name, audience := range map[string]campaign.Audience{
		"all": {All: true}, "by tag": {Tags: []string{"図面"}}, "by rank": {Tiers: []int{1, 2, 3}},
		"picked": {Picked: true, Only: []string{"o1-s0000", "o1-s0001", "o1-s0002", "o1-s0003"}},
	} {
		if n, err := store.AudienceSize(t.Context(), mailOwner, audience, issueDay); err != nil || n != 3 {
			t.Errorf("%s: %d suppliers, %v", name, n, err)
		}
	}
	candidates, _, err := store.Candidates(t.Context(), mailOwner, campaign.CandidateFilter{Page: 1, Size: 50})
	if err != nil || len(candidates) != 3 {
		t.Errorf("%d are offered, %v", len(candidates), err)
	}
	c := issued(t, store, rules, mailOwner, 3)
	if n := countIn(t, store, "assignments", bson.D{{Key: "org_id", Value: "o1"}, {Key: "campaign_id", Value: c.ID}, {Key: "code", Value: "C0001"}}); n != 0 {
		t.Error("it is asked")
	}
	yes, no := true, false
	for want, use := range map[int]*bool{4: nil, 1: &yes, 3: &no} {
		rows, _, err := mongodb.Suppliers(store).List(t.Context(), mailOwner, supplier.Filter{Ended: use, Page: 1, Size: 50})
		if err != nil || len(rows) != want {
			t.Errorf("the directory lists %d, want %d, %v", len(rows), want, err)
		}
	}
}

// TestWhomTheSupplierNamesIsFound: the list is searched by the person in charge, whoever
// named that person.
func TestWhomTheSupplierNamesIsFound(t *testing.T) {
	d := newDesk(t)
	store := mongodb.Campaigns{DB: d.db}
	keys := supplier.KeysOf("架空精工株式会社", "前任 一郎")
	put(t, store, d.assignment(t).ID, bson.D{{Key: "search", Value: keys.Grams}, {Key: "texts", Value: keys.Texts}})
	found := func(text string) int {
		t.Helper()
		rows, _, err := store.Assignments(t.Context(), d.reviewer, campaign.Filter{Campaign: d.assignment(t).Campaign, Search: supplier.ParseQuery(text), Size: 50, Now: issueDay})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	if n := found("後任"); n != 0 {
		t.Fatalf("%d are found by a person whom nobody has named", n)
	}
	if err := d.answers.Delegate(t.Context(), d.supplier, response.Handing{Name: "後任 三郎", Email: "saburo@example.jp", By: "例"}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"後任", "三郎", "saburo@example.jp"} {
		if n := found(text); n != 1 {
			t.Errorf("%s finds %d requests, want 1", text, n)
		}
	}
}
