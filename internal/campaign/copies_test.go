package campaign

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

func readAlong() Assignment {
	return Assignment{ID: "c:s", Org: "o", Campaign: "c", Name: "架空", Person: "甲", Email: "main@example.jp", Lang: "ja", Generation: 3, Delivery: DeliverySent, Response: NotStarted,
		Copies: []Copy{{Email: "a@example.jp", Name: "乙", Department: "品質"}, {Email: "main@example.jp"}, {Email: "b@example.jp", Lang: "en"}, {Email: "none"}}}
}

// Every kind of mail goes to the person asked; what asks and what returns goes to those
// who read along, too, each once, with the same link.
func TestWhoReadsAlongGetsWhichMails(t *testing.T) {
	want := map[notify.Kind]bool{notify.Request: true, notify.Reminder: true, notify.Extended: true, notify.Returned: true, notify.CalledOff: true}
	for _, kind := range notify.Kinds {
		got := Messages(readAlong(), "m", kind, time.Time{})
		if got[0].Copy || got[0].To.Email != "main@example.jp" || got[0].ID != "m" {
			t.Errorf("%s: the first is %+v", kind, got[0])
		}
		if !want[kind] {
			if len(got) != 1 {
				t.Errorf("%s goes to %d", kind, len(got))
			}
			continue
		}
		var copies []string
		for _, m := range got[1:] {
			if !m.Copy || m.Generation != 3 || m.Assignment != "c:s" || m.To.Company != "架空" {
				t.Errorf("%s: the copy %+v", kind, m)
			}
			copies = append(copies, m.ID+" "+m.To.Email+" "+m.To.Name+m.To.Department+" "+m.Lang)
		}
		if diff := cmp.Diff([]string{"m:copy1 a@example.jp 乙品質 ja", "m:copy3 b@example.jp  en"}, copies); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", kind, diff)
		}
	}
}

// A copy is bound to the link and to that its reader still reads along, not to the
// address of the person asked.
func TestACopyIsBoundToItsReader(t *testing.T) {
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		change func(*Assignment)
		want   notify.Reason
	}{
		{"as it was", func(*Assignment) {}, ""},
		{"another person is asked", func(a *Assignment) { a.Email = "other@example.jp" }, ""},
		{"reads along no longer", func(a *Assignment) { a.Copies = a.Copies[1:] }, notify.OtherAddress},
		{"its reader is asked", func(a *Assignment) { a.Email = "a@example.jp" }, notify.AskedNow},
		{"its reader is asked, and reads along no longer", func(a *Assignment) { a.Email, a.Copies = "a@example.jp", nil }, notify.AskedNow},
		{"another link", func(a *Assignment) { a.Generation++ }, notify.LinkChanged},
		{"answered", func(a *Assignment) { a.Response = Submitted }, notify.Answered},
		{"withdrawn", func(a *Assignment) { a.Response = Withdrawn }, notify.Withdrawn},
	} {
		a := readAlong()
		a.ClosesAt = now.AddDate(0, 0, 1)
		m := Messages(a, "m", notify.Reminder, now)[1]
		c.change(&a)
		if got := StillDue(m, a, now); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What the directory names now is carried over: the person asked with a mail, who reads
// along with one to those who are new; what the supplier itself chose stays.
func TestCarryOver(t *testing.T) {
	directory := func(email string, copies ...string) supplier.Supplier {
		s := supplier.Supplier{Email: email}
		for _, c := range copies {
			s.Contacts = append(s.Contacts, supplier.Contact{Role: supplier.RoleCopy, Email: c})
		}
		return s
	}
	base := Assignment{Email: "main@example.jp", Delivery: DeliverySent, Response: Answering, Copies: []Copy{{Email: "a@example.jp"}}}
	for _, c := range []struct {
		name  string
		own   bool
		with  supplier.Supplier
		to    string   // the person asked from then on; "" when that stays
		now   []string // who reads along; nil when that stays
		added []string
		kind  fault.Kind
	}{
		{name: "nothing differs", with: directory("main@example.jp", "a@example.jp"), kind: fault.Conflict},
		{name: "the person", with: directory("new@example.jp", "a@example.jp"), to: "new@example.jp"},
		{name: "who reads along", with: directory("main@example.jp", "b@example.jp", "a@example.jp"), now: []string{"b@example.jp", "a@example.jp"}, added: []string{"b@example.jp"}},
		{name: "both", with: directory("new@example.jp", "b@example.jp"), to: "new@example.jp", now: []string{"b@example.jp"}},
		{name: "nobody reads along", with: directory("main@example.jp"), now: []string{}},
		{name: "the supplier's own choice", own: true, with: directory("main@example.jp", "b@example.jp"), kind: fault.Conflict},
		{name: "the supplier's own choice, and another person", own: true, with: directory("new@example.jp"), to: "new@example.jp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := base
			a.OwnCopies = c.own
			got, err := CarryOver(a, c.with, false)
			if (err != nil) != (c.kind != 0) || err != nil && fault.KindOf(err) != c.kind {
				t.Fatalf("%v, want kind %v", err, c.kind)
			}
			to := ""
			if got.To != nil {
				to = got.To.Email
			}
			if to != c.to || (got.mail != "") != (c.to != "") {
				t.Errorf("to %q by %q, want %q", to, got.mail, c.to)
			}
			if (got.Copies != nil) != (c.now != nil) {
				t.Fatalf("who reads along is %v, want %v", got.Copies, c.now)
			}
			if c.now != nil && addressesOf(*got.Copies) != addressesOf(CopiesOf(directory("", c.now...))) {
				t.Errorf("who reads along is %v, want %v", *got.Copies, c.now)
			}
			if addressesOf(got.added) != addressesOf(CopiesOf(directory("", c.added...))) {
				t.Errorf("new are %v, want %v", got.added, c.added)
			}
		})
	}
}

// Whom the holder of a link chose gets nothing of the next one.
func TestWhoReadsAlongByALinkEndsWithIt(t *testing.T) {
	chosen := Assignment{Generation: 3, Response: Answering, OwnCopies: true, Copies: []Copy{{Email: "stranger@example.jp"}}}
	misdirected := chosen
	misdirected.Response, misdirected.Misdirected = Declined, 2
	named := chosen
	named.OwnCopies = false
	for _, c := range []struct {
		name   string
		of     Assignment
		change Change
		ends   bool
	}{
		{"the link is revoked", chosen, Change{Revoke: true}, true},
		{"the link is revoked, and another is asked", chosen, Change{Revoke: true, To: &Address{}}, true},
		{"another is asked by the same link", chosen, Change{To: &Address{}}, false},
		{"another is asked after it came to the wrong one", misdirected, Change{To: &Address{}}, true},
		{"more time", chosen, Change{DueAt: time.Unix(1, 0)}, false},
		{"the buyer named them", named, Change{Revoke: true}, false},
	} {
		got := c.change.parting(c.of).apply(c.of)
		if (len(got.Copies) == 0) != c.ends || got.OwnCopies != (c.of.OwnCopies && !c.ends) {
			t.Errorf("%s: %+v read along, own choice %v", c.name, got.Copies, got.OwnCopies)
		}
	}
	s := supplier.Supplier{Email: "new@example.jp", Contacts: []supplier.Contact{{Role: supplier.RoleCopy, Email: "b@example.jp"}}}
	chosen.Email, chosen.Delivery = "main@example.jp", DeliverySent
	if got, err := CarryOver(chosen, s, true); err != nil || got.Copies == nil || addressesOf(*got.Copies) != "b@example.jp" {
		t.Errorf("carried over with a new link: %+v, %v, want whom the directory names", got.Copies, err)
	}
}
