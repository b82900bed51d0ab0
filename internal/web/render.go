package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
)

// page is the root of every template: what the layout needs, and the page's Data.
type page struct {
	Lang    string
	Path    string
	Page    string // the template's name
	Shell   string // "app", "supplier" or "plain"
	Viewer  access.Viewer
	OrgName string
	Orgs    []orgChoice // the user's other organisations
	Nav     []navItem
	Notice  *notice
	Problem error
	Mode    Mode
	Mailbox bool        // a link to the built-in mailbox is shown
	Sending *standstill // why no mail leaves; nil when it does, or this page does not tell
	Data    any
}

// ForSupplier tells whether a supplier looks, and ForDemo whether the bar of the demo is shown.
func (p page) ForSupplier() bool { return p.Shell == "supplier" }
func (p page) ForDemo() bool     { return p.Mode == Demo && !p.ForSupplier() }

// Languages are the languages of the page, each to be called by its own name.
func (p page) Languages() []language {
	out := make([]language, len(locale.Languages))
	for i, code := range locale.Languages {
		out[i] = language{code, languageNames[code], code == p.Lang}
	}
	return out
}

// language is a language that can be chosen; Key is the message key of its name.
type language struct {
	Code, Key string
	Current   bool
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

// render answers with a page for signed-in users.
func (s *Server) render(c *gin.Context, name string, data any) error {
	return s.renderPage(c, http.StatusOK, "app", name, data, nil)
}

// renderPlain answers with a page that has no menu: sign-in, invitations.
func (s *Server) renderPlain(c *gin.Context, name string, data any) error {
	return s.renderPage(c, http.StatusOK, "plain", name, data, nil)
}

// renderSupplier answers with a page of a supplier.
func (s *Server) renderSupplier(c *gin.Context, name string, data any) error {
	return s.renderPage(c, http.StatusOK, "supplier", name, data, nil)
}

// renderProblem shows a form again with what was wrong and all that was typed.
func (s *Server) renderProblem(c *gin.Context, shell, name string, data any, problem error) error {
	return s.renderPage(c, http.StatusUnprocessableEntity, shell, name, data, problem)
}

func (s *Server) renderPage(c *gin.Context, status int, shell, name string, data any, problem error) error {
	p := page{Lang: lang(c), Path: c.Request.URL.Path, Page: name, Shell: shell, Viewer: viewer(c), Notice: s.takeNotice(c),
		Problem: problem, Mode: s.Mode, Mailbox: s.mailboxOn(), Data: data}
	if a, ok := account(c); ok && shell != "supplier" {
		p.OrgName = a.Organization.Name
		for _, o := range a.Others {
			p.Orgs = append(p.Orgs, orgChoice{ID: o.ID, Name: o.Name})
		}
		if shell == "app" {
			p.Nav, p.Sending = nav(p.Viewer, p.Path), s.standstill(c, name)
		}
	}
	if named, ok := data.(interface{ BuyerName() string }); ok {
		p.OrgName = named.BuyerName()
	}
	var buf bytes.Buffer
	if err := s.Templates.Execute(&buf, p.Lang, name, p); err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store")
	c.Data(status, "text/html; charset=utf-8", buf.Bytes())
	return nil
}

// mailboxOn tells whether the built-in mailbox exists: never once mail really
// leaves, never in production.
func (s *Server) mailboxOn() bool { return !s.MailSet && s.Mode != Production }

// redirect sends the browser on after a change.
func redirect(c *gin.Context, to string) error {
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

// redirectWith also shows a notice on the next page.
func (s *Server) redirectWith(c *gin.Context, to, kind, key string, args ...fault.Args) error {
	n := notice{Kind: kind, Key: key}
	if len(args) > 0 {
		n.Args = args[0]
	}
	if raw, err := json.Marshal(n); err == nil && len(raw) < 2000 {
		s.setCookie(c, cookieNote, base64.RawURLEncoding.EncodeToString(raw), 60)
	}
	return redirect(c, to)
}

// takeNotice reads the notice left by the last request. Its text comes from our
// own messages: a forged cookie can only choose among them.
func (s *Server) takeNotice(c *gin.Context) *notice {
	raw, err := base64.RawURLEncoding.DecodeString(s.cookie(c, cookieNote))
	if err != nil || len(raw) == 0 {
		return nil
	}
	s.setCookie(c, cookieNote, "", -1)
	var n notice
	if json.Unmarshal(raw, &n) != nil || !s.Catalog.Has(n.Key) {
		return nil
	}
	return &n
}

// wantsJSON tells whether a script asks.
func wantsJSON(c *gin.Context) bool { return c.GetHeader("Accept") == "application/json" }

// statuses are the answers to each kind of error.
var statuses = map[fault.Kind]int{
	fault.Internal: http.StatusInternalServerError, fault.Invalid: http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Gone: http.StatusGone,
	fault.TooLarge: http.StatusRequestEntityTooLarge, fault.TooMany: http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// errorPage is the data of the error page.
type errorPage struct {
	Kind      string
	Reference string // what a person tells support; the log has the same
	Problem   error
	SignIn    bool
	Again     string // the address to try again, "" when nothing can be repeated
}

// titled are the errors that have a heading of their own.
var titled = []fault.Kind{fault.NotFound, fault.Forbidden, fault.Gone, fault.Unavailable, fault.Conflict}

// Title is the message key of the page's heading.
func (p errorPage) Title() string {
	for _, kind := range titled {
		if p.Kind == kind.String() {
			return "error.title-" + p.Kind
		}
	}
	return "error.title"
}

// fail answers an error: a page for people, JSON for scripts. Internal errors
// are logged and never shown.
func (s *Server) fail(c *gin.Context, err error) {
	kind := fault.KindOf(err)
	if errors.Is(err, c.Request.Context().Err()) && c.Request.Context().Err() != nil {
		c.Abort() // nobody is there any more
		return
	}
	reference := ""
	if kind == fault.Internal || kind == fault.Unavailable {
		reference = s.NewID()[16:]
		s.Log.Error("request failed", "reference", reference, "method", c.Request.Method, "route", c.FullPath(), "error", err)
	}
	if kind == fault.Unavailable {
		c.Header("Retry-After", "10")
	}
	if c.Request.Method != http.MethodGet {
		drain(c.Request.Body)
	}
	if wantsJSON(c) {
		c.JSON(statuses[kind], gin.H{"kind": kind.String(), "message": s.Catalog.For(lang(c)).Fault(err), "reference": reference})
		return
	}
	if kind == fault.Unauthenticated && c.Request.Method == http.MethodGet && viewerless(c) {
		_ = redirect(c, "/sign-in?next="+url.QueryEscape(c.Request.URL.RequestURI()))
		return
	}
	shell := "plain"
	if _, ok := account(c); ok {
		shell = "app"
	} else if strings.HasPrefix(c.Request.URL.Path, "/a/") {
		shell = "supplier"
	}
	data := errorPage{Kind: kind.String(), Reference: reference, Problem: err, SignIn: kind == fault.Unauthenticated && shell == "plain"}
	if kind == fault.Unavailable && c.Request.Method == http.MethodGet {
		data.Again = c.Request.URL.RequestURI()
	}
	if kind == fault.Internal {
		data.Problem = fault.New(fault.Internal, "fault.internal")
	}
	if err := s.renderPage(c, statuses[kind], shell, "errors/error", data, nil); err != nil {
		s.Log.Error("render error page", "error", err)
		c.String(http.StatusInternalServerError, "error %s", reference)
	}
}

// viewerless tells whether a person should be sent to the sign-in page. A
// supplier whose link session ended is told to open the link again instead.
func viewerless(c *gin.Context) bool {
	return viewer(c).Kind == access.Nobody && !strings.HasPrefix(c.Request.URL.Path, "/a/")
}

func (s *Server) notFound(c *gin.Context) {
	c.Set(keyLang, s.language(c))
	_ = s.identify(c, open())
	s.fail(c, fault.New(fault.NotFound, "fault.not-found"))
}
