package mongodb_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// TestProgressByRuleAndByPipeline: how far a sheet is, a rule tells the supplier and the
// database tells the buyer. Over random sheets of every questionnaire, and of one that
// asks in chains and for files, both say the same.
func TestProgressByRuleAndByPipeline(t *testing.T) {
	d := newDesk(t)
	store := mongodb.Campaigns{DB: d.db}
	random := rand.New(rand.NewPCG(8, 1))
	for n, q := range append(builtIn(t), chained) {
		c := campaign.Campaign{ID: fmt.Sprint("p", n), Org: "o1", StandIn: n%4 != 3, Coverage: coverage(t), Questionnaire: q}
		if q.Key == chained.Key {
			c.StandIn, c.Coverage = true, questionnaire.Coverage{"X": {"isms": questionnaire.StandsFull, "pmark": questionnaire.StandsPersonal}}
		}
		var asked []campaign.Assignment
		want := map[string]questionnaire.Progress{}
		for i := range 40 {
			a := campaign.Assignment{ID: fmt.Sprint(c.ID, ":s", i), Org: "o1", Campaign: c.ID, PersonalData: i%3 == 0}
			draft, given := response.NewDraft(a, d.at), anyEvidence(random, a, q, d.at)
			for _, question := range q.Questions() {
				if answer := anyAnswer(random, question); random.IntN(4) > 0 {
					draft.Answers[question.Key] = response.Saved{Answer: answer, Count: 1}
				}
			}
			d.insert(t, "drafts", draft)
			var kept []evidence.Evidence
			for _, e := range given {
				d.insert(t, "evidence", e)
				if e.RemovedAt.IsZero() {
					kept = append(kept, e)
				}
			}
			done, total := q.Progress(response.WithFiles(q, draft.Plain(), kept), c.Covered(evidence.Holding(kept, d.at), a.PersonalData))
			want[a.ID] = questionnaire.Progress{Done: done, Total: total}
			asked = append(asked, a)
		}
		got, err := store.Progress(t.Context(), d.reviewer, c, asked)
		if err != nil {
			t.Fatal(err)
		}
		for id, p := range want {
			if got[id] != p {
				t.Errorf("%s, sheet %s: the database counts %+v, the rule %+v", q.Key, id, got[id], p)
			}
		}
		for name, v := range d.outsiders {
			if seen, err := store.Progress(t.Context(), v, c, asked); err != nil || len(seen) > 0 && v.Kind != access.Link {
				t.Errorf("%s is told of %d sheets (%v)", name, len(seen), err)
			}
		}
	}
}

func builtIn(t *testing.T) []questionnaire.Questionnaire {
	t.Helper()
	all, err := questionnaire.Load(os.DirFS("../../templates"))
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	return all
}

func coverage(t *testing.T) questionnaire.Coverage {
	t.Helper()
	c, err := questionnaire.LoadCoverage(os.DirFS("../../templates"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// chained has every way in which one question hangs on others.
var chained = questionnaire.Questionnaire{Key: "chained", Sections: []questionnaire.Section{{Key: "s", Questions: []questionnaire.Question{
	{Key: "a", Kind: questionnaire.Maturity, References: []string{"X"}},
	{Key: "b-1", Kind: questionnaire.Multiple, References: []string{"X"}, ShowIf: &questionnaire.Condition{Question: "a", In: []string{"done", "na"}}, Options: []questionnaire.Option{{Key: "x"}, {Key: "y"}}},
	{Key: "c", Kind: questionnaire.FreeText, Optional: true, ShowIf: &questionnaire.Condition{Question: "b-1", In: []string{"x"}}},
	{Key: "4", Kind: questionnaire.File, ShowIf: &questionnaire.Condition{Any: []questionnaire.Condition{
		{Question: "a", In: []string{"partly"}}, {All: []questionnaire.Condition{{Question: "b-1", In: []string{"y"}}, {Question: "c", In: []string{"$a"}}}}}}},
	{Key: "e", Kind: questionnaire.File, References: []string{"X"}},
	{Key: "f", Kind: questionnaire.Maturity, Critical: true, References: []string{"X"}},
}}}}

func anyAnswer(random *rand.Rand, q questionnaire.Question) questionnaire.Answer {
	a := questionnaire.Answer{Note: []string{"", "理由"}[random.IntN(2)]}
	switch offers := q.Offers(); {
	case random.IntN(4) == 0:
		a.Value = []string{"", questionnaire.Unknown, questionnaire.NA, questionnaire.NA}[random.IntN(4)]
	case q.Kind == questionnaire.Multiple:
		for _, o := range offers {
			if random.IntN(2) == 0 {
				a.Values = append(a.Values, o.Key)
			}
		}
	case len(offers) > 0:
		a.Value = offers[random.IntN(len(offers))].Key
	case !q.Traits().Files:
		a.Value = map[questionnaire.KindName]string{questionnaire.Number: "3", questionnaire.Date: "2026-04-01", questionnaire.FreeText: "$a"}[q.Kind]
	}
	return a
}

// anyEvidence is some of everything that may be attached, in each state.
func anyEvidence(random *rand.Rand, a campaign.Assignment, q questionnaire.Questionnaire, now time.Time) []evidence.Evidence {
	var out []evidence.Evidence
	no := false
	for range random.IntN(4) {
		until := now.AddDate(0, 0, []int{400, -1, 1}[random.IntN(3)])
		e := evidence.Evidence{ID: newULID(), Org: a.Org, Campaign: a.Campaign, Assignment: a.ID, Kind: evidence.Kinds[random.IntN(len(evidence.Kinds))],
			ExpiresOn: &until, Validity: []evidence.Validity{evidence.Unverified, evidence.Verified, evidence.Rejected}[random.IntN(3)], Submitted: random.IntN(2) == 0,
			Standard: []string{"JIS Q 27001:2023", "ISO/IEC 27001:2013"}[random.IntN(2)], File: &evidence.File{ID: newULID(), Name: "a.pdf",
				Findings: evidence.Findings{Check: []evidence.Check{evidence.Unchecked, evidence.Sound, evidence.Sound, evidence.Locked, evidence.Broken}[random.IntN(5)]}}}
		switch random.IntN(6) {
		case 0:
			e.RemovedAt = now
		case 1:
			e.CoversWork = &no
		case 2:
			e.Accreditation = "none"
		}
		if all := q.Questions(); e.Attached() {
			e.Question = all[random.IntN(len(all))].Key
		}
		out = append(out, e)
	}
	return out
}
