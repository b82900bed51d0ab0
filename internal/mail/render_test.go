package mail

import (
	"bytes"
	"flag"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
)

var update = flag.Bool("update", false, "write the golden mails anew")

// testLetter is a letter of each kind, in a language.
func testLetter(kind notify.Kind, lang string) Letter {
	a := testAssignment("s1")
	a.Lang = lang
	if lang == "en" {
		a.Name, a.Department, a.Person = "Aoba Precision Co., Ltd.", "Quality Assurance", "Hanako Sato"
	}
	m := messageTo(a, "01K0MESSAGE", kind)
	o, c := testOrg(), testCampaign()
	c.NameEN, c.PurposeEN, c.NecessityEN = "Information security survey 2026", "We hand you drawings of our products and check how they are kept.", "A leak would harm both of us."
	c.Contact.DepartmentEN, c.Contact.NameEN, c.Contact.HoursEN = "Procurement", "Taro Yamada", "weekdays 9 to 17"
	l := Letter{Message: m, Organization: o, Campaign: &c, Assignment: &a}
	l.Message.Params = kind.Traits().Sample
	switch kind.Traits().About {
	case notify.AboutTrail:
		l.Campaign, l.Assignment = nil, nil
		l.Message.Campaign, l.Message.Assignment, l.Message.To = "", "", notify.Recipient{Email: "owner@example.jp", Name: "鈴木 一郎"}
	case notify.AboutInvitation:
		l.Campaign, l.Assignment = nil, nil
		l.Organization.Contact = c.Contact
		l.Message.To = notify.Recipient{Email: "user@example.jp", Name: "鈴木 一郎"}
		l.Invitation = &org.Invitation{ID: "01K0INVITATION99", Org: "o1", Roles: []access.Role{access.Auditor}, Generation: 1, InvitedBy: "山田 太郎", ExpiresAt: noon.AddDate(0, 0, 7)}
	case notify.AboutUser:
		l = Letter{Message: notify.New("01K0RESET", "", kind, notify.Recipient{Email: "user@example.jp", Name: "鈴木 一郎"}, lang, noon)}
		l.User = &org.User{ID: "u1", ResetGeneration: 3, ResetUntil: noon.Add(time.Hour)}
	}
	return l
}

func TestMailsInBothLanguages(t *testing.T) {
	r := testRenderer(t)
	for _, lang := range languages {
		for _, kind := range notify.Kinds {
			t.Run(lang+" "+string(kind), func(t *testing.T) {
				m, err := r.Render(testLetter(kind, lang), noon)
				if err != nil {
					t.Fatal(err)
				}
				got := "From: " + m.From + "\nTo: " + m.To + "\nReply-To: " + m.ReplyTo + "\nSubject: " + m.Subject + "\n\n" + m.Text
				golden(t, filepath.Join("testdata", string(kind)+"."+lang+".txt"), got)
				checkHTML(t, m, lang)
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	if strings.ContainsAny(got, "⟦⟧") || strings.Contains(got, "<no value>") {
		t.Errorf("%s has a text that is missing:\n%s", name, got)
	}
}

// checkHTML: the same words as the text, nothing from outside, no script.
func checkHTML(t *testing.T, m notify.Mail, lang string) {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(m.HTML))
	if err != nil {
		t.Fatal(err)
	}
	if n := doc.Find("script, img, link, iframe, form, [style], [onclick], base").Length(); n != 0 {
		t.Errorf("HTML has %d elements that mail programs block or that fetch from outside", n)
	}
	if got, _ := doc.Find("html").Attr("lang"); got != lang {
		t.Errorf("lang = %q, want %q", got, lang)
	}
	other := map[string]string{"ja": "en", "en": "ja"}[lang]
	if got := doc.Find(`[lang=`+other+`] a`).AttrOr("href", ""); got != m.Link+"?lang="+other {
		t.Errorf("the other language leads to %q", got)
	}
	for i, a := range doc.Find("a").EachIter() {
		if href, _ := a.Attr("href"); href != m.Link && href != m.Link+"?lang="+other {
			t.Errorf("link %d leads to %q, want %q", i, href, m.Link)
		}
	}
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	words := squeeze(doc.Find("body").Text())
	for _, line := range strings.Split(m.Text, "\n") {
		line = squeeze(strings.TrimLeft(line, "■・- "))
		if label, value, ok := strings.Cut(line, "："); ok && !strings.Contains(words, line) {
			line = label + value // a row of the table
		} else if label, value, ok := strings.Cut(line, ":"); ok && !strings.Contains(words, line) {
			line = label + value
		}
		if !strings.Contains(words, line) {
			t.Errorf("the HTML lacks %q", line)
		}
	}
}

// A copy says of whom it is one, and leads to the same link; the mail itself says nothing
// of copies.
func TestACopySaysWhoWasAsked(t *testing.T) {
	for _, kind := range notify.Kinds {
		for lang, said := range map[string]struct{ subject, text string }{
			"ja": {"【写し】", "佐藤 花子 様（" + testAssignment("s1").Email + "）にお送りしたメールの写しです"},
			"en": {"[Copy] ", "a copy of the e-mail sent to Hanako Sato (" + testAssignment("s1").Email + ")"},
		} {
			if !kind.Traits().Copied {
				continue
			}
			l := testLetter(kind, lang)
			main, err := testRenderer(t).Render(l, noon)
			if err != nil || strings.Contains(main.Text+main.HTML, said.text) {
				t.Errorf("%s %s: %v", kind, lang, err)
			}
			l.Message.Copy, l.Message.To = true, notify.Recipient{Email: "copy@example.jp", Company: l.Assignment.Name}
			along, err := testRenderer(t).Render(l, noon)
			if err != nil || along.Link != main.Link || along.Subject != said.subject+main.Subject || !strings.Contains(along.To, "copy@example.jp") ||
				!strings.Contains(along.Text, said.text) {
				t.Errorf("%s %s: %v %q to %s\n%s", kind, lang, err, along.Subject, along.To, along.Text)
			}
			checkHTML(t, along, lang)
		}
	}
}

func TestAddressLines(t *testing.T) {
	w := testWords(t)("ja")
	for _, tc := range []struct {
		company, department, name string
		want                      []string
	}{
		{"青葉精密株式会社", "", "", []string{"青葉精密株式会社 御中"}},
		{"青葉精密株式会社", "品質保証部", "", []string{"青葉精密株式会社", "品質保証部 御中"}},
		{"青葉精密株式会社", "", "佐藤 花子", []string{"青葉精密株式会社", "佐藤 花子 様"}},
		{"青葉精密株式会社", "品質保証部", "佐藤 花子", []string{"青葉精密株式会社", "品質保証部", "佐藤 花子 様"}},
		{"青葉精密株式会社 御中", "", "", []string{"青葉精密株式会社 御中"}},
		{"青葉精密株式会社御中", "品質保証部御中", "佐藤様", []string{"青葉精密株式会社", "品質保証部", "佐藤 様"}},
		{"青葉精密株式会社", "", "佐藤さま", []string{"青葉精密株式会社", "佐藤 様"}},
		{"", "", "鈴木 一郎", []string{"鈴木 一郎 様"}},
		{"", "", "様", []string{"ご担当者様"}},
		{"青葉精密株式会社", "", "営業部御中", []string{"青葉精密株式会社", "営業部 御中"}},
		{"青葉精密株式会社", "", "ご担当者様", []string{"青葉精密株式会社", "ご担当者 様"}},
		{"", "", "", []string{"ご担当者様"}},
		{" ", "\n", "\t", []string{"ご担当者様"}},
		{"青葉\r\n精密", "", "佐藤\n\n花子", []string{"青葉 精密", "佐藤 花子 様"}},
	} {
		got := addressLines(w, notify.Recipient{Company: tc.company, Department: tc.department, Name: tc.name})
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("addressLines(%q, %q, %q) (-want +got):\n%s", tc.company, tc.department, tc.name, diff)
		}
		all := strings.Join(got, "\n")
		if strings.Count(all, "様")+strings.Count(all, "御中") != 1 {
			t.Errorf("%q has not exactly one honorific", all)
		}
	}
}

func TestParseAddress(t *testing.T) {
	for email, ok := range map[string]bool{
		"a@example.jp": true, "a.b+c@sub.example.jp": true,
		"": false, "a": false, "a@b@c": false, "A <a@example.jp>": false, "a@example.jp\r\nBcc: b@example.jp": false,
		"a@example.jp ": false, "社長@example.jp": false, "a@例え.jp": false, strings.Repeat("a", 250) + "@example.jp": false,
	} {
		if _, err := parseAddress(email); (err == nil) != ok {
			t.Errorf("parseAddress(%q) = %v, want ok %v", email, err, ok)
		}
	}
}

func TestHeadersOfAMail(t *testing.T) {
	r, l := testRenderer(t), testLetter(notify.Request, "ja")
	out, err := r.render(l, noon, "")
	if err != nil {
		t.Fatal(err)
	}
	msg, err := compose("c1:s1:request", out, noon)
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(raw.String(), "\r\n") {
		if len(line) > 998 || i < 25 && len(line) > 200 {
			t.Errorf("line %d has %d bytes: %.80s", i, len(line), line)
		}
		for _, b := range []byte(line) {
			if b >= 0x80 || b == '\n' {
				t.Fatalf("line %d is not plain ASCII: %q", i, line)
			}
		}
	}
	parsed, err := mail.ReadMessage(&raw)
	if err != nil {
		t.Fatal(err)
	}
	h := parsed.Header
	from, err := h.AddressList("From")
	if err != nil || from[0].Address != "tsunagi@example.com" || from[0].Name != "サンプル電機株式会社（つなぎ）" {
		t.Errorf("From = %v, %v", from, err)
	}
	reply, err := h.AddressList("Reply-To")
	if err != nil || reply[0].Address != "security@example.jp" {
		t.Errorf("Reply-To = %v, %v", reply, err)
	}
	if date, err := h.Date(); err != nil || !date.Equal(noon) {
		t.Errorf("Date = %v, %v", date, err)
	}
	for name, want := range map[string]string{"Message-Id": "<c1.s1.request@example.com>", "Auto-Submitted": "auto-generated"} {
		if got := h.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if got := (received{header: h}).subject(); got != out.subject || got == "" {
		t.Errorf("Subject = %q, want %q", got, out.subject)
	}
}

func TestOverdueReminderSaysSo(t *testing.T) {
	l := testLetter(notify.Reminder, "ja")
	m, err := testRenderer(t).Render(l, l.Assignment.DueAt.Add(time.Hour))
	if err != nil || !strings.HasPrefix(m.Subject, "【ご回答のお願い】") || !strings.Contains(m.Text, "過ぎましたが") {
		t.Errorf("Render = %q, %v; want the overdue words", m.Subject, err)
	}
}

func TestLinksComeFromTheBaseAddress(t *testing.T) {
	r := testRenderer(t)
	for kind, prefix := range map[notify.Kind]string{notify.Request: "/r/c1:s1.", notify.Invite: "/invite/01K0INVITATION99.", notify.Reset: "/reset/u1."} {
		m, err := r.Render(testLetter(kind, "ja"), noon)
		if err != nil || !strings.HasPrefix(m.Link, "https://tsunagi.example.jp"+prefix) {
			t.Errorf("%s: link %q, %v, want it under %s", kind, m.Link, err, prefix)
		}
	}
	a, b := testLetter(notify.Request, "ja"), testLetter(notify.Reminder, "ja")
	first, _ := r.Render(a, noon)
	second, _ := r.Render(b, noon)
	if first.Link != second.Link {
		t.Errorf("the reminder's link %q is not the request's %q", second.Link, first.Link)
	}
	b.Message.Generation, b.Assignment.Generation = 2, 2
	if third, _ := r.Render(b, noon); third.Link == first.Link {
		t.Error("the link stays although its generation was raised")
	}
}

func TestPreviewIsTheMail(t *testing.T) {
	r, l := testRenderer(t), testLetter(notify.Request, "ja")
	want, err := r.Render(l, noon)
	if err != nil {
		t.Fatal(err)
	}
	supplier := campaign.Assignment{Name: l.Assignment.Name, Department: l.Assignment.Department, Person: l.Assignment.Person,
		Email: l.Assignment.Email, Lang: "ja", Request: l.Assignment.Request} // not issued: nothing else is known
	got, err := r.Preview(l.Organization, *l.Campaign, supplier, notify.Request, want.Link, noon)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Preview differs from the mail (-mail +preview):\n%s", diff)
	}
}

func TestLetterOfAnotherOrganisationIsNotWritten(t *testing.T) {
	r := testRenderer(t)
	for name, change := range map[string]func(*Letter){
		"campaign":   func(l *Letter) { l.Campaign.Org = "o2" },
		"assignment": func(l *Letter) { l.Assignment.Org = "o2" },
		"message":    func(l *Letter) { l.Message.Org = "o2" },
		"other":      func(l *Letter) { l.Assignment.Campaign = "c2" },
	} {
		l := testLetter(notify.Request, "ja")
		change(&l)
		if _, err := r.Render(l, noon); err == nil {
			t.Errorf("%s of another organisation: written", name)
		}
	}
}

func TestEveryMailSaysHowToCheckIt(t *testing.T) {
	r := testRenderer(t)
	for _, kind := range notify.Kinds {
		m, err := r.Render(testLetter(kind, "ja"), noon)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"パスワードをメールや電話でおたずねすることはありません", "差出人は ", "リンクの先は https://"}
		traits := kind.Traits()
		toSupplier := traits.About == notify.AboutRequest && !traits.Desk
		// The buyer's people send no certificates; a page of a request that was withdrawn,
		// accepted, declined or submitted takes none.
		attaches := toSupplier && !traits.Tells
		for format, text := range map[string]string{"text": m.Text, "HTML": m.HTML} {
			if strings.Contains(text, "メールに添付せず") != attaches {
				t.Errorf("%s (%s) says how certificates are sent: %v", kind, format, !attaches)
			}
		}
		if toSupplier { // who asked knows itself
			want = append(want, "R-2026-0001", "以前からご存じの番号", "security@example.jp", "サンプル電機株式会社", "図面をお預けしている")
		}
		if traits.About == notify.AboutRequest && !traits.Tells {
			want = append(want, "期限")
		}
		asksAll := traits.About == notify.AboutRequest && !traits.Tells && kind != notify.Returned
		for _, text := range []string{"25問", "約20分"} {
			if strings.Contains(m.Text, text) != asksAll {
				t.Errorf("%s says %q: %v", kind, text, !asksAll)
			}
		}
		for _, w := range want {
			if !strings.Contains(m.Text, w) {
				t.Errorf("%s lacks %q:\n%s", kind, w, m.Text)
			}
		}
	}
}

// TestMailsSayWhatCertificatesReplace holds the numbers in the mail against the rule, and
// promises nothing where nothing is replaced.
func TestMailsSayWhatCertificatesReplace(t *testing.T) {
	r := testRenderer(t)
	for _, lang := range []string{"ja", "en"} {
		w := testWords(t)(lang)
		for _, personal := range []bool{false, true} {
			l := testLetter(notify.Request, lang)
			l.Assignment.PersonalData = personal
			m, err := r.Render(l, noon)
			if err != nil {
				t.Fatal(err)
			}
			rule := l.Campaign.Replaces(personal)
			for _, one := range rule {
				want := w.T("request.replaces", "Kind", w.T("evidence.kind."+string(one.Kind)), "Count", one.Count)
				if !strings.Contains(m.Text, want) {
					t.Errorf("%s, personal data %v: the mail does not say %q", lang, personal, want)
				}
			}
			if got := strings.Contains(m.Text, w.T("evidence.kind.pmark")); got != personal || len(rule) == 0 {
				t.Errorf("%s, personal data %v: a P-mark is told of: %v", lang, personal, got)
			}
			l.Campaign.StandIn = false
			if m, _ = r.Render(l, noon); strings.Contains(m.Text, w.T("mail.fact.instead-text")) {
				t.Errorf("%s: where certificates replace nothing, the mail promises it", lang)
			}
		}
	}
}

// TestAMailLeadsToTheLinkThatItWasQueuedFor, whatever link its record has by now.
func TestAMailLeadsToTheLinkThatItWasQueuedFor(t *testing.T) {
	r, c := testRenderer(t), testCampaign()
	a := testAssignment("s1")
	a.Generation = 3
	user := org.User{ID: "u1", ResetGeneration: 3}
	invitation := org.Invitation{ID: "i1", Org: "o1", Generation: 3, Roles: []access.Role{access.Buyer}}
	for _, kind := range notify.Kinds {
		m := messageTo(a, "m", kind)
		m.Params = kind.Traits().Sample
		for stamp, want := range map[int]int{2: 2, 3: 3} {
			m.Generation = stamp
			mail, err := r.Render(Letter{Message: m, Organization: testOrg(), Campaign: &c, Assignment: &a, User: &user, Invitation: &invitation}, noon)
			if err != nil {
				t.Fatal(err)
			}
			purpose, id := token.Answer, a.ID
			switch kind.Traits().About {
			case notify.AboutUser:
				purpose, id = token.Reset, user.ID
			case notify.AboutInvitation:
				purpose, id = token.Invite, invitation.ID
			}
			link := r.Keys.Link(purpose, id, want)
			switch { // no link that opens anything
			case kind.Traits().About == notify.AboutTrail:
				link = "/trail"
			case kind.Traits().Desk:
				link = "/assignments/" + a.ID
			}
			if !strings.HasSuffix(mail.Link, link) || !strings.Contains(mail.Text, link) {
				t.Errorf("%s queued for link %d leads to %s", kind, stamp, mail.Link)
			}
		}
	}
}

// TestAResetOrInvitationIsBoundToItsLink: asked for twice, only the later mail leaves.
func TestAResetOrInvitationIsBoundToItsLink(t *testing.T) {
	user := &org.User{ID: "u1", ResetGeneration: 3, ResetUntil: noon.Add(time.Hour)}
	invitation := &org.Invitation{ID: "i1", Org: "o1", Generation: 3, ExpiresAt: noon.Add(time.Hour)}
	for stamp, want := range map[int]notify.Reason{0: notify.NoReason, 2: notify.LinkSpent, 3: notify.NoReason} {
		for _, kind := range []notify.Kind{notify.Reset, notify.Invite} {
			l := Letter{Message: notify.Message{Org: "o1", Kind: kind, Generation: stamp}, Organization: testOrg(), User: user, Invitation: invitation}
			if got := l.stillDue(noon); got != want {
				t.Errorf("%s queued for link %d of 3: %q, want %q", kind, stamp, got, want)
			}
		}
	}
}

// TestACopyOfAWithdrawalAsksForNothing: nobody goes on with answers that are not asked for,
// and the mail is due though the request is withdrawn.
func TestACopyOfAWithdrawalAsksForNothing(t *testing.T) {
	r := testRenderer(t)
	for lang, want := range map[string]string{"ja": "ご回答いただく必要はありません", "en": "You do not need to answer it"} {
		l := testLetter(notify.CalledOff, lang)
		l.Assignment.Response, l.Assignment.Reason = campaign.Withdrawn, "社内だけの理由"
		l.Assignment.Copies = []campaign.Copy{{Email: l.Message.To.Email, Lang: lang}}
		l.Message.Copy = true
		if why := l.stillDue(noon); why != notify.NoReason {
			t.Errorf("it is not sent: %s", why)
		}
		m, err := r.Render(l, noon)
		if err != nil || !strings.Contains(m.Text, want) {
			t.Fatalf("%v: %s", err, m.Text)
		}
		for _, untrue := range []string{"同じ回答の続き", "continues the same answers", "社内だけの理由"} {
			if strings.Contains(m.Text, untrue) || strings.Contains(m.HTML, untrue) {
				t.Errorf("a copy of a withdrawal says %q", untrue)
			}
		}
	}
}

// TestAReminderSaysHowOneGoesOn: who never began has saved nothing, and what came back is
// not the whole sheet again.
func TestAReminderSaysHowOneGoesOn(t *testing.T) {
	r := testRenderer(t)
	for state, want := range map[campaign.Response]string{campaign.NotStarted: "下のリンクから回答できます", campaign.Answering: "保存された回答があれば、そのまま残っています",
		campaign.Returned: "見直しをお願いしています"} {
		l := testLetter(notify.Reminder, "ja")
		l.Assignment.Response = state
		m, err := r.Render(l, noon)
		if err != nil || !strings.Contains(m.Text, want) {
			t.Errorf("%s: %v\n%s", state, err, m.Text)
		}
		if untrue := strings.Contains(m.Text, "途中まで") || strings.Contains(m.Text, "続けられます。行き違い"); untrue && state == campaign.Returned {
			t.Errorf("%s: %s", state, m.Text)
		}
		if strings.Contains(m.Text, "保存された回答") != (state == campaign.Answering) || strings.Contains(m.Text, "25問") == (state == campaign.Returned) {
			t.Errorf("%s: %s", state, m.Text)
		}
	}
}
