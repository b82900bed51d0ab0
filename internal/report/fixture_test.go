package report

import (
	"fmt"
	"time"
)

func meta(lang string) Meta {
	return Meta{Lang: lang, AsOf: asOf, Issuer: "サンプル電機株式会社"}
}

var questions = []string{
	"パソコンやスマートフォンのOSとソフトウェアを、いつも最新の状態にしていますか。",
	"パソコンにウイルス対策ソフトを入れ、定義ファイルが自動で更新されるようにしていますか。",
	"パスワードは、他人に推測されにくく、ほかのサービスと使い回していないものにしていますか。",
	"重要な情報を見られる人を、業務に必要な人だけに絞っていますか。",
	"新しい脅威や手口を知り、社内で共有する仕組みがありますか。",
}

// sheet is an answer sheet of 25 questions with everything on it.
func sheet(lang string) AnswerSheet {
	s := AnswerSheet{
		Meta: meta(lang), Supplier: "株式会社髙﨑精密工業", Code: "S-00421", Campaign: "2026年度 情報セキュリティ調査",
		Request: "REQ-2026-00421", Receipt: "R-9Q2M-8813", Questionnaire: "基本25（第1版）",
		Purpose:     "当社製品の図面をお預けしているため、その取扱い状況を確認します。",
		SubmittedAt: asOf.Add(-48 * time.Hour), State: "確認済", Score: "78点", Rule: "点数は、「実施している」が配点のすべて、「わからない」が0点です。", SHA256: hashOf(2),
		Verdict: "2026年11月23日（月）16:45 青木 見本が確認済みにしました",
	}
	marks := []Mark{MarkDone, MarkPartly, MarkNotDone, MarkUnknown, MarkNA, MarkCovered, NoMark}
	answers := []string{"実施している", "一部で実施", "実施していない", "わからない", "該当しない", "登録証で代替\nISMS IS 999901", "2026年4月1日"}
	for n := range 25 {
		if n%9 == 0 {
			s.Sections = append(s.Sections, SheetSection{Title: []string{"基本的な対策", "従業員に関する対策", "組織としての対策"}[n/9], Score: "82点"})
		}
		q := SheetQuestion{Number: n + 1, Text: questions[n%len(questions)], References: fmt.Sprintf("IPA5-%02d", n+1),
			Mark: marks[n%len(marks)], Answer: answers[n%len(answers)]}
		if n%7 == 1 {
			q.Note = "製造部の測定用パソコン3台が未対応です。2027年3月の入替えまで、ネットワークから切り離して使います。"
		}
		if n == 2 || n == 12 {
			q.Comments = []string{"二要素認証の対象範囲を教えてください。管理者のアカウントだけでなく、社外から接続する方のアカウントも対象になりますか。（青木 見本 11月23日）"}
		}
		section := &s.Sections[len(s.Sections)-1]
		section.Questions = append(section.Questions, q)
	}
	s.Certificates = []SheetCertificate{
		{Kind: "ISMS", Number: "IS 999901", Details: "株式会社髙﨑精密工業 本社工場\nJIS Q 27001:2023\n見本認証機構\n精密部品の設計、製造および図面データの管理\n2028年3月31日まで",
			Validity: "確認済\n青木 見本 2026年11月23日", File: "isms-certificate.pdf", SHA256: hashOf(7)},
		{Kind: "プライバシーマーク", Number: "99999901(03)", Details: "2026年12月10日まで", Validity: "認められない\n有効期限の記載が読み取れません。", File: "pmark.jpg", SHA256: hashOf(8)},
		{Kind: "SECURITY ACTION（自己宣言・二つ星）", Number: "49999999901", Validity: "未確認"},
	}
	s.Declaration = SheetDeclaration{Version: "2026-04", Name: "見本 太郎", Role: "代表取締役", At: asOf.Add(-48 * time.Hour),
		Text: "この回答は、提出日の時点で当社が把握している事実のとおりであることを申告します。内容に変更があったときは、すみやかにお知らせします。"}
	s.Revisions = []SheetRevision{
		{Number: 1, At: asOf.Add(-96 * time.Hour), Name: "見本 太郎", SHA256: hashOf(1), Verdict: "差戻し"},
		{Number: 2, At: asOf.Add(-48 * time.Hour), Name: "見本 太郎", SHA256: hashOf(2), Verdict: "確認済"},
	}
	return s
}

func summary(lang string, suppliers int) CampaignSummary {
	s := CampaignSummary{
		Meta: meta(lang), Campaign: "2026年度 情報セキュリティ調査", Questionnaire: "基本25（第1版）",
		Purpose: "当社製品の図面をお預けしているため、その取扱い状況を確認します。", Due: asOf.AddDate(0, 0, 17),
		Numbers: []Figure{{"依頼", 5000, 5000, "社"}, {"未着手", 1316, 5000, "社"}, {"回答中", 911, 5000, "社"}, {"提出", 664, 5000, "社"}, {"確認済", 1980, 5000, "社"}, {"差戻し", 102, 5000, "社"}},
		Scores:  []Figure{{"0〜19点", 12, 0, "社"}, {"20〜39点", 148, 0, "社"}, {"40〜59点", 611, 0, "社"}, {"60〜79点", 1102, 0, "社"}, {"80〜100点", 771, 0, "社"}},
		Distributions: []Distribution{
			{"基本的な対策", map[Mark]int{MarkDone: 8120, MarkPartly: 2210, MarkNotDone: 1011, MarkUnknown: 420, MarkNA: 130, MarkCovered: 1329}},
			{"従業員に関する対策", map[Mark]int{MarkDone: 18210, MarkPartly: 7410, MarkNotDone: 4011, MarkUnknown: 1420, MarkNA: 630, MarkCovered: 2691}},
			{"組織としての対策（委託先の管理を含む）", map[Mark]int{MarkDone: 6020, MarkPartly: 4410, MarkNotDone: 4611, MarkUnknown: 1820, MarkNA: 330, MarkCovered: 1317}},
			{"まだ誰も答えていない分野", nil},
		},
	}
	for i, title := range []string{"基本的な対策", "従業員に関する対策", "組織としての対策（委託先の管理を含む）"} {
		s.Sections = append(s.Sections, Figure{title, 79 - 10*i, 100, "点"})
	}
	for i := range 5 {
		s.Gaps = append(s.Gaps, Figure{fmt.Sprintf("問%d %s", i+1, questions[i]), 900 - 130*i, 2644, "社"})
		s.Expiring = append(s.Expiring, ExpiringRow{fmt.Sprintf("見本製作所%d株式会社", i+1), fmt.Sprintf("プライバシーマーク 9999990%d(02)", i), asOf.AddDate(0, 0, 9+17*i)})
	}
	states := []string{"確認済", "提出済み", "回答中", "未着手", "差戻し"}
	for i := range suppliers {
		row := SummaryRow{Code: fmt.Sprintf("S-%05d", i+1), Supplier: fmt.Sprintf("見本製作所%d株式会社", i+1), Tier: "高", State: states[i%5]}
		if i%5 < 2 {
			row.Submitted, row.Score = fmt.Sprintf("11月%d日", 1+i%20), fmt.Sprint(50+i%50)
		}
		if i%4 == 0 {
			row.Certificates = fmt.Sprintf("ISMS IS %06d（確認済）", 999000+i)
		}
		s.Suppliers = append(s.Suppliers, row)
	}
	return s
}

func trail(lang string, rows int) Trail {
	t := Trail{Meta: meta(lang), Scope: "すべての調査と設定", Chain: "記録のつながりを検証しました。すべての記録に改変・欠落はありません。",
		Head: "記録の末尾：2026-11-23T08:15:00Z 01K0ORG 1234 " + hashOf(9) + " 0"}
	for i := range rows {
		t.Rows = append(t.Rows, TrailRow{Seq: fmt.Sprint(i + 1), At: asOf.Add(time.Duration(i-rows) * time.Minute), Who: "青木 見本",
			What: "回答を確認済みにした", Record: fmt.Sprintf("見本製作所%d株式会社", i%40+1), Facts: []Fact{{"版", "2"}, {"状態", "確認中 → 確認済"}}, Hash: hashOf(i)[:16]})
	}
	return t
}
