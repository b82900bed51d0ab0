package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// An entry is told in words on the page, in tables and on paper alike: states and days in
// the reader's language, questions by number and text. What is old is told as well.
func TestEntriesAreToldInWords(t *testing.T) {
	reads := 0
	asked := AskedIn(func(id string) (campaign.Campaign, error) {
		reads++
		return campaign.Campaign{Questionnaire: questionnaire.Questionnaire{Key: "q", Sections: []questionnaire.Section{{Questions: []questionnaire.Question{
			{Key: "updates", Number: 3, Text: questionnaire.Text{JA: "更新していますか", EN: "Do you update?"}}}}}}}, nil
	})
	for _, tt := range []struct {
		lang    string
		details []audit.Detail
		want    []Fact
	}{
		{"ja", []audit.Detail{{Key: "question", Value: "updates"}, audit.Was("comment", "", "written")}, []Fact{{"質問", "問3 更新していますか"}, {"コメント", "— → あり"}}},
		{"en", []audit.Detail{{Key: "question", Value: "updates"}, audit.Was("comment", "written", "")}, []Fact{{"Question", "Question 3: Do you update?"}, {"Comment", "written → —"}}},
		{"ja", []audit.Detail{{Key: "question", Value: response.Reason}}, []Fact{{"質問", "差し戻しの理由"}}},
		{"ja", []audit.Detail{{Key: "removed", Value: response.RejectionOf("e1")}}, []Fact{{"削除", "登録証・添付資料を代替に使えない理由"}}},
		{"ja", []audit.Detail{{Key: "question", Value: "gone"}}, []Fact{{"質問", "gone"}}},
		{"ja", []audit.Detail{{Key: "due", Value: "2026-12-17T14:59:59Z"}, audit.Was("state", campaign.InReview, campaign.Returned)},
			[]Fact{{"期限", "2026年12月17日（木）"}, {"状態", "確認中 → 差戻し"}}},
		{"en", []audit.Detail{audit.Was("campaign", campaign.Open, campaign.Closed)}, []Fact{{"State of the survey", "Open → Closed"}}},
		{"ja", []audit.Detail{audit.Was("role", access.Buyer, access.Reviewer)}, []Fact{{"役割", "調達担当 → 確認担当"}}},
	} {
		telling := Telling{Words: printer(t, tt.lang), Asked: asked}
		e := audit.New(access.System("o", "x"), "e", asOf, "submission.commented", audit.Ref{}, tt.details...).In("c")
		row := telling.Row(e)
		if diff := cmp.Diff(tt.want, row.Facts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if cells := telling.TableRow(e); cells[5] != row.Details() {
			t.Errorf("the table says %q", cells[5])
		}
	}
	if reads != 1 {
		t.Errorf("the campaign was read %d times", reads)
	}
}
