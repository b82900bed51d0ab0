package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/org"
)

// page is the root of every template: what the layout needs, and the page's Data.
type page struct {
	Lang     string
	Path     string
	Here     string // the address at which it can be opened
	Keeps    string // the form that a change of language sends, "" when there is none
	Page     string // the template's name
	Shell    string // "app", "supplier" or "plain"
	Viewer   access.Viewer
	OrgName  string
	Orgs     []orgChoice // the user's other organisations
	Nav      []navItem
	Notice   *notice
	Problem  error
	Mode     Mode
	Mailbox  bool         // a link to the built-in mailbox is shown
	Sending  *standstill  // why no mail leaves; nil when mail leaves, or on pages that do not say so
	Concerns []Concern    // about the machine, for whoever runs it
	Contact  *org.Contact // whom a supplier asks; nil on pages that are of no request
	Data     any
}

// ForSupplier tells whether it is a supplier's page.
func (p page) ForSupplier() bool { return p.Shell == "supplier" }

// ForDemo tells whether the bar of the demo is shown.
func (p page) ForDemo() bool { return p.Mode == Demo && !p.ForSupplier() }

// Languages are the languages of the page, each to be called by its own name.
func (p page) Languages() []language {
	out := make([]language, len(locale.Languages))
	for i, code := range locale.Languages {
		out[i] = language{code, languageNames[code], inLanguage(p.Here, code), code == p.Lang}
	}
	return out
}

// language is a language that can be chosen; Key is the message key of its name.
type language struct {
	Code, Key, Href string
	Current         bool
}

var languageNames = map[string]string{"ja": "layout.japanese", "en": "layout.english"}

type orgChoice struct{ ID, Name string }

// navItem is one entry of the menu; Key is its message key.
type navItem struct {
	Key     string
	Href    string
	Current bool
}

// notice is shown once on top of the page after a redirect.
type notice struct {
	Kind string     // "success", "info", "warning", "error"
	Key  string     // its message key
	Args fault.Args `json:",omitempty"`
}

// Render answers with a page for signed-in users.
func (f *Frame) Render(c *gin.Context, name string, data any) error {
	return f.RenderPage(c, http.StatusOK, "app", name, data, nil)
}

// RenderPlain answers with a page that has no menu: sign-in, invitations.
func (f *Frame) RenderPlain(c *gin.Context, name string, data any) error {
	return f.RenderPage(c, http.StatusOK, "plain", name, data, nil)
}

// RenderSupplier answers with a page of a supplier.
func (f *Frame) RenderSupplier(c *gin.Context, name string, data any) error {
	return f.RenderPage(c, http.StatusOK, "supplier", name, data, nil)
}

// RenderProblem shows a form again with what was wrong and all that was typed: as one
// that cannot be processed, or that came too often. Without a problem it shows the form
// as it is.
func (f *Frame) RenderProblem(c *gin.Context, shell, name string, data any, problem error) error {
	status := http.StatusUnprocessableEntity
	switch {
	case problem == nil:
		status = http.StatusOK
	case fault.KindOf(problem) == fault.TooMany:
		status = http.StatusTooManyRequests
	}
	return f.RenderPage(c, status, shell, name, data, problem)
}

// RenderPage answers with a page in a shell ("app", "plain", "supplier") and a status,
// with what was wrong when there is something.
func (f *Frame) RenderPage(c *gin.Context, status int, shell, name string, data any, problem error) error {
	p := page{Lang: Lang(c), Path: c.Request.URL.Path, Here: here(c, data), Page: name, Shell: shell, Viewer: Viewer(c), Notice: f.takeNotice(c, data),
		Problem: problem, Mode: f.Mode, Mailbox: f.MailboxOn(), Data: data}
	if a, ok := Account(c); ok && shell != "supplier" {
		p.OrgName = a.Organization.Name
		for _, o := range a.Others {
			p.Orgs = append(p.Orgs, orgChoice{ID: o.ID, Name: o.Name})
		}
		if shell == "app" {
			p.Nav, p.Sending, p.Concerns = nav(p.Viewer, p.Path), f.standstill(c, name), f.concernsOn(c, name)
		}
	}
	if named, ok := data.(interface{ BuyerName() string }); ok {
		p.OrgName = named.BuyerName()
	}
	if asked, ok := data.(interface{ Contact() org.Contact }); ok {
		contact := asked.Contact()
		p.Contact = &contact
	}
	if keeping, ok := data.(interface{ Keeps() string }); ok {
		p.Keeps = keeping.Keeps()
	}
	var buf bytes.Buffer
	if err := f.Templates.Execute(&buf, p.Lang, name, p); err != nil {
		return err
	}
	c.Data(status, "text/html; charset=utf-8", buf.Bytes())
	return nil
}

// MailboxOn tells whether the built-in mailbox exists: never once mail really
// leaves, never in production.
func (f *Frame) MailboxOn() bool { return !f.MailSet && f.Mode != Production }

// Redirect sends the browser on.
func Redirect(c *gin.Context, to string) error {
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

// leaveNotice keeps a notice for the next page.
func (f *Frame) leaveNotice(c *gin.Context, n notice) {
	if raw, err := json.Marshal(n); err == nil && len(raw) < 2000 {
		f.SetCookie(c, cookieNote, base64.RawURLEncoding.EncodeToString(raw), 60)
	}
}

// takeNotice reads the notice left by the last request. Its text comes from our
// own messages: a forged cookie can only choose among them. It stays for the next page
// where this one is loaded again as soon as the work that it shows has ended.
func (f *Frame) takeNotice(c *gin.Context, data any) *notice {
	raw, err := base64.RawURLEncoding.DecodeString(f.Cookie(c, cookieNote))
	if err != nil || len(raw) == 0 {
		return nil
	}
	if work, ok := data.(interface{ Reloads() bool }); !ok || !work.Reloads() {
		f.SetCookie(c, cookieNote, "", -1)
	}
	var n notice
	if json.Unmarshal(raw, &n) != nil || !f.Catalog.Has(n.Key) || !f.Catalog.Has("common.notice."+n.Kind) {
		return nil
	}
	n.count()
	return &n
}

// count gives numbers back as they were left: JSON knows no whole ones, and the form of
// a message is chosen by one.
func (n *notice) count() {
	for name, value := range n.Args {
		if number, ok := value.(float64); ok {
			n.Args[name] = int(number)
		}
	}
}

// titled are the errors that have a heading of their own.
var titled = []fault.Kind{fault.NotFound, fault.Forbidden, fault.Gone, fault.Unavailable, fault.Conflict}
