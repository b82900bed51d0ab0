// Package mail puts the messages of the outbox into words, in the recipient's
// language, and sends them by SMTP.
package mail

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	texttemplate "text/template"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
)

// Words gives texts and dates in one language.
type Words interface {
	T(key string, args ...any) string
	Deadline(time.Time) string
	DateTime(time.Time) string
	Roles([]access.Role) string
}

// languages are those that mails are written in.
var languages = []string{"ja", "en"}

// RendererConfig is what a Renderer needs.
type RendererConfig struct {
	Templates fs.FS                   // holds mail/layout.* and mail/<kind>.*
	Words     func(lang string) Words // texts in a language
	Base      *url.URL                // the address that links begin with; never a Host header
	Keys      *token.Keys             // makes the links
	From      string                  // the service's address; buyers' names stand before it
}

// Renderer puts letters into words.
type Renderer struct {
	RendererConfig
	from  mail.Address
	style htmltemplate.CSS
	text  map[string]*texttemplate.Template // by language and kind
	html  map[string]*htmltemplate.Template
}

// NewRenderer parses the templates of every kind in every language. It fails when
// one is missing or the service's address is not one.
func NewRenderer(cfg RendererConfig) (*Renderer, error) {
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fmt.Errorf("the sender's address %q: write it like tsunagi@example.com: %w", cfg.From, err)
	}
	r := &Renderer{RendererConfig: cfg, from: *from, text: map[string]*texttemplate.Template{}, html: map[string]*htmltemplate.Template{}}
	style, err := fs.ReadFile(cfg.Templates, "mail/mail.css")
	if err != nil {
		return nil, fmt.Errorf("read the style of mails: %w", err)
	}
	r.style = htmltemplate.CSS(style) // our own file, never data
	for _, lang := range languages {
		for _, kind := range notify.Kinds {
			if err := r.parse(lang, kind); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

func (r *Renderer) parse(lang string, kind notify.Kind) error {
	funcs := map[string]any{"t": r.Words(lang).T}
	key, name := lang+" "+string(kind), "mail/"+string(kind)
	text, err := texttemplate.New("layout.txt").Funcs(funcs).Option("missingkey=error").ParseFS(r.Templates, "mail/layout.txt", name+".txt")
	if err != nil {
		return fmt.Errorf("parse the text of %s mails: %w", kind, err)
	}
	html, err := htmltemplate.New("layout.html").Funcs(funcs).Option("missingkey=error").ParseFS(r.Templates, "mail/layout.html", name+".html")
	if err != nil {
		return fmt.Errorf("parse the HTML of %s mails: %w", kind, err)
	}
	r.text[key], r.html[key] = text, html
	return nil
}

// rendered is a mail in words with its addresses.
type rendered struct {
	from, to, replyTo   mail.Address
	subject, text, html string
	link                string
}

// Render puts a letter into words at a moment. It fails when a record is missing
// or the recipient's address is none.
func (r *Renderer) Render(l Letter, now time.Time) (notify.Mail, error) {
	out, err := r.render(l, now, "")
	if err != nil {
		return notify.Mail{}, err
	}
	return out.mail(), nil
}

// Preview is the mail that a supplier will get, before anything is issued. The
// assignment need not be stored; link stands where the supplier's own will be.
func (r *Renderer) Preview(o org.Organization, c campaign.Campaign, a campaign.Assignment, kind notify.Kind, link string, now time.Time) (notify.Mail, error) {
	a.Org, a.Campaign = c.Org, c.ID
	m := notify.New("preview", c.Org, kind, notify.Recipient{Email: a.Email, Company: a.Name, Department: a.Department, Name: a.Person}, a.Lang, now)
	out, err := r.render(Letter{Message: m, Organization: o, Campaign: &c, Assignment: &a}, now, link)
	if err != nil {
		return notify.Mail{}, err
	}
	return out.mail(), nil
}

func (r *Renderer) render(l Letter, now time.Time, link string) (rendered, error) {
	if !l.complete() {
		return rendered{}, fmt.Errorf("render mail %s: a record is missing", l.Message.ID)
	}
	to, err := parseAddress(l.Message.To.Email)
	if err != nil {
		return rendered{}, err
	}
	lang := "ja"
	if l.Message.Lang == "en" {
		lang = "en"
	}
	w := r.Words(lang)
	if link == "" {
		link = r.link(l)
	}
	p := newPage(w, lang, l, link, now)
	p.Host, p.Style = r.Base.Host, r.style
	p.From, p.Site = r.from.Address, r.Base.Scheme+"://"+r.Base.Host
	p.Other = r.elsewhere(lang, link)
	to.Name = recipientName(l.Message.To)
	out := rendered{to: to, from: r.from, subject: p.Subject, link: link}
	out.from.Name = w.T("mail.from-service")
	if p.Buyer != "" {
		out.from.Name = w.T("mail.from-buyer", "Buyer", p.Buyer)
	}
	if a, err := parseAddress(p.Contact.Email); err == nil {
		a.Name = p.Sender
		out.replyTo = a
	}
	p.Answerable = out.replyTo.Address != ""
	key := lang + " " + string(l.Message.Kind)
	var text, html bytes.Buffer
	if err := r.text[key].Execute(&text, p); err != nil {
		return rendered{}, fmt.Errorf("render the text of mail %s: %w", l.Message.ID, err)
	}
	if err := r.html[key].Execute(&html, p); err != nil {
		return rendered{}, fmt.Errorf("render the HTML of mail %s: %w", l.Message.ID, err)
	}
	out.text, out.html = trimmed(text.String()), html.String()
	return out, nil
}

// elsewhere leads to what a letter leads to, in the language that it is not written in.
func (r *Renderer) elsewhere(lang, link string) elsewhere {
	for _, other := range languages {
		if other != lang {
			return elsewhere{Lang: other, Say: r.Words(other).T("mail.in-this-language"), Link: link + "?lang=" + other}
		}
	}
	return elsewhere{}
}

// link is the address that a letter leads to. The database holds no token: it is
// made here, the same every time, and never one that was made since it was queued.
func (r *Renderer) link(l Letter) string {
	m := l.Message
	switch m.Kind.Traits().About {
	case notify.AboutUser:
		return r.Base.JoinPath("reset", r.Keys.Link(token.Reset, l.User.ID, m.LinkGeneration(l.User.ResetGeneration))).String()
	case notify.AboutInvitation:
		return r.Base.JoinPath("invite", r.Keys.Link(token.Invite, l.Invitation.ID, m.LinkGeneration(l.Invitation.Generation))).String()
	case notify.AboutTrail:
		return r.Base.JoinPath("trail").String()
	}
	if m.Kind.Traits().Desk {
		return r.Base.JoinPath("assignments", l.Assignment.ID).String()
	}
	return r.Base.JoinPath("r", r.Keys.Link(token.Answer, l.Assignment.ID, m.LinkGeneration(l.Assignment.Generation))).String()
}

func (r rendered) mail() notify.Mail {
	return notify.Mail{From: display(r.from), To: display(r.to), ReplyTo: display(r.replyTo),
		Subject: r.subject, Text: r.text, HTML: r.html, Link: r.link}
}

// recipientName is what mail programs show beside the address.
func recipientName(to notify.Recipient) string {
	if name := called(to.Name); name != "" {
		return name
	}
	return called(to.Company)
}

var manyLines = regexp.MustCompile(`\n{3,}`)

// trimmed leaves at most one empty line between paragraphs and no spaces at the
// ends of lines.
func trimmed(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	return strings.TrimSpace(manyLines.ReplaceAllString(strings.Join(lines, "\n"), "\n\n")) + "\n"
}
