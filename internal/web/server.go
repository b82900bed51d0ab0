// Package web is the frame of the pages: server, route table, guard, session,
// rendering, forms, errors and files. The pages stand in its rooms, which import it.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/org"
	"tsunagi/internal/report"
	"tsunagi/internal/token"
	"tsunagi/internal/watch"
	"tsunagi/templates"
)

// Config is what the pages need beside the services.
type Config struct {
	Base           *url.URL // the address in links; never the Host header
	Mode           Mode
	TrustedProxies []string // addresses whose X-Forwarded-For is believed
	MailSet        bool     // mail leaves by SMTP: the mailbox page does not exist
	Now            func() time.Time
	NewID          func() string
	Log            *slog.Logger
	Keys           *token.Keys
	Catalog        *locale.Catalog
	Templates      *templates.Set
	Fonts          *report.Fonts
	Health         func(context.Context) watch.Health // how the installation is
	Trouble        func() error                       // why the database is away, nil while it is not; may be nil
	// While is a context for as long as the database answers; nil: nobody looks.
	While    func(context.Context) (context.Context, context.CancelFunc)
	Concerns func() []Concern // what is wrong with the machine; nil: nobody looks
	Metrics  http.Handler     // what is measured, for whoever has the token
	// MetricsToken is the token; "": nobody has it.
	MetricsToken string
	// Observe is told of every request that was answered; nil: nobody is.
	Observe func(method, route string, status int, took time.Duration)
	Low     func() bool // there is little room left on the disk; nil: nobody looks
	Sending sendingReader
	Posts   posts                      // which forms have had their effect; nil where none is kept
	Held    func(context.Context) bool // no mail leaves after a restore; nil: there was none
}

// Frame is what every page has at hand: rendering, cookies, notices, files.
type Frame struct{ Config }

// NewFrame makes the frame that rooms of pages are given.
func NewFrame(cfg Config) *Frame { return &Frame{Config: cfg} }

// Server serves the route table.
type Server struct {
	*Frame
	accounts accounts
	links    links
	asked    asked
	engine   *gin.Engine
	packed   http.Handler // the engine, and what packs its answers
	routes   []Route
	ending   ending
}

// accounts tells whose session a cookie is.
type accounts interface {
	Authenticate(ctx context.Context, cookie string) (org.Account, error)
	Organization(ctx context.Context, v access.Viewer) (org.Organization, error)
}

// asked gives what a supplier was asked, from memory.
type asked interface {
	Snapshot(ctx context.Context, v access.Viewer, id string) (campaign.Campaign, error)
}

// New builds the router from the routes of all rooms, and adds health and static
// files. It fails when two routes collide or a route has no guard.
func New(f *Frame, accounts accounts, links links, asked asked, routes []Route) (*Server, error) {
	gin.SetMode(gin.ReleaseMode)
	s := &Server{Frame: f, accounts: accounts, links: links, asked: asked, engine: gin.New(), ending: newEnding()}
	var err error
	if s.packed, err = compress(s.engine); err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	s.routes = append(s.baseRoutes(), routes...)
	if err := s.engine.SetTrustedProxies(f.TrustedProxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	s.engine.Use(s.logRequest, s.recoverPanic, s.secureHeaders, s.rightHost, s.whileAnswered)
	for _, r := range s.routes {
		if r.Guard.kind == denied {
			return nil, fmt.Errorf("route %s %s has no guard", r.Method, r.Path)
		}
		s.engine.Handle(r.Method, r.Path, s.serve(r))
	}
	s.engine.NoRoute(s.notFound)
	s.engine.NoMethod(s.notFound)
	return s, nil
}

// Routes is the whole table.
func (s *Server) Routes() []Route { return s.routes }

// serve wraps a handler: limits, who is asking, whether they may, and one place
// for errors.
func (s *Server) serve(r Route) gin.HandlerFunc {
	limit := r.Limit
	if limit == 0 {
		limit = defaultBody
	}
	shown := shownParts(r, s.routes)
	return func(c *gin.Context) {
		c.Set(keyShown, shown)
		c.Set(keyGuard, r.Guard)
		defer s.ending.unlessEnding(c)()
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
		err := s.present(c, r)
		if err == nil {
			err = s.admit(c, r)
		}
		if err == nil {
			err = room(s.Frame, r)
		}
		if err == nil {
			err = readForm(c.Request, r.files)
			wait(c)
		}
		done := false
		if err == nil {
			done, err = s.Once(c, "")
		}
		if err == nil && !done {
			err = r.Handler(c)
		}
		if err != nil {
			s.fail(c, silence(c, TooLarge(err)))
		}
	}
}

// readForm reads what was posted. A form that is too large, breaks off or has too many
// fields is refused here: a handler that asks for its fields would take it for an empty
// one, and where a bad escape took a field away, for one in which nothing was chosen. A
// form in parts, as uploads come, is left to the handler where files are expected, and
// read like any other where they are not: by no way of posting does a text come past tidy.
func readForm(r *http.Request, files bool) error {
	if r.Method != http.MethodPost {
		return nil
	}
	err := parseForm(r)
	if err == nil && !files {
		if err = r.ParseMultipartForm(defaultBody); err == nil {
			return tidied(r.PostForm, r.Form, r.MultipartForm.Value)
		} else if errors.Is(err, http.ErrNotMultipart) {
			err = nil
		}
	}
	switch {
	case err == nil:
		return tidied(r.PostForm, r.Form)
	case fault.KindOf(TooLarge(err)) == fault.TooLarge:
		return TooLarge(err)
	}
	return fault.New(fault.Invalid, "fault.json").Because(err)
}

// parseForm is r.ParseForm, whose errors are those of the body alone: what cannot be read
// of an address is not there.
func parseForm(r *http.Request) error {
	query := r.URL.RawQuery
	r.URL.RawQuery = ""
	err := r.ParseForm()
	r.URL.RawQuery = query
	for name, values := range r.URL.Query() {
		r.Form[name] = append(r.Form[name], values...)
	}
	return err
}

func (s *Server) notFound(c *gin.Context) {
	c.Set(keyLang, s.language(c))
	_ = s.identify(c, Open())
	if to, ok := withoutSlash(c.Request); ok {
		_ = Redirect(c, to)
		return
	}
	if strings.HasPrefix(c.Request.URL.Path, "/r/") {
		s.fail(c, Gone("fault.request.broken")) // a link that was cut, or grew
		return
	}
	s.fail(c, fault.New(fault.NotFound, "fault.not-found"))
}

// withoutSlash is the address of a mailed link to which a mail program added a slash.
func withoutSlash(r *http.Request) (string, bool) {
	path := r.URL.EscapedPath()
	cut := strings.TrimRight(path, "/")
	mailed := slices.ContainsFunc(mailedLinks, func(prefix string) bool { return strings.HasPrefix(cut, prefix) && len(cut) > len(prefix) })
	return cut, mailed && cut != path && r.Method == http.MethodGet
}

// mailedLinks begin the addresses of links that go out by mail.
var mailedLinks = []string{"/r/", "/invite/", "/reset/", "/setup/"}

// Mode is what the process is run for.
type Mode string

// The modes. Outside Demo and Development there is no mailbox page.
const (
	Production  Mode = "production"
	Development Mode = "development"
	Demo        Mode = "demo"
)

// ServeHTTP implements http.Handler. HEAD is answered as GET is, by the same handlers;
// the server below leaves the body out.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.WithContext(r.Context()) // the caller's own is not changed
		r.Method = http.MethodGet
	}
	s.packed.ServeHTTP(w, r)
}

// admit finds out who asks and refuses whom the guard does not allow. Where no database is
// needed nobody is looked up in it: health and style sheets would wait for one that hangs.
func (s *Server) admit(c *gin.Context, r Route) error {
	c.Set(keyLang, s.language(c)) // first: every refusal is worded
	withoutLang(c)
	if err := s.sameSite(c); err != nil {
		return err
	}
	if r.noData && r.Guard.Public() {
		return nil
	}
	if err := s.identify(c, r.Guard); err != nil {
		return err
	}
	if r.Guard.allows(Viewer(c)) {
		return nil
	}
	if Viewer(c).Kind == access.Nobody {
		return fault.New(fault.Unauthenticated, "fault.sign-in")
	}
	return fault.New(fault.Forbidden, "fault.forbidden")
}
