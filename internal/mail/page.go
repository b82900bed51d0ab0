package mail

import (
	"html/template"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// page is what a mail template sees. Texts of one line are safe for headers.
type page struct {
	Lang        string
	Subject     string
	Address     []string // the lines that open the letter
	Buyer       string   // empty for a password reset
	Sender      string   // the buyer with the department that asks
	Name        string   // the campaign's
	Company     string   // the supplier's, in case a consultant reads for several
	Link        string
	Other       elsewhere // the same in the other language
	Facts       []fact
	Due         string
	Late        bool   // the due date has passed
	How         string // the message's key: how whoever is reminded goes on
	Reason      []string
	Rejected    []rejected
	Receipt     string
	By          string
	To          string // who is in charge now
	Main        string // the person who was asked
	CopyOf      string // the same, in what goes to somebody who reads along
	CopySays    string // the message key of what a copy begins with
	BackDays    int    // how long that can be taken back
	Until       string // when the link ends
	Head        string // the line of the anchor, as a verifier reads it
	HeadAt      string // when that was noted
	HeadSeq     int64  // the number of its row
	Role        string
	Contact     org.Contact
	ContactLine string
	Number      string // the request number
	Host        string
	From        string // the address that the mail comes from
	Site        string // where links lead: scheme and host
	Answerable  bool   // an answer to the mail reaches the contact
	Attaches    bool   // the reader may send certificates on the page that the mail leads to
	Style       template.CSS
}

// elsewhere is one line for who reads the other language better, in that language.
type elsewhere struct {
	Lang, Say, Link string
}

// fact is a row of the request's summary.
type fact struct {
	Label string
	Lines []string
}

func newPage(w Words, lang string, l Letter, link string, now time.Time) page {
	m := l.Message
	p := page{Lang: lang, Address: addressLines(w, m.To), Link: link, Receipt: notify.OneLine(m.Params[notify.ParamReceipt], 40),
		By: called(m.Params[notify.ParamBy]), To: called(m.Params[notify.ParamTo]), BackDays: calendar.HandBackDays}
	p.Buyer = notify.OneLine(l.Organization.Name, 60)
	if lang == "en" && l.Organization.NameEN != "" {
		p.Buyer = notify.OneLine(l.Organization.NameEN, 60)
	}
	kind, due := m.Kind.Traits(), ""
	subject := kind.Subject
	switch kind.About {
	case notify.AboutUser:
		p.Until = w.DateTime(l.User.ResetUntil)
	case notify.AboutInvitation:
		p.Until = w.Deadline(l.Invitation.ExpiresAt)
		p.Number = w.T("mail.genuine.invitation", "Number", tail(l.Invitation.ID, 8))
		p.Role = w.Roles(l.Invitation.Roles)
		p.By = called(l.Invitation.InvitedBy)
		p.setContact(l.Organization.Contact.In(lang))
	case notify.AboutTrail:
		p.setHead(w, l)
	default:
		due = p.setCampaign(w, lang, l, now)
		if p.Late && kind.Late != "" {
			subject = kind.Late
		}
	}
	words := w.T(subject, "Name", notify.OneLine(p.Name, 40), "Buyer", notify.OneLine(p.Buyer, 30), "Due", due, "Receipt", p.Receipt)
	if m.Copy && kind.Copied {
		words, p.CopyOf, p.CopySays = w.T("mail.copy.subject", "Subject", words), p.Main, "mail.copy"
		if kind.Tells { // there is nothing to answer
			p.CopySays = "mail.copy.told"
		}
	}
	p.Subject = notify.OneLine(words, 150)
	return p
}

// setHead fills what the letter about the end of the trail says. The line stands as it was
// noted, so that the saved mail can be compared.
func (p *page) setHead(w Words, l Letter) {
	if a, err := l.anchor(); err == nil {
		p.Head, p.HeadAt, p.HeadSeq = a.Line(), w.DateTime(a.At), a.Seq
	}
	p.Role = w.T("access.role." + string(access.Owner))
}

// asked is the person whom a request is addressed to, as who reads along is told.
func asked(w Words, a campaign.Assignment) string {
	email := notify.OneLine(a.Email, 254)
	if name := called(a.Person); name != "" {
		return w.T("mail.copy.person", "Name", name, "Email", email)
	}
	return email
}

// setCampaign fills what letters about an assignment say, and gives the due date
// in short.
func (p *page) setCampaign(w Words, lang string, l Letter, now time.Time) string {
	a, c := l.Assignment, l.Campaign.In(lang)
	p.Name, p.Company = notify.OneLine(c.Name, 100), notify.OneLine(a.Name, 80)
	p.Number = w.T("mail.genuine.number", "Number", notify.OneLine(a.Request, 40))
	due := a.DueAt
	if due.IsZero() { // a preview: the assignment is not made yet
		due = c.DueAt
	}
	p.Due, p.Late = w.Deadline(due), now.After(due)
	p.How, p.Main = goesOn(a.Response), asked(w, *a)
	p.Reason = paragraphs(l.Message.Params[notify.ParamReason])
	if len(p.Reason) == 0 && l.Message.Kind.Traits().Takes(notify.ParamReason) {
		p.Reason = paragraphs(a.Reason)
	}
	for _, r := range l.Message.Rejected() {
		p.Rejected = append(p.Rejected, newRejected(w, r))
	}
	p.setContact(c.Contact)
	p.Facts = facts(w, p, l, c)
	traits := l.Message.Kind.Traits()
	p.Attaches = !traits.Tells // what only tells leads to a page that takes no files, or need not be answered
	if traits.Desk {           // they need not be told whom to call at their own firm
		p.Number, p.Contact = "", org.Contact{}
	}
	return shortDay(lang, due)
}

// rejected is a certificate that was not accepted, in words.
type rejected struct {
	What, Why string
	Questions string // "" when none comes back
}

func newRejected(w Words, r notify.Rejected) rejected {
	out := rejected{What: w.T("mail.returned.rejected", "Kind", w.T("evidence.kind."+r.Kind), "Number", r.Number),
		Why: w.T("mail.returned.rejected-why", "Reason", r.Reason)}
	if r.Reason == "" { // nobody judged it: it cannot be opened
		out.Why = w.T(evidence.WhyUnreadable)
	}
	var numbers []string
	for _, n := range r.Questions {
		numbers = append(numbers, w.T("answer.question", "Number", n))
	}
	if len(numbers) > 0 {
		out.Questions = w.T("mail.returned.rejected-asks", "Questions", strings.Join(numbers, w.T("mail.returned.and")))
	}
	return out
}

// goesOn says how whoever is reminded goes on: nobody has saved anything who never began.
func goesOn(r campaign.Response) string {
	switch r {
	case campaign.Answering, campaign.AwaitingApproval:
		return "mail.reminder.how-continue"
	case campaign.Returned:
		return "mail.reminder.how-correct"
	}
	return "mail.reminder.how-begin"
}

func (p *page) setContact(c org.Contact) {
	p.Contact = org.Contact{Department: notify.OneLine(c.Department, 80), Name: called(c.Name), Phone: notify.OneLine(c.Phone, 40),
		Email: notify.OneLine(c.Email, 254), Hours: notify.OneLine(c.Hours, 80)}
	p.Sender = notify.OneLine(p.Buyer+" "+p.Contact.Department, 150)
	p.ContactLine = notify.OneLine(p.Sender+" "+p.Contact.Name, 250)
}

// facts are who asks, why, by when and how long it takes. What is over needs only
// who, what and why.
func facts(w Words, p *page, l Letter, c campaign.Campaign) []fact {
	rows := []fact{
		{w.T("mail.fact.buyer"), []string{p.Sender}},
		{w.T("mail.fact.campaign"), []string{p.Name}},
		{w.T("mail.fact.supplier"), []string{p.Company}},
		{w.T("mail.fact.purpose"), paragraphs(c.Purpose)},
	}
	if !l.Message.Kind.Traits().Tells {
		rows = append(rows,
			fact{w.T("mail.fact.necessity"), paragraphs(c.Necessity)},
			fact{w.T("mail.fact.due"), []string{p.Due}})
	}
	if asksAll(l) {
		rows = append(rows,
			fact{w.T("mail.fact.time"), []string{w.T("mail.fact.time-text",
				"Minutes", w.T("mail.fact.minutes", "Count", c.Questionnaire.Minutes()),
				"Questions", w.T("mail.fact.questions", "Count", questions(c)))}},
			fact{w.T("mail.fact.instead"), replaces(w, c.Replaces(l.Assignment.PersonalData))})
	}
	var out []fact
	for _, f := range rows {
		if len(f.Lines) > 0 && f.Lines[0] != "" {
			out = append(out, f)
		}
	}
	return out
}

// asksAll tells whether a letter asks for the whole sheet: what came back is a few
// questions, and takes no 20 minutes again.
func asksAll(l Letter) bool {
	kind := l.Message.Kind
	return !kind.Traits().Tells && kind != notify.Returned && l.Assignment.Response != campaign.Returned
}

// replaces says what certificates replace for this supplier; nothing when none does.
func replaces(w Words, all []campaign.Replaced) []string {
	if len(all) == 0 {
		return nil
	}
	out := []string{w.T("mail.fact.instead-text")}
	for _, r := range all {
		out = append(out, w.T(r.Message(), "Kind", w.T("evidence.kind."+string(r.Kind)), "Count", r.Count))
	}
	return out
}

func questions(c campaign.Campaign) int {
	n := 0
	for _, s := range c.Questionnaire.Sections {
		n += len(s.Questions)
	}
	return n
}

// paragraphs are the non-empty lines of a text that people wrote.
func paragraphs(s string) []string {
	var out []string
	for _, line := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = notify.OneLine(line, 2000); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// tokyo is the time zone of due dates; Japan has no summer time.
var tokyo = time.FixedZone("JST", 9*60*60)

// shortDay is a day for subjects, where room is scarce: 12/10, or 10 Dec.
func shortDay(lang string, t time.Time) string {
	if lang == "en" {
		return t.In(tokyo).Format("2 Jan")
	}
	return t.In(tokyo).Format("1/2")
}

// tail is the end of an id, short enough to read out.
func tail(id string, n int) string { return id[max(0, len(id)-n):] }
