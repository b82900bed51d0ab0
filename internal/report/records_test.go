package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/templates"
)

func printer(t *testing.T, lang string) *locale.Printer {
	t.Helper()
	c, err := locale.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c.For(lang)
}

// shelf is a campaign of three suppliers, in memory.
type shelf struct {
	campaign campaign.Campaign
	rows     []campaign.Assignment
	sheets   []response.Sheet
	entries  []audit.Entry
	broken   error
	apart    []audit.Break
}

func (s shelf) Get(context.Context, access.Viewer, string) (campaign.Campaign, error) {
	return s.campaign, nil
}

func (s shelf) Counts(context.Context, access.Viewer, string, time.Time) (campaign.Counts, error) {
	c := campaign.Counts{Total: len(s.rows), Response: map[campaign.Response]int{}}
	for _, a := range s.rows {
		c.Response[a.Response]++
	}
	return c, nil
}

func (s shelf) EachAssignment(_ context.Context, _ access.Viewer, _ campaign.Filter, visit func(campaign.Assignment) error) error {
	for _, a := range s.rows {
		if err := visit(a); err != nil {
			return err
		}
	}
	return nil
}

func (s shelf) SectionMeans(context.Context, access.Viewer, string) (map[string]int, error) {
	return map[string]int{"s": 70}, nil
}

func (s shelf) Bands(context.Context, access.Viewer, string) ([5]int, error) {
	return [5]int{0, 0, 1, 0, 1}, nil
}

func (s shelf) AnswerCounts(context.Context, access.Viewer, string) (response.Counts, error) {
	return response.Counts{"a": {questionnaire.Done: 2, questionnaire.NotDone: 1}, "b": {questionnaire.NotDone: 2, response.Covered: 1}}, nil
}

func (s shelf) SheetCount(context.Context, access.Viewer, string) (int, error) {
	return len(s.sheets), nil
}

func (s shelf) Sheets(_ context.Context, _ access.Viewer, _ string, after campaign.Assignment, n int) ([]response.Sheet, error) {
	at := slices.IndexFunc(s.sheets, func(x response.Sheet) bool { return x.Assignment.ID == after.ID }) + 1
	return s.sheets[at:min(at+n, len(s.sheets))], nil
}

func (s shelf) Trail(_ context.Context, _ access.Viewer, f audit.Filter) (audit.Page, error) {
	return audit.Page{Entries: s.entries[:min(len(s.entries), f.Size)], Older: len(s.entries) > f.Size}, nil
}

func (s shelf) EachEntry(_ context.Context, _ access.Viewer, f audit.Filter, visit func(audit.Entry) error) error {
	for _, e := range s.entries {
		if !e.At.Before(f.To) || f.Kind != "" && !strings.HasPrefix(string(e.Action), f.Kind) {
			continue
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

func (s shelf) Verify(context.Context, string) (audit.Chain, error) {
	return audit.Chain{Head: audit.Head{Org: "o", Seq: 1234, Hash: hashOf(9)}, Rows: 1234, Waiting: 5, Apart: s.apart}, s.broken
}

func (s shelf) records() Records { return Records{Campaigns: s, Submissions: s, Entries: s} }

func day(n int) *time.Time {
	d := asOf.AddDate(0, 0, n)
	return &d
}

func stocked() shelf {
	text := func(s string) questionnaire.Text { return questionnaire.Text{JA: s, EN: s + " en"} }
	q := func(n int, key string) questionnaire.Question {
		return questionnaire.Question{Key: key, Number: n, Kind: questionnaire.Maturity, Text: text("質問" + key), References: []string{"X-" + key}}
	}
	s := shelf{campaign: campaign.Campaign{ID: "c", Name: "調査", Purpose: "確認", DueAt: asOf, Questionnaire: questionnaire.Questionnaire{Title: text("基本"),
		Sections: []questionnaire.Section{{Key: "s", Title: text("分野"), Questions: []questionnaire.Question{q(1, "a"), q(2, "b"), q(3, "c")}},
			{Key: "none", Title: text("空"), Questions: nil}}}}}
	score := 60
	for i, cert := range []*time.Time{day(80), day(10), day(-1), day(200)} {
		s.rows = append(s.rows, campaign.Assignment{ID: fmt.Sprint("c:", i), Code: fmt.Sprint("K", i), Name: fmt.Sprint("見本", i), Tier: 3, Response: campaign.Accepted,
			Score: &score, SubmittedAt: asOf, Certificates: []campaign.CertificateBrief{{Kind: evidence.ISMS, Number: fmt.Sprint("IS ", i), ExpiresOn: cert, Validity: evidence.Verified}}})
	}
	s.rows = append(s.rows, campaign.Assignment{ID: "c:9", Name: "未回答", Response: campaign.NotStarted})
	return s
}

func TestSummaryIsAssembled(t *testing.T) {
	w := printer(t, "ja")
	var told []int
	out, err := stocked().records().Summary(t.Context(), access.Viewer{}, w, "c", meta("ja"), func(done, total int) error {
		told = append(told, done)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := CampaignSummary{Meta: meta("ja"), Campaign: "調査", Questionnaire: "基本", Purpose: "確認", Due: asOf,
		Numbers:  []Figure{{"依頼", 5, 5, "社"}, {"未着手", 1, 5, "社"}, {"確認済み", 4, 5, "社"}},
		Scores:   []Figure{{"0〜19点", 0, 0, "社"}, {"20〜39点", 0, 0, "社"}, {"40〜59点", 1, 0, "社"}, {"60〜79点", 0, 0, "社"}, {"80〜100点", 1, 0, "社"}},
		Sections: []Figure{{"分野", 70, 100, "点"}},
		Gaps:     []Figure{{"問2 質問b", 2, 0, "社"}, {"問1 質問a", 1, 0, "社"}},
		Distributions: []Distribution{{"分野", map[Mark]int{MarkDone: 2, MarkNotDone: 3, MarkCovered: 1}},
			{"空", map[Mark]int{}}},
		Expiring: []ExpiringRow{{"見本1", "ISMS IS 1", *day(10)}, {"見本0", "ISMS IS 0", *day(80)}}}
	rows := out.Suppliers
	out.Suppliers = nil
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("Summary (-want +got):\n%s", diff)
	}
	if len(rows) != 5 || rows[0] != (SummaryRow{"K0", "見本0", w.T("supplier.tier.3"), "確認済み", "60", "ISMS (" + w.T("review.validity.verified") + ")", "2026/11/23"}) || rows[4].Score+rows[4].Submitted != "" {
		t.Errorf("suppliers = %+v", rows)
	}
}

// A reader that is told to stop, stops.
func TestAssemblingEndsWithTheJob(t *testing.T) {
	s, lost := stocked(), errors.New("lease lost")
	for range stepRows {
		s.rows = append(s.rows, campaign.Assignment{})
	}
	s.entries = []audit.Entry{{}}
	told := func(int, int) error { return lost }
	if _, err := s.records().Summary(t.Context(), access.Viewer{}, printer(t, "ja"), "c", meta("ja"), told); !errors.Is(err, lost) {
		t.Errorf("Summary = %v", err)
	}
	if _, err := s.records().Trail(t.Context(), access.Viewer{}, printer(t, "ja"), "", "", meta("ja"), told); !errors.Is(err, lost) {
		t.Errorf("Trail = %v", err)
	}
}

// taken are entries of everybody who may be the actor of one.
func taken() []audit.Entry {
	return []audit.Entry{
		{At: asOf, Actor: audit.Actor{Kind: access.Member, Name: "青木"}, Action: "report.downloaded", Record: audit.Ref{Name: "調査"},
			Details: []audit.Detail{{Key: "format", Value: "pdf"}}, Seal: &audit.Seal{Seq: 7, Hash: hashOf(1)}},
		{At: asOf, Actor: audit.Actor{Kind: access.Link, Name: "花子"}, Action: "report.downloaded"},
		{At: asOf, Actor: audit.Actor{Kind: access.Process}, Action: "report.downloaded"},
	}
}

func TestTrailIsAssembled(t *testing.T) {
	w, all := printer(t, "ja"), access.Viewer{Org: "o"}
	part := access.Viewer{Org: "o", Campaigns: []string{"c"}}
	told := func(int, int) error { return nil }
	s := stocked()
	s.entries = taken()
	for _, tc := range []struct {
		name           string
		v              access.Viewer
		campaign       string
		broken         error
		scope, chain   string
		left           string
		warned, failed bool
	}{
		{"everything", all, "", nil, "すべての調査と設定", w.T("report.chain-holds", "Rows", "1,234", "Waiting", "5"), "", false, false},
		{"one campaign", all, "c", nil, "調査", w.T("report.chain-holds-part"), "", false, false},
		{"what was granted", part, "", nil, "すべての調査と設定", w.T("report.chain-holds-part"), w.T("report.left-out-campaigns"), false, false},
		{"a broken chain", part, "c", fmt.Errorf("verify: %w", &audit.Break{Seq: 4321}), "調査", w.T("report.chain-broken", "Row", "4,321"), w.T("report.left-out-campaigns"), true, false},
		{"the database away", all, "", errors.New("away"), "", "", "", false, true},
	} {
		s.broken = tc.broken
		out, err := s.records().Trail(t.Context(), tc.v, w, tc.campaign, "調査", meta("ja"), told)
		if tc.failed {
			if err == nil {
				t.Errorf("%s: no error", tc.name)
			}
			continue
		}
		if err != nil || out.Scope != tc.scope || out.Chain != tc.chain || out.LeftOut != tc.left || out.Broken != tc.warned || len(out.Rows) != 3 {
			t.Errorf("%s: %q %q %q %v, %v", tc.name, out.Scope, out.Chain, out.LeftOut, out.Broken, err)
			continue
		}
		if told := strings.Contains(out.Head, " 1234 "); !out.Broken && !strings.Contains(out.Head, hashOf(9)) || told != (tc.name == "everything") {
			t.Errorf("%s: the head is %q", tc.name, out.Head)
		}
		want := []TrailRow{{At: asOf, Seq: "7", Who: "青木", What: "帳票をダウンロード", Record: "調査", Hash: hashOf(1)[:16], Facts: []Fact{{"形式", "PDF"}}}, {At: asOf, Who: "取引先 花子", What: "帳票をダウンロード"},
			{At: asOf, Who: "システム", What: "帳票をダウンロード"}}
		if diff := cmp.Diff(want, out.Rows); diff != "" {
			t.Errorf("%s: rows (-want +got):\n%s", tc.name, diff)
		}
	}
	s.broken, s.apart = nil, []audit.Break{{EntryID: "x", Reason: audit.Forged}}
	if out, err := s.records().Trail(t.Context(), all, w, "", "", meta("ja"), told); err != nil || !out.Broken || out.Chain != w.T("report.chain-apart", "Count", 1) {
		t.Errorf("a forged row that waits: %q, %v", out.Chain, err)
	}
	s.apart, s.entries = nil, make([]audit.Entry, maxEntries+1)
	out, err := s.records().Trail(t.Context(), all, w, "", "", meta("ja"), told)
	if err != nil || len(out.Rows) != maxEntries || !strings.Contains(out.LeftOut, "10,000件") {
		t.Errorf("a long trail: %d rows, %q, %v", len(out.Rows), out.LeftOut, err)
	}
}

// late is a shelf whose newest entry is sealed between the reading of the rows and the check.
type late struct {
	shelf
	sealed *bool
}

func (l late) Trail(ctx context.Context, v access.Viewer, f audit.Filter) (audit.Page, error) {
	page, err := l.shelf.Trail(ctx, v, f)
	page.Entries = slices.Clone(page.Entries)
	if *l.sealed {
		page.Entries[0].Seal = &audit.Seal{Seq: 1235, Hash: hashOf(9)}
	}
	return page, err
}

func (l late) Verify(context.Context, string) (audit.Chain, error) {
	*l.sealed = true
	return audit.Chain{Head: audit.Head{Org: "o", Seq: 1235, Hash: hashOf(9)}, Rows: 1235}, nil
}

// TestRowsAndCheckCountTheSameAsWaiting: a paper on which nothing waits lists no row without
// a number.
func TestRowsAndCheckCountTheSameAsWaiting(t *testing.T) {
	w := printer(t, "ja")
	s := late{stocked(), new(bool)}
	s.entries = taken()[1:2]
	r := s.records()
	r.Entries = s
	out, err := r.Trail(t.Context(), access.Viewer{Org: "o"}, w, "", "", meta("ja"), func(int, int) error { return nil })
	if err != nil || out.Chain != w.T("report.chain-holds", "Rows", "1,235", "Waiting", "0") || len(out.Rows) != 1 || out.Rows[0].Seq == "" {
		t.Errorf("%q beside %+v, %v", out.Chain, out.Rows, err)
	}
}

// submission is a second submission: one answer, one certificate that stands in, one
// question without either.
func submission(s shelf) Answered {
	at := asOf.Add(-time.Hour)
	then := evidence.Evidence{ID: "e1", Kind: evidence.ISMS, Number: "IS 1", Holder: "見本", ExpiresOn: day(30), Validity: evidence.Unverified,
		File: &evidence.File{Name: "登録証.pdf", SHA256: hashOf(3)}}
	subs := []response.Submission{
		{ID: "c:0:2", Revision: 2, SubmittedAt: at, Receipt: "R-2", Answers: map[string]questionnaire.Answer{"a": {Value: questionnaire.Partly, Note: "3台が未対応"}},
			Covered: map[string]string{"b": "e1"}, Evidence: []evidence.Evidence{then}, Declaration: response.Declaration{Name: "花子", Role: "部長", At: at},
			Result: questionnaire.Result{Scored: true, Percent: 50, Sections: []questionnaire.SectionResult{{Key: "s", Scored: true, Percent: 50}}}},
		{ID: "c:0:1", Revision: 1, SubmittedAt: at.Add(-time.Hour), Declaration: response.Declaration{Name: "花子"}},
	}
	for i := range subs {
		subs[i].SHA256 = subs[i].Digest()
	}
	reviews := []response.Review{
		{Revision: 2, Verdict: response.Accept, DecidedBy: "青木", DecidedAt: asOf, Comments: []response.Comment{{Question: "a", Text: "いつまでに", Flag: true, By: "青木", At: asOf}}},
		{Revision: 1, Verdict: response.Return, DecidedBy: "青木", DecidedAt: at, Comments: []response.Comment{{Question: "a", Text: "前の版への指摘", By: "青木", At: at}}},
	}
	return Answered{Campaign: s.campaign, Submission: subs[0], Sheet: response.Sheet{Assignment: s.rows[0], Submissions: subs, Reviews: reviews}}
}

func TestAnswerSheetIsAssembled(t *testing.T) {
	w, a := printer(t, "ja"), submission(stocked())
	a.Evidence = []evidence.Evidence{{ID: "e1", Kind: evidence.ISMS, Number: "IS 1", Validity: evidence.Rejected, Reason: "読み取れません", ReviewedBy: "青木", ReviewedAt: asOf},
		{ID: "e2", Kind: evidence.PMark, Number: "他の提出のもの"}}
	out := a.AnswerSheet(w, meta("ja"))
	if len(out.Sections) != 1 || len(out.Sections[0].Questions) != 3 || out.Sections[0].Score != "50点" || out.Score != "50点" {
		t.Fatalf("sections = %+v", out.Sections)
	}
	for scale, rule := range map[questionnaire.Scale]string{"": "score.rule.ipa", questionnaire.ScaleZero: "score.rule.zero"} {
		a.Campaign.Questionnaire.Scale, a.Campaign.Questionnaire.Sections[0].Questions[0].Weight = scale, 4
		a.Submission.Result.Unknown = 2
		if got := a.AnswerSheet(w, meta("ja")); got.Rule != w.T(rule) || got.Score != "50点（「わからない」2問）" {
			t.Errorf("scale %q: %q by the rule %q", scale, got.Score, got.Rule)
		}
	}
	if out.Altered != "" {
		t.Errorf("a sheet as it was declared is said to be altered: %s", out.Altered)
	}
	altered := a
	altered.Submission.Declaration.Name = "別人"
	if got := altered.AnswerSheet(w, meta("ja")); got.Altered != w.T("report.altered") {
		t.Errorf("a changed sheet says %q", got.Altered)
	}
	q := out.Sections[0].Questions
	if q[0].Answer != "一部で実施" || q[0].Mark != MarkPartly || q[0].Note != "3台が未対応" || len(q[0].Comments) != 0 {
		t.Errorf("an answer: %+v", q[0])
	}
	if q[1].Mark != MarkCovered || !strings.HasSuffix(q[1].Answer, "IS 1") {
		t.Errorf("a certificate stands in: %+v", q[1])
	}
	if q[2].Mark != NoMark || q[2].Answer != w.T("answer.none") {
		t.Errorf("no answer: %+v", q[2])
	}
	if d := out.Certificates[0].Details; !strings.Contains(d, w.T("evidence.why-rejected")) || !strings.Contains(d, w.T("review.replaces")+" 1問") {
		t.Errorf("a rejected certificate says %q", d)
	}
	if len(out.Certificates) != 1 || !strings.Contains(out.Certificates[0].Validity, "読み取れません") || !strings.Contains(out.Certificates[0].Validity, "青木") {
		t.Errorf("certificates as judged since: %+v", out.Certificates)
	}
	if len(out.Revisions) != 2 || out.Revisions[0].Number != 1 || out.Revisions[1].Verdict != out.Verdict || !strings.Contains(out.Verdict, "青木") {
		t.Errorf("revisions: %+v, verdict %q", out.Revisions, out.Verdict)
	}
}

// TestOnlyWhatASheetWentBackWithIsPrinted: of every kind of remark, on the buyer's paper
// and on the supplier's.
func TestOnlyWhatASheetWentBackWithIsPrinted(t *testing.T) {
	w := printer(t, "ja")
	for _, verdict := range []response.Verdict{response.Undecided, response.Accept, response.Return} {
		for _, remark := range []response.Comment{{Question: "a", Flag: true}, {Question: "a"}, {Question: response.Reason}, {Question: response.RejectionOf("e1")}} {
			a := submission(stocked())
			remark.Text, remark.By, remark.At = "覚え書き", "青木", asOf
			r := response.Review{Revision: 2, Verdict: verdict, DecidedBy: "青木", DecidedAt: asOf, Comments: []response.Comment{remark}}
			sent := verdict == response.Return && remark.Flag
			for paper, reviews := range map[string][]response.Review{"the buyer's": {r}, "the supplier's": {r.Outside(asOf.AddDate(0, 0, 2))}} {
				a.Reviews = reviews
				got := a.AnswerSheet(w, meta("ja")).Sections[0].Questions[0].Comments
				if (len(got) == 1) != sent || sent && strings.Contains(got[0], "青木") != (paper == "the buyer's") {
					t.Errorf("%s paper, verdict %q, on %s, flagged %v: %q", paper, verdict, remark.Question, remark.Flag, got)
				}
			}
		}
	}
}

// The supplier's copy holds what it submitted, also a certificate that it took back
// since, and nothing that the buyer wrote.
func TestSuppliersCopyIsAssembled(t *testing.T) {
	w, a := printer(t, "en"), submission(stocked())
	a.Reviews = nil
	out := a.AnswerSheet(w, meta("en"))
	if out.Verdict != "" || out.Sections[0].Questions[0].Comments != nil || out.Sections[0].Questions[1].Mark != MarkCovered {
		t.Errorf("the copy: %+v", out)
	}
	if c := out.Certificates; len(c) != 1 || c[0].Validity != w.T("review.validity.unverified") || c[0].File != "登録証.pdf" || !strings.Contains(c[0].Details, "見本\n") {
		t.Errorf("its certificate: %+v", c)
	}
}
