// Package web serves the pages: routes, sessions, forms, one file per feature.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/report"
	"tsunagi/internal/token"
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
	Ready          func(context.Context) error // can the database be written?
}

// Mode is what the process is run for.
type Mode string

// The modes. Outside Demo and Development there is no mailbox page.
const (
	Production  Mode = "production"
	Development Mode = "development"
	Demo        Mode = "demo"
)

// Server serves every page.
type Server struct {
	Config
	Services
	engine *gin.Engine
	cross  *http.CrossOriginProtection
}

// New builds the router. It fails when two routes collide or a route has no guard.
func New(cfg Config, services Services) (*Server, error) {
	gin.SetMode(gin.ReleaseMode)
	s := &Server{Config: cfg, Services: services, engine: gin.New(), cross: http.NewCrossOriginProtection()}
	if err := s.engine.SetTrustedProxies(cfg.TrustedProxies); err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	s.engine.Use(s.recoverPanic, s.logRequest, s.secureHeaders)
	for _, r := range s.routes() {
		if r.guard.kind == denied {
			return nil, fmt.Errorf("route %s %s has no guard", r.method, r.path)
		}
		s.engine.Handle(r.method, r.path, s.serve(r))
	}
	s.engine.NoRoute(s.notFound)
	s.engine.NoMethod(s.notFound)
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// serve wraps a handler: limits, who is asking, whether they may, and one place
// for errors.
func (s *Server) serve(r route) gin.HandlerFunc {
	limit := r.limit
	if limit == 0 {
		limit = defaultBody
	}
	return func(c *gin.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
		err := s.admit(c, r.guard)
		if err == nil {
			err = r.handler(c)
		}
		if err != nil {
			s.fail(c, tooLarge(err))
		}
	}
}

// admit finds out who asks and refuses whom the guard does not allow.
func (s *Server) admit(c *gin.Context, g guard) error {
	c.Set(keyLang, s.language(c)) // first: every refusal is worded
	if err := s.sameSite(c); err != nil {
		return err
	}
	if err := s.identify(c, g); err != nil {
		return err
	}
	if g.allows(viewer(c)) {
		return nil
	}
	if viewer(c).Kind == access.Nobody {
		return fault.New(fault.Unauthenticated, "fault.sign-in")
	}
	return fault.New(fault.Forbidden, "fault.forbidden")
}

// sameSite refuses state changes that another site caused. A browser that sends
// neither Sec-Fetch-Site nor Origin with a cookie session is refused too.
func (s *Server) sameSite(c *gin.Context) error {
	switch c.Request.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if err := s.cross.Check(c.Request); err != nil {
		return fault.New(fault.Forbidden, "fault.cross-site").Because(err)
	}
	if c.GetHeader("Sec-Fetch-Site") == "" && c.GetHeader("Origin") == "" {
		return fault.New(fault.Forbidden, "fault.cross-site")
	}
	return nil
}

// tooLarge turns the body limit's error into a fault.
func tooLarge(err error) error {
	if e := new(http.MaxBytesError); errors.As(err, &e) {
		return fault.New(fault.TooLarge, "fault.too-large").With("Limit", e.Limit).Because(err)
	}
	return err
}

// drain reads what is left of a body, up to a little, so that a browser gets to
// see the answer.
func drain(r io.Reader) { _, _ = io.CopyN(io.Discard, r, 1<<20) }
