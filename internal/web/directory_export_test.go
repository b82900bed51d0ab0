package web_test

import (
	"net/http"
	"strings"
	"testing"

	"tsunagi/internal/supplier"
)

// The whole directory is downloaded in every format and language, and comes back in as
// it was, whatever its fields hold.
func TestTheDirectoryComesBackUnchanged(t *testing.T) {
	in := importer(t)
	hostile := []string{"=1+1", "'=1", "@x", "+81", "-", "なし", "#N/A", "合計", "a,b;c\td", "\"x\"", "一\n二", "〜−―¥", "𠮷野家", "葛\U000e0100城", "é ✔", "［外字］\ue000",
		"00012", "1E+05", "髙﨑①㈱", "  x  y "}
	yes := true
	n := 0
	for i, text := range hostile {
		s := supplier.Supplier{Code: "C" + strings.Repeat("0", i) + "-a", Name: text, Department: text, ContactName: text, Note: text, Tags: []string{"x", "y z"},
			Lang: []string{"ja", "en"}[i%2], Lane: supplier.Lanes[i%2], Rank: i % 4, PersonalData: i%3 == 0, Ended: i%5 == 0, Phone: "03-0000-0000 / 090-0000-0000",
			Email: "a@example.jp", Kana: "カナ・カナ"}
		if i%2 == 0 {
			s.HoldsData, s.CorporateNumber = &yes, corporate("99999000000"+string(rune('0'+i%10)))
		}
		for n := range i % (supplier.MaxContacts + 1) {
			s.Contacts = append(s.Contacts, supplier.Contact{Role: supplier.Roles[n%2], Lang: []string{"", "ja", "en"}[n%3], Email: "c" + strings.Repeat("c", n) + "@example.jp",
				Name: text, Department: hostile[(i+n)%len(hostile)], Phone: "03-0000-0000"})
		}
		if i%7 == 3 && len(s.Contacts) < supplier.MaxContacts {
			s.Contacts = append(s.Contacts, supplier.Contact{Role: supplier.RoleApprover, Name: "承認 " + text})
		}
		if i == 3 {
			s.Code = "=C3"
		}
		if _, err := in.Suppliers.Save(t.Context(), in.Owner, s); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		n++
	}
	for _, lang := range []string{"ja", "en"} {
		for _, format := range []string{"csv", "cp932", "xlsx"} {
			res := in.clerk.Get("/suppliers/export?lossy=1&format=" + format + "&lang=" + lang)
			if res.Code != http.StatusOK {
				t.Fatalf("%s %s: %d", lang, format, res.Code)
			}
			page := in.upload("取引先."+strings.Replace(format, "cp932", "csv", 1), res.Body.Bytes())
			t.Run(lang+" "+format, func(t *testing.T) { in.sees(page, "0 0 20 0") })
		}
	}
	if n != 20 {
		t.Errorf("%d suppliers", n)
	}
}

// A table in Shift_JIS says before how many characters it cannot hold, and where.
func TestShiftJISSaysWhatItCannotHold(t *testing.T) {
	in := importer(t)
	if _, err := in.Suppliers.Save(t.Context(), in.Owner, supplier.Supplier{Code: "A1", Name: "𠮷野é精工", Lang: "ja", Lane: supplier.LaneMail}); err != nil {
		t.Fatal(err)
	}
	page := in.clerk.Page("/suppliers/export?format=cp932")
	if said := page.Find(".lead").Text(); !strings.Contains(said, "2文字（1か所）") {
		t.Errorf("it says %q", said)
	}
	if row := strings.Join(strings.Fields(page.Find("tbody").Text()), " "); row != "2 会社名 𠮷野é精工" {
		t.Errorf("it names %q", row)
	}
	anyway := page.Find("main .actions a").Last().AttrOr("href", "")
	if res := in.clerk.Get(anyway); res.Code != http.StatusOK || !strings.Contains(res.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("anyway (%s): %d", anyway, res.Code)
	}
}
