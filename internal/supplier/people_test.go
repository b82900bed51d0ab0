package supplier

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func contact(role Role, name, email string) Contact {
	return Contact{Role: role, Name: name, Email: email}
}

// Each part is judged as the main contact's is, and what does not hold is named where it
// stands.
func TestFurtherContactsAreJudged(t *testing.T) {
	long := strings.Repeat("長", MaxContact+1)
	for _, c := range []struct {
		name  string
		given []Contact
		want  string
	}{
		{"a copy and an approver", []Contact{contact(RoleCopy, "例 花子", "Hanako＠example.jp"), contact(RoleApprover, "例 部長", "")}, ""},
		{"none", nil, ""},
		{"a copy without address", []Contact{contact(RoleCopy, "例 花子", "")}, "contacts.0.email contact-email"},
		{"an approver who is nobody", []Contact{{Role: RoleApprover, Phone: "000-0000-0000"}}, "contacts.0.name contact-nobody"},
		{"the main contact's address", []Contact{contact(RoleCopy, "", "mihon@example.jp")}, "contacts.0.email contact-main"},
		{"one address twice", []Contact{contact(RoleCopy, "", "b@example.jp"), contact(RoleApprover, "", "B@example.jp")}, "contacts.1.email contact-twice"},
		{"two addresses", []Contact{contact(RoleCopy, "", "b@example.jp;c@example.jp")}, "contacts.0.email email-several"},
		{"an address with a bar", []Contact{contact(RoleCopy, "", "b|c@example.jp")}, "contacts.0.email email-character"},
		{"no phone", []Contact{{Role: RoleApprover, Name: "例", Phone: "1"}}, "contacts.0.phone phone"},
		{"a long name", []Contact{contact(RoleApprover, long, "")}, "contacts.0.name too-long"},
		{"no role", []Contact{contact("boss", "例", "b@example.jp")}, "contacts.0.role choose"},
		{"the main contact's role", []Contact{contact(RoleMain, "例", "b@example.jp")}, "contacts.0.role choose"},
		{"no language", []Contact{{Role: RoleApprover, Name: "例", Lang: "fr"}}, "contacts.0.lang choose"},
		{"too many", make([]Contact, MaxContacts+1), "contacts contacts-many"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Supplier{Code: "A", Name: "架空", Email: "mihon@example.jp", Contacts: c.given}
			for i := range s.Contacts {
				if s.Contacts[i] == (Contact{}) {
					s.Contacts[i] = contact(RoleApprover, strings.Repeat("部", i+1), "")
				}
			}
			var got []string
			for _, f := range s.Prepare() {
				got = append(got, f.Name+" "+strings.TrimPrefix(strings.TrimPrefix(f.Key, "fault."), "supplier."))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What holds is written as text and read back as it was, whatever its parts hold; tidied
// again it stays, and the trail names only whom something changed of.
func TestContactsComeBackFromTheirText(t *testing.T) {
	text := rapid.StringOf(rapid.SampledFrom([]rune("例A|｜;、,\n\t \u3000\u200b<@>=+-髙𠮷名")))
	rapid.Check(t, func(r *rapid.T) {
		s := Supplier{Code: "A", Name: "架空", Email: "mihon@example.jp"}
		for i := range rapid.IntRange(0, MaxContacts).Draw(r, "contacts") {
			s.Contacts = append(s.Contacts, Contact{Role: rapid.SampledFrom(Roles).Draw(r, "role"), Lang: rapid.SampledFrom([]string{"", "ja", "en"}).Draw(r, "lang"),
				Email: strings.Repeat("x", i+1) + "@example.jp", Name: text.Draw(r, "name"), Department: text.Draw(r, "department"),
				Phone: rapid.SampledFrom([]string{"", "03-0000-0000 / 090-0000-0000"}).Draw(r, "phone")})
		}
		if wrong := s.Prepare(); len(wrong) > 0 {
			r.Fatalf("%+v: %v", s.Contacts, wrong)
		}
		back := s
		back.Put(ColumnContacts, s.Value(ColumnContacts))
		if wrong := back.Prepare(); len(wrong) > 0 || !cmp.Equal(back.Contacts, s.Contacts) {
			r.Fatalf("%v\n%s", wrong, cmp.Diff(s.Contacts, back.Contacts))
		}
		if got := differences(s, back); got != nil {
			r.Fatalf("of the same: %v", got)
		}
	})
}

func TestTheTrailNamesTheContactThatChanged(t *testing.T) {
	was := Supplier{Contacts: []Contact{contact(RoleCopy, "", "a@example.jp"), contact(RoleCopy, "例 花子", "b@example.jp"), contact(RoleApprover, "部長", "")}}
	is := Supplier{Contacts: []Contact{contact(RoleCopy, "", "a@example.jp"), contact(RoleCopy, "例 葉子", "b@example.jp")}}
	got := differences(was, is)
	want := "copy | | b@example.jp | 例 花子; approver | | | 部長 → copy | | b@example.jp | 例 葉子"
	if len(got) != 1 || got[0].Key != "supplier.contacts" || got[0].Value != want {
		t.Errorf("got %+v, want %q", got, want)
	}
	turned := Supplier{Contacts: []Contact{was.Contacts[1], was.Contacts[0], was.Contacts[2]}}
	if got := differences(was, turned); len(got) != 1 || !strings.HasPrefix(got[0].Value, "copy | | a@example.jp; ") {
		t.Errorf("another order: %+v", got)
	}
}

// Who becomes the main contact trades places with who was; nobody's language changes.
func TestPromote(t *testing.T) {
	base := Supplier{Lang: "ja", Email: "a@example.jp", ContactName: "甲", Department: "総務部", Phone: "000-0000-0000"}
	next := Contact{Role: RoleMain, Lang: "en", Email: "b@example.jp", Name: "Bee", Department: "QA", Phone: "000-0000-0001"}
	other := contact(RoleCopy, "丙", "c@example.jp")
	for _, c := range []struct {
		name string
		in   Supplier
		mail string
		want string
		key  string
	}{
		{name: "nobody is chosen", in: with(base, other), mail: "a@example.jp", want: "copy |  | c@example.jp | 丙"},
		{name: "the other language", in: with(base, other, next), mail: "b@example.jp",
			want: "copy | ja | c@example.jp | 丙\ncopy | ja | a@example.jp | 甲 | 総務部 | 000-0000-0000"},
		{name: "the same language", in: with(base, Contact{Role: RoleMain, Email: "b@example.jp"}, other), mail: "b@example.jp",
			want: "copy |  | a@example.jp | 甲 | 総務部 | 000-0000-0000\ncopy |  | c@example.jp | 丙"},
		{name: "nobody was there", in: with(Supplier{Lang: "ja", Email: " "}, next), mail: "b@example.jp"},
		{name: "who was there had no address", in: with(Supplier{Lang: "ja", ContactName: "甲"}, next),
			want: "main | en | b@example.jp | Bee | QA | 000-0000-0001", key: "fault.supplier.contact-left-out"},
		{name: "who was there has a phone alone", in: with(Supplier{Lang: "ja", Phone: "000-0000-0000"}, next),
			want: "main | en | b@example.jp | Bee | QA | 000-0000-0001", key: "fault.supplier.contact-left-out"},
		{name: "two are chosen", in: with(base, next, next), mail: "a@example.jp", want: "main | en | b@example.jp | Bee | QA | 000-0000-0001\nmain | en | b@example.jp | Bee | QA | 000-0000-0001",
			key: "fault.supplier.contact-mains"},
		{name: "nobody can write to it", in: with(base, contact(RoleMain, "乙", "")), mail: "a@example.jp", want: "main |  |  | 乙", key: "fault.supplier.contact-email"},
	} {
		t.Run(c.name, func(t *testing.T) {
			key := ""
			for _, f := range c.in.Promote() {
				key = f.Key
			}
			if got := c.in.Value(ColumnContacts); got != c.want || c.in.Email != c.mail || key != c.key {
				t.Errorf("main %s, %q, contacts\n%s\nwant %s, %q\n%s", c.in.Email, key, got, c.mail, c.key, c.want)
			}
		})
	}
}

func TestReaddress(t *testing.T) {
	s := Supplier{Email: "a@example.jp", Contacts: []Contact{contact(RoleCopy, "乙", "b@example.jp"), contact(RoleCopy, "丙", "c@example.jp")}}
	for _, tt := range []struct {
		name, at, typed, mail, others string
		changes                       bool
	}{
		{"the main contact", "", "New@example.jp", "New@example.jp", "b@example.jp, c@example.jp", true},
		{"to the same address", "", " A@example.jp", "a@example.jp", "b@example.jp, c@example.jp", false},
		{"to that of a further contact", "", "b@example.jp", "b@example.jp", "c@example.jp", true},
		{"a further contact", "c@example.jp", "d@example.jp", "a@example.jp", "b@example.jp, d@example.jp", true},
		{"a further contact to the same", "c@example.jp", "C@example.jp", "a@example.jp", "b@example.jp, c@example.jp", false},
		{"one who is not there", "x@example.jp", "d@example.jp", "a@example.jp", "b@example.jp, c@example.jp", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			is := s
			if changes := is.Readdress(tt.at, tt.typed); changes != tt.changes || is.Email != tt.mail || strings.Join(emails(is.Contacts), ", ") != tt.others {
				t.Errorf("%t, %s, %v", changes, is.Email, emails(is.Contacts))
			}
			if strings.Join(emails(s.Contacts), ", ") != "b@example.jp, c@example.jp" {
				t.Fatalf("what was read is %v", emails(s.Contacts))
			}
		})
	}
}

func with(s Supplier, contacts ...Contact) Supplier {
	s.Contacts = contacts
	return s
}

func TestCopies(t *testing.T) {
	s := with(Supplier{}, contact(RoleCopy, "", "a@example.jp"), contact(RoleApprover, "", "b@example.jp"), contact(RoleCopy, "丙", ""))
	if got := s.Copies(); len(got) != 1 || got[0].Email != "a@example.jp" || len(s.Contacts) != 3 {
		t.Errorf("copies %+v of %+v", got, s.Contacts)
	}
}

// A list that was imported changes nothing the second time, whatever contacts it has and
// whoever was known before; nobody is taken away, and nobody stands there twice.
func TestContactsOfAListAreAddedOnce(t *testing.T) {
	address := rapid.SampledFrom([]string{"", "a@example.jp", "b@example.jp", "C@example.jp;d@example.jp", "例 花子 <e@example.jp>、f@example.jp", "x..@example.jp", "なし"})
	name := rapid.SampledFrom([]string{"", "甲", "甲、乙", "丙"})
	header := "コード|会社名|メールアドレス|CC|副担当者|承認者|承認者メール|そのほかの連絡先"
	rapid.Check(t, func(r *rapid.T) {
		row := strings.Join([]string{"A", "例示", address.Draw(r, "main"), address.Draw(r, "copy"), name.Draw(r, "name"), name.Draw(r, "approver"),
			address.Draw(r, "address"), rapid.SampledFrom([]string{"", "g@example.jp", "承認者 | 英語 | h@example.jp | 丁"}).Draw(r, "written")}, "|")
		row = strings.Replace(row, "承認者 | 英語 | h@example.jp | 丁", "承認者 ¦ 英語 ¦ h@example.jp ¦ 丁", 1)
		lines := table(header, row)
		for i, cell := range lines[1].Cells {
			lines[1].Cells[i] = strings.ReplaceAll(cell, "¦", "|")
		}
		known := Supplier{Code: "A", Name: "例示", Email: "a@example.jp", Contacts: []Contact{{Role: RoleApprover, Lang: "en", Email: "b@example.jp", Name: "乙", Phone: "000-0000-0000"}}}
		known.Prepare()
		before := known
		for pass := range 3 {
			layout := Guess(lines)
			head, body := layout.split(lines)
			verdicts, counts := Judge(Sheet{Header: head, Rows: body, Mapping: layout.Mapping}, NewKnown([]Supplier{known}))
			if counts.Faulty > 0 || pass > 0 && counts.Same != 1 {
				r.Fatalf("pass %d of %s: %+v %v", pass, row, counts, verdicts[0].Changed)
			}
			if known = verdicts[0].Supplier; len(known.Prepare()) > 0 {
				r.Fatalf("%s does not hold: %+v", row, known)
			}
			for _, c := range before.Contacts {
				if c.Email != known.Email && !strings.Contains(known.Value(ColumnContacts), c.Email) {
					r.Fatalf("%s takes %s away", row, c.Email)
				}
			}
		}
	})
}
