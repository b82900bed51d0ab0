package demo

import (
	"context"
	"fmt"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/supplier"
)

// names are invented; each kind of trade follows in turn.
var names = []struct{ name, kana string }{
	{"サンプル精工㈱", "サンプルセイコウ"}, {"架空金属工業株式会社", "カクウキンゾクコウギョウ"}, {"みほん物流株式会社", "ミホンブツリュウ"},
	{"ためし印刷有限会社", "タメシインサツ"}, {"例示システム合同会社", "レイジシステム"}, {"仮名製作所", "カメイセイサクショ"},
	{"見本化成株式会社", "ミホンカセイ"}, {"テスト髙﨑電子㈱", "テストタカサキデンシ"}, {"ひながた設計事務所", "ヒナガタセッケイジムショ"},
	{"サンプル運輸株式会社", "サンプルウンユ"}, {"Example Components Ltd.", "エグザンプルコンポーネンツ"}, {"架空ソフトウェア株式会社", "カクウソフトウェア"},
}

var trades = []string{"金属加工", "部品", "物流", "印刷", "ソフトウェア", "金属加工", "化学", "電子", "設計", "物流", "部品", "ソフトウェア"}

// suppliers is how many the demo asks: enough for a second page. One more is out of use.
const suppliers = 60

// LoadSuppliers adds the suppliers to the viewer's directory.
func LoadSuppliers(ctx context.Context, a *app.App, v access.Viewer) error {
	yes, no := true, false
	for i := range suppliers + 1 {
		n := names[i%len(names)]
		s := supplier.Supplier{Code: fmt.Sprintf("S%04d", i+1), Name: n.name, Kana: n.kana, Lang: "ja", Lane: supplier.LaneMail,
			Department: "総務部", ContactName: "例 太郎", Email: fmt.Sprintf("s%04d@example.jp", i+1), Phone: "000-0000-0000",
			Tags: []string{trades[i%len(trades)]}, PersonalData: i%5 == 0}
		if i >= len(names) {
			s.Name = fmt.Sprintf("%s 第%d工場", n.name, i/len(names)+1)
		}
		base := fmt.Sprintf("99999%07d", i+1)
		s.CorporateNumber = string(supplier.CheckDigit(base)) + base
		if i%4 == 0 {
			s.InvoiceNumber = "T" + s.CorporateNumber
		}
		switch i % 6 {
		case 0:
			s.HoldsData = &yes
		case 1, 2:
			s.HoldsData, s.StopsUs, s.ReachesSystems = &no, &no, &no
		}
		if i%9 == 1 {
			s.Contacts = []supplier.Contact{{Role: supplier.RoleCopy, Email: fmt.Sprintf("s%04d-copy@example.jp", i+1), Name: "例 花子", Department: "品質保証部"},
				{Role: supplier.RoleApprover, Name: "例 一郎"}}
		}
		switch i {
		case 10:
			s.Lang, s.ContactName = "en", "Alex Example"
		case 20:
			s.Email = ""
		case 21:
			s.Lane, s.Email = supplier.LanePaper, ""
		case 31:
			s.Email = "s0031@example.jp" // shared with the one before
		case suppliers:
			fill(&s)
		}
		if _, err := a.Suppliers.Save(ctx, v, s); err != nil {
			return fmt.Errorf("add %s: %w", s.Code, err)
		}
	}
	return nil
}

// fill gives every field that is empty its sample, so that the demo shows each.
func fill(s *supplier.Supplier) {
	for _, f := range supplier.Fields() {
		if value := s.Value(f.Key); value == "" || value == "no" {
			s.Put(f.Key, f.Sample)
		}
	}
}
