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
		Meta:     meta(lang),
		Supplier: Supplier{Name: "株式会社髙﨑精密工業", Code: "S-00421", CorporateNumber: "5999990000019", Person: "総務部　見本 花子 様"},
		Buyer:    "サンプル電機株式会社　調達部", Campaign: "2026年度 情報セキュリティ調査", Questionnaire: "基本25（第1版）",
		Request: "REQ-2026-00421", State: "確認済", DueAt: asOf.AddDate(0, 0, 17), Score: "78点（100点満点）",
		Unanswered: 1, Critical: []string{"問3　パスワードの使い回し"},
	}
	marks := []Mark{MarkDone, MarkPartly, MarkNotDone, MarkUnknown, MarkNA, MarkDone}
	for n := range 25 {
		if n%9 == 0 {
			s.Sections = append(s.Sections, SheetSection{Title: []string{"基本的な対策", "従業員に関する対策", "組織としての対策"}[n/9], Score: "28 / 36"})
		}
		a := SheetAnswer{Number: n + 1, Question: questions[n%len(questions)], References: []string{fmt.Sprintf("IPA5-%02d", n+1)},
			Mark: marks[n%len(marks)], Score: "4 / 4", Critical: n == 2}
		switch n % 6 {
		case 1:
			a.Note = "製造部の測定用パソコン3台が未対応です。2027年3月の入替えまで、ネットワークから切り離して使います。"
		case 3:
			a.Note = "外部の保守会社に確認中です。"
		case 4:
			a.Note = "自社でサーバーを持たず、すべてクラウドサービスを利用しているため。"
		}
		if n == 7 {
			a.Mark, a.CoveredBy = NoMark, "ISMS（IS 999901）2028年3月31日まで"
		}
		if n == 2 || n == 12 {
			a.Comments = []Comment{{By: "青木 見本", At: asOf.Add(-time.Hour), Flagged: n == 2,
				Text: "二要素認証の対象範囲を教えてください。管理者のアカウントだけでなく、社外から接続する方のアカウントも対象になりますか。"}}
		}
		if n == 5 {
			a.Files = []string{"アクセス権限一覧_2026.pdf"}
		}
		if n == 24 {
			a.Mark = NoMark
		}
		section := &s.Sections[len(s.Sections)-1]
		section.Answers = append(section.Answers, a)
	}
	s.Certificates = certificates()
	s.Review = &Verdict{Verdict: "確認済", By: "青木 見本", At: asOf.Add(-30 * time.Minute)}
	s.Declaration = &Declaration{Statement: "2026-04", Name: "見本 太郎", Role: "代表取締役", At: asOf.Add(-48 * time.Hour),
		Text: "この回答は、提出日の時点で当社が把握している事実のとおりであることを申告します。内容に変更があったときは、すみやかにお知らせします。"}
	s.Revisions = []Revision{
		{Number: 1, At: asOf.Add(-96 * time.Hour), By: "見本 太郎（代表取締役）", Receipt: "R-7F3K-2201", SHA256: hashOf(1)},
		{Number: 2, At: asOf.Add(-48 * time.Hour), By: "見本 太郎（代表取締役）", Receipt: "R-9Q2M-8813", SHA256: hashOf(2)},
	}
	return s
}

func certificates() []Certificate {
	return []Certificate{
		{Kind: "ISMS", Number: "IS 999901", Standard: "JIS Q 27001:2023", Body: "見本認証機構（ISMS-AC）", Holder: "株式会社髙﨑精密工業 本社工場",
			Scope: "精密部品の設計、製造および図面データの管理", CoversWork: "はい", ExpiresOn: time.Date(2028, 3, 31, 0, 0, 0, 0, tokyo),
			File: "isms-certificate.pdf", SHA256: hashOf(7), Validity: Verified, ReviewedBy: "青木 見本", ReviewedAt: asOf.Add(-time.Hour)},
		{Kind: "プライバシーマーク", Number: "99999901(03)", ExpiresOn: time.Date(2026, 12, 10, 0, 0, 0, 0, tokyo),
			File: "pmark.jpg", SHA256: hashOf(8), Validity: Rejected, Reason: "有効期限の記載が読み取れません。鮮明な写しをお送りください。"},
		{Kind: "SECURITY ACTION（自己宣言・二つ星）", Number: "49999999901", Validity: Unverified},
	}
}

func summary(lang string, suppliers int) CampaignSummary {
	s := CampaignSummary{
		Meta: meta(lang), Campaign: "2026年度 情報セキュリティ調査", Questionnaire: "基本25（第1版）",
		Purpose:  "当社製品の図面をお預けしているため、その取扱い状況を確認します。",
		IssuedAt: asOf.AddDate(0, 0, -30), DueAt: asOf.AddDate(0, 0, 17), Asked: 5000, AverageScore: "71.4点",
		Figures: []Figure{{"依頼", 5000}, {"到達", 4871}, {"開封", 3902}, {"回答中", 911}, {"提出", 2644}, {"確認済", 1980}, {"差戻し", 102}, {"不達", 129}},
		Scores:  []Bin{{"0〜19", 12}, {"20〜39", 148}, {"40〜59", 611}, {"60〜79", 1102}, {"80〜100", 771}},
		Sections: []Distribution{
			{"基本的な対策", map[Mark]int{MarkDone: 8120, MarkPartly: 2210, MarkNotDone: 1011, MarkUnknown: 420, MarkNA: 130, MarkCovered: 1329}, "79"},
			{"従業員に関する対策", map[Mark]int{MarkDone: 18210, MarkPartly: 7410, MarkNotDone: 4011, MarkUnknown: 1420, MarkNA: 630, MarkCovered: 2691}, "70"},
			{"組織としての対策（委託先の管理を含む）", map[Mark]int{MarkDone: 6020, MarkPartly: 4410, MarkNotDone: 4611, MarkUnknown: 1820, MarkNA: 330, MarkCovered: 1317}, "58"},
		},
	}
	for i := range 5 {
		s.Gaps = append(s.Gaps, Gap{questions[i], []string{fmt.Sprintf("IPA5-%02d", 20+i)}, 900 - 130*i, 60 + i, 2644})
		s.Expiring = append(s.Expiring, Expiring{fmt.Sprintf("見本製作所%d株式会社", i+1), "プライバシーマーク", fmt.Sprintf("9999990%d(02)", i), asOf.AddDate(0, 0, 9+17*i), 9 + 17*i})
	}
	states := []string{"確認済", "提出", "回答中", "未着手", "差戻し"}
	for i := range suppliers {
		row := SupplierRow{Code: fmt.Sprintf("S-%05d", i+1), Name: fmt.Sprintf("見本製作所%d株式会社", i+1), State: states[i%5]}
		if i%5 < 2 {
			row.SubmittedAt, row.Score = asOf.AddDate(0, 0, -i%20), fmt.Sprint(50+i%50)
		}
		if i%4 == 0 {
			row.Certificates = []string{fmt.Sprintf("ISMS IS %06d　2028年3月31日まで", 999000+i)}
		}
		s.Suppliers = append(s.Suppliers, row)
	}
	return s
}

func trail(lang string, rows int) Trail {
	t := Trail{Meta: meta(lang), Subject: "2026年度 情報セキュリティ調査", Period: "2026年10月1日〜11月23日",
		Chain: Chain{CheckedAt: asOf, Rows: int64(rows), Whole: true, Hash: hashOf(4), Unsealed: 2}}
	for i := range rows {
		t.Rows = append(t.Rows, TrailRow{Seq: int64(i + 1), At: asOf.Add(time.Duration(i-rows) * time.Minute), Actor: "青木 見本",
			Action: "回答を確認済みにした", Record: fmt.Sprintf("見本製作所%d株式会社", i%40+1), Details: []string{"版: 2", "状態: 確認中 → 確認済"}})
	}
	return t
}
