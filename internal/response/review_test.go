package response

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
)

func request(state campaign.Response) campaign.Assignment {
	return campaign.Assignment{ID: "c:s", Org: "o", Campaign: "c", Supplier: "s", Name: "架空精工", Email: "s@example.jp", Generation: 1,
		Response: state, Revision: 1, DueAt: day.AddDate(0, 0, 10), ClosesAt: day.AddDate(0, 0, 5)}
}

func TestOnlyWhatIsInHandsIsJudged(t *testing.T) {
	for _, state := range campaign.Responses {
		for name, do := range map[string]func() error{
			"comment": func() error {
				_, err := Write(sheet(), request(state), Words{Subject: "a", Text: "確かめます"})
				return err
			},
			"take back": func() error {
				_, err := DropComment(request(state), Review{Comments: []Comment{{ID: "w"}}}, "w")
				return err
			},
			"accept": func() error { _, err := AcceptSheet(request(state), Review{}, "確 認太", day); return err },
			"return": func() error {
				_, err := ReturnSheet(request(state), Review{}, Submission{}, Correction{Reason: "ご確認ください"}, "確 認太", calendar.New(nil), day)
				return err
			},
		} {
			t.Run(name+" "+string(state), func(t *testing.T) {
				allowed := state.InHands() || name == "return" && state == campaign.Accepted
				if err := do(); (err == nil) != allowed || err != nil && fault.KindOf(err) != fault.Conflict {
					t.Errorf("%v, want allowed to be %v", err, allowed)
				}
			})
		}
	}
}

func TestDecisions(t *testing.T) {
	a := request(campaign.InReview)
	d, err := AcceptSheet(a, Review{ID: "c:s:1"}, "確 認太", day)
	if err != nil || d.To != campaign.Accepted || d.Review.Verdict != Accept || d.Review.DecidedBy != "確 認太" || !slices.Equal(d.From, campaign.InHands) {
		t.Errorf("AcceptSheet = %+v, %v", d, err)
	}
	d, err = ReturnSheet(a, Review{Comments: []Comment{{Question: "a", Text: "直して", Flag: true}}}, Submission{}, Correction{Reason: " 二点 "}, "確 認太", calendar.New(nil), day)
	if err != nil || d.To != campaign.Returned || d.Review.Reason != "二点" || len(d.Flags) != 1 {
		t.Errorf("ReturnSheet = %+v, %v", d, err)
	}
	if want := calendar.New(nil).CorrectedBy(a.DueAt, day); !d.DueAt.Equal(want) || !d.ClosesAt.Equal(want) {
		t.Errorf("there is time until %s and %s, want %s", d.DueAt, d.ClosesAt, want)
	}
	if _, err := ReturnSheet(a, Review{}, Submission{}, Correction{Reason: " "}, "", calendar.New(nil), day); len(fault.FieldsOf(err)) != 1 {
		t.Errorf("without a reason: %v", err)
	}
	d, err = ReturnSheet(request(campaign.Accepted), Review{}, Submission{}, Correction{Reason: "誤り"}, "", calendar.New(nil), day)
	if err != nil || !slices.Equal(d.From, []campaign.Response{campaign.Accepted}) {
		t.Errorf("what was accepted is returned from %v, %v: by who has seen that it was", d.From, err)
	}
}

// TestWhenASheetComesBack: the date that a reviewer gives is a business day, to come, and
// not before the present one.
func TestWhenASheetComesBack(t *testing.T) {
	days := calendar.New([]string{"2027-01-12"})
	at := func(month, date int) time.Time {
		return calendar.EndOfDay(time.Date(2027, time.Month(month), date, 0, 0, 0, 0, time.UTC))
	}
	now := at(1, 4).Add(-12 * time.Hour)
	a := request(campaign.InReview)
	a.DueAt, a.ClosesAt = at(1, 8), at(1, 15)
	for _, tt := range []struct {
		name string
		due  time.Time
		want string // the fault's key
	}{
		{"the rule's own", time.Time{}, ""},
		{"the present one", at(1, 8), ""},
		{"after it takes no more", at(2, 1), ""},
		{"before the present one", at(1, 7), "fault.review.due-before"},
		{"gone", at(1, 3), "fault.date-past"},
		{"a Sunday", at(1, 10), "fault.campaign.due-closed"},
		{"a closed day", at(1, 12), "fault.campaign.due-closed"},
		{"in two years", at(30, 1), "fault.campaign.due-far"},
	} {
		d, err := ReturnSheet(a, Review{}, Submission{}, Correction{"二点", tt.due}, "確 認太", days, now)
		if f := fault.FieldsOf(err); tt.want != "" && (len(f) != 1 || f[0].Name != "due" || f[0].Key != tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
		if tt.want == "" && (err != nil || !days.Business(d.DueAt) || d.DueAt.Before(a.DueAt) || d.ClosesAt.Before(d.DueAt) || d.ClosesAt.Before(a.ClosesAt)) {
			t.Errorf("%s: due %s, closes %s, %v", tt.name, d.DueAt, d.ClosesAt, err)
		}
	}
}

// TestAnAcceptanceIsTakenBackForADay, and each has a mail of its own.
func TestAnAcceptanceIsTakenBackForADay(t *testing.T) {
	a := request(campaign.InReview)
	d, err := AcceptSheet(a, Review{ID: "c:s:1", Revision: 1}, "確 認太", day)
	if err != nil {
		t.Fatal(err)
	}
	first := d.Review.mailID()
	a.Response = campaign.Accepted
	for name, refuse := range map[string]func(*campaign.Assignment, *Review, *time.Time){
		"after a day":       func(_ *campaign.Assignment, _ *Review, now *time.Time) { *now = day.Add(24 * time.Hour) },
		"of an earlier one": func(a *campaign.Assignment, _ *Review, _ *time.Time) { a.Revision = 2 },
		"returned since": func(a *campaign.Assignment, r *Review, _ *time.Time) {
			a.Response, r.Verdict = campaign.Returned, Return
		},
	} {
		a, r, now := a, d.Review, day.Add(time.Hour)
		refuse(&a, &r, &now)
		if _, err := TakeBack(a, r, now); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	back, err := TakeBack(a, d.Review, day.Add(23*time.Hour))
	if err != nil || back.To != campaign.InReview || back.Review.Verdict != Undecided || back.Cancels != first || !back.Untold {
		t.Fatalf("TakeBack = %+v, %v", back, err)
	}
	again, err := AcceptSheet(request(campaign.InReview), back.Review, "確 認太", day)
	if err != nil || again.Review.mailID() == first {
		t.Errorf("the second acceptance has the mail %s, %v", again.Review.mailID(), err)
	}
	returned, err := ReturnSheet(a, again.Review, Submission{}, Correction{Reason: "誤り"}, "確 認太", calendar.New(nil), day)
	if err != nil || returned.Cancels != again.Review.mailID() || returned.Untold {
		t.Errorf("returned, it cancels %q, %v", returned.Cancels, err)
	}
}

func TestJudgeCertificate(t *testing.T) {
	a, given := request(campaign.InReview), evidence.Evidence{ID: "e", Assignment: "c:s", Submitted: true, Validity: evidence.Unverified}
	with := func(change func(*evidence.Evidence)) evidence.Evidence {
		e := given
		change(&e)
		return e
	}
	for _, tt := range []struct {
		name    string
		e       evidence.Evidence
		verdict evidence.Validity
		reason  string
		kind    fault.Kind
		state   campaign.Response // in-review where it is not given
	}{
		{"verified", given, evidence.Verified, "忘れられる理由", 0, ""},
		{"after acceptance", given, evidence.Rejected, "範囲が異なります", fault.Conflict, campaign.Accepted},
		{"after a return", given, evidence.Rejected, "範囲が異なります", fault.Conflict, campaign.Returned},
		{"after the supplier went on", given, evidence.Verified, "", fault.Conflict, campaign.Answering},
		{"before anybody began", given, evidence.Verified, "", 0, campaign.Submitted},
		{"rejected", given, evidence.Rejected, "範囲が異なります", 0, ""},
		{"rejected without a reason", given, evidence.Rejected, " ", fault.Invalid, ""},
		{"a verdict is changed", with(func(e *evidence.Evidence) { e.Validity = evidence.Verified }), evidence.Rejected, "期限切れ", 0, ""},
		{"a verdict is not taken back", with(func(e *evidence.Evidence) { e.Validity = evidence.Verified }), evidence.Unverified, "x", fault.NotFound, ""},
		{"no such verdict", given, "perhaps", "x", fault.NotFound, ""},
		{"not submitted", with(func(e *evidence.Evidence) { e.Submitted = false }), evidence.Verified, "", fault.NotFound, ""},
		{"of another request", with(func(e *evidence.Evidence) { e.Assignment = "c:t" }), evidence.Verified, "", fault.NotFound, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := a
			if tt.state != "" {
				a = request(tt.state)
			}
			e, err := JudgeCertificate(a, tt.e, tt.verdict, tt.reason, "確 認太", day)
			if (err == nil) != (tt.kind == 0) || err != nil && fault.KindOf(err) != tt.kind {
				t.Fatalf("%v, want %s", err, tt.kind)
			}
			if err == nil && (e.Validity != tt.verdict || e.ReviewedBy != "確 認太" || (e.Reason == "") != (tt.verdict == evidence.Verified)) {
				t.Errorf("judged %+v", e)
			}
		})
	}
}

func TestDeclineAndDelegate(t *testing.T) {
	if a, err := Decline(request(campaign.Answering), " 取引終了 "); err != nil || a.Reason != "取引終了" || a.Response != campaign.Declined || a.Generation != request("").Generation {
		t.Errorf("Decline = %+v, %v", a, err)
	}
	if a, err := Misdirect(request(campaign.Answering), "宛先違い"); err != nil || a.Response != campaign.Declined || a.Generation != request("").Generation+1 {
		t.Errorf("Misdirect = %+v, %v", a, err)
	}
	if _, err := Decline(request(campaign.Answering), ""); fault.KindOf(err) != fault.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := Decline(request(campaign.Submitted), "x"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("after submitting: %v", err)
	}
	now := request("")
	now.Person, now.Email, now.Response = "例 花子", "hanako@example.jp", campaign.Answering
	a, err := Delegate(now, Handing{" 例 次郎 ", " Jiro@Example.jp ", "例 花子"}, day)
	if err != nil || a.Person != "例 次郎" || a.Email != "jiro@example.jp" {
		t.Errorf("Delegate = %+v, %v", a, err)
	}
	if back, err := HandBack(a, day.AddDate(0, 0, 6)); err != nil || back.Person != "例 花子" || back.Email != "hanako@example.jp" || back.WayBack(day) {
		t.Errorf("HandBack = %+v, %v", back, err)
	}
	if _, err := HandBack(a, day.AddDate(0, 0, 7)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("after a week: %v", err)
	}
	a.Email = "other@example.jp" // the buyer has named somebody else since
	if _, err := HandBack(a, day); fault.KindOf(err) != fault.Invalid {
		t.Errorf("over the buyer's head: %v", err)
	}
	for _, h := range []Handing{{"", "a@example.jp", "例"}, {"a\nb", "a@example.jp", "例"}, {"例 次郎", "nowhere", "例"}, {"例 次郎", "a@example.jp", ""},
		{"例 次郎", "hanako@example.jp", "例"}} {
		if _, err := Delegate(now, h, day); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", h, err)
		}
	}
}

// TestNoNameHoldsALink: what a mail program would make a link of is no name, and names
// of people are.
func TestNoNameHoldsALink(t *testing.T) {
	names := map[string]bool{"例 次郎": true, "J. R. Smith": true, "Mr.Smith": true, "St.John O'Neil-Brown": true, "山田・Anna": true, "総務部(例)": true,
		"https://evil.example": false, "HTTP://EVIL": false, "www.evil": false, "evil.example": false, "急ぎ evil.com をご確認": false,
		"EVIL.COM": false, "a@example.jp": false, "evil.co.jp/x": false, "悪い.com": false, "<b>": false}
	for name, want := range names {
		for _, h := range []Handing{{name, "a@example.jp", "例"}, {"例", "a@example.jp", name}} {
			if _, err := Delegate(request(campaign.Answering), h, day); (err == nil) != want {
				t.Errorf("%+v: %v, want taken %t", h, err, want)
			}
		}
	}
}

// TestADeclineIsTakenBack while the request is open, and nothing else is changed by it.
func TestADeclineIsTakenBack(t *testing.T) {
	for _, tt := range []struct {
		state    campaign.Response
		at       time.Time
		declined bool
		kind     fault.Kind
	}{
		{campaign.Declined, day, true, 0},
		{campaign.Declined, day.Add(2 * time.Hour), true, fault.Gone},
		{campaign.Answering, day, false, 0},
		{campaign.Submitted, day, false, fault.Gone},
		{campaign.Withdrawn, day, false, fault.Gone},
	} {
		a := request(tt.state)
		a.ClosesAt = day.Add(time.Hour)
		next, declined, err := Resume(a, tt.at)
		if declined != tt.declined || err != nil && fault.KindOf(err) != tt.kind || err == nil && (tt.kind != 0 || next.Response != campaign.Answering) {
			t.Errorf("%s at %v: %s, %t, %v", tt.state, tt.at, next.Response, declined, err)
		}
	}
}

func TestSubmitRefuses(t *testing.T) {
	open := Draft{ID: "c:s", Open: true, ClosesAt: day.Add(time.Hour), Answers: map[string]Saved{"a": {Answer: questionnaire.Answer{Value: "partly"}}, "f": {Answer: questionnaire.Answer{Value: "unknown"}}}}
	declare := Declare{Name: " 架空 花子 ", Role: "総務", Agreed: true}
	for _, tt := range []struct {
		name   string
		state  campaign.Response
		change func(*Draft)
		kind   fault.Kind
	}{
		{"as it should be", campaign.Answering, func(*Draft) {}, 0},
		{"accepted", campaign.Accepted, func(*Draft) {}, fault.Conflict},
		{"declined", campaign.Declined, func(*Draft) {}, fault.Conflict},
		{"closed", campaign.Answering, func(d *Draft) { d.Open = false }, fault.Gone},
		{"too late", campaign.Answering, func(d *Draft) { d.ClosesAt = day }, fault.Gone},
		{"somebody else's sheet", campaign.Answering, func(d *Draft) { d.ID = "c:t" }, fault.NotFound},
		{"not complete", campaign.Answering, func(d *Draft) { d.Answers = nil }, fault.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := open
			tt.change(&d)
			sub, err := Submit(sheet(), request(tt.state), d, nil, declare, day)
			if (err == nil) != (tt.kind == 0) || err != nil && fault.KindOf(err) != tt.kind {
				t.Fatalf("Submit = %v, want %s", err, tt.kind)
			}
			if err == nil && (sub.Revision != 2 || sub.Declaration.Name != "架空 花子" || sub.Digest() != sub.SHA256 || sub.Receipt == "") {
				t.Errorf("submitted %+v", sub)
			}
		})
	}
}

// walk is one sheet with what the rules have made of it.
type walk struct {
	a     campaign.Assignment
	draft Draft
	subs  []Submission
	r     Review
	now   time.Time
}

func (w *walk) become(t *rapid.T, next campaign.Response) {
	if !w.a.Response.CanBecome(next) {
		t.Fatalf("%s became %s", w.a.Response, next)
	}
	w.a.Response = next
}

func (w *walk) submit(t *rapid.T) {
	sub, err := Submit(sheet(), w.a, w.draft, nil, Declare{Name: "架空 花子", Role: "総務", Agreed: rapid.Bool().Draw(t, "agreed")}, w.now)
	if err != nil {
		return
	}
	w.become(t, campaign.Submitted)
	w.a.Revision, w.draft.Open = sub.Revision, false
	w.subs, w.r = append(w.subs, sub), Review{ID: sub.ID, Revision: sub.Revision}
}

func (w *walk) decide(t *rapid.T, d Decision, err error) {
	if err != nil {
		return
	}
	if !slices.Contains(d.From, w.a.Response) {
		t.Fatalf("decided from %v, while it is %s", d.From, w.a.Response)
	}
	w.become(t, d.To)
	w.r = d.Review
	if d.To == campaign.Returned {
		w.draft.Open, w.draft.ClosesAt, w.draft.Flagged, w.a.ClosesAt = true, d.ClosesAt, d.Flags, d.ClosesAt
		w.a.DueAt = d.DueAt
		if d.ClosesAt.Before(d.DueAt) || d.DueAt.Before(w.now.AddDate(0, 0, calendar.CorrectionDays)) {
			t.Fatalf("returned on %s, closed on %s", w.now, d.ClosesAt)
		}
	}
}

func (w *walk) holds(t *rapid.T) {
	switch {
	case len(w.subs) != w.a.Revision:
		t.Fatalf("%d submissions at revision %d", len(w.subs), w.a.Revision)
	case slices.Contains([]campaign.Response{campaign.Accepted, campaign.Returned, campaign.InReview}, w.a.Response) && w.a.Revision == 0:
		t.Fatalf("%s without a submission", w.a.Response)
	case w.draft.Open != w.a.Response.TakesAnswers():
		t.Fatalf("%s, and the sheet open is %v", w.a.Response, w.draft.Open)
	case w.a.Response == campaign.Accepted && w.r.Verdict != Accept:
		t.Fatalf("accepted with the verdict %q", w.r.Verdict)
	}
	for i, sub := range w.subs {
		if sub.Revision != i+1 || sub.Digest() != sub.SHA256 {
			t.Fatalf("revision %d was changed", i+1)
		}
	}
}

// TestASheetThroughAnything lets supplier and reviewer press anything in any order.
func TestASheetThroughAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := request(campaign.NotStarted)
		a.Revision = 0
		w := &walk{a: a, draft: NewDraft(a, day), now: day}
		t.Repeat(map[string]func(*rapid.T){
			"answer": func(t *rapid.T) {
				if w.draft.Open && w.now.Before(w.draft.ClosesAt) {
					for _, key := range []string{"a", "f"} {
						w.draft.Answers[key] = Saved{Answer: questionnaire.Answer{Value: rapid.SampledFrom([]string{"partly", "unknown", ""}).Draw(t, key)}}
					}
					if w.a.Response != campaign.Answering {
						w.become(t, campaign.Answering)
					}
				}
			},
			"submit": w.submit,
			"decline": func(t *rapid.T) {
				if _, err := Decline(w.a, "取引終了"); err == nil && rapid.IntRange(0, 9).Draw(t, "really") == 0 {
					w.become(t, campaign.Declined)
					w.draft.Open = false
				}
			},
			"begin review": func(t *rapid.T) {
				if reviewable(w.a) == nil && w.a.Response != campaign.InReview {
					w.become(t, campaign.InReview)
				}
			},
			"take back": func(t *rapid.T) {
				d, err := TakeBack(w.a, w.r, w.now)
				w.decide(t, d, err)
			},
			"accept": func(t *rapid.T) { d, err := AcceptSheet(w.a, w.r, "確 認太", w.now); w.decide(t, d, err) },
			"return": func(t *rapid.T) {
				var last Submission
				if len(w.subs) > 0 {
					last = w.subs[len(w.subs)-1]
				}
				d, err := ReturnSheet(w.a, w.r, last, Correction{Reason: "ご確認ください"}, "確 認太", calendar.New(nil), w.now)
				w.decide(t, d, err)
			},
			"time passes": func(t *rapid.T) { w.now = w.now.Add(time.Duration(rapid.IntRange(1, 72).Draw(t, "hours")) * time.Hour) },
			"":            w.holds,
		})
	})
}

// TestACertificateIsJudgedAnyNumberOfTimes: a verdict may change and never goes back
// to none, and a rejection has its reason.
func TestACertificateIsJudgedAnyNumberOfTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := evidence.Evidence{ID: "e", Assignment: "c:s", Submitted: true, Validity: evidence.Unverified}
		for range rapid.IntRange(1, 20).Draw(t, "times") {
			before := e
			next, err := JudgeCertificate(request(campaign.InReview), e, rapid.SampledFrom([]evidence.Validity{evidence.Unverified, evidence.Verified, evidence.Rejected, "x"}).Draw(t, "verdict"),
				rapid.SampledFrom([]string{"", "範囲が異なります"}).Draw(t, "reason"), "確 認太", day)
			if err == nil {
				e = next
			}
			if before.Validity != evidence.Unverified && e.Validity == evidence.Unverified || (e.Validity == evidence.Rejected) != (e.Reason != "") {
				t.Fatalf("%s became %s for %q", before.Validity, e.Validity, e.Reason)
			}
		}
	})
}
