package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
)

// policy lets a page load our own files and nothing else: no inline script or style,
// no foreign frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secureHeaders sets what every answer carries; a handler may narrow its own. Nothing is
// kept on the way, be it a page, JSON or a redirect with a notice: only files that never
// change say that they may be.
func (s *Server) secureHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	if s.secure() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	c.Next()
}

const keyRequestID = "request"

// headerRequest tells the caller the id of its request, which the log has.
const headerRequest = "X-Request-Id"

// requestID is the id of a request: in the log, and as the reference number on the page of
// an error.
func requestID(c *gin.Context) string { return c.GetString(keyRequestID) }

// logRequest gives each request an id, counts it, and logs it: the route, never the address
// itself, since addresses of links hold tokens.
func (s *Server) logRequest(c *gin.Context) {
	start := time.Now()
	id := s.NewID()[16:] // the end of a ULID tells requests apart
	c.Set(keyRequestID, id)
	c.Header(headerRequest, id)
	c.Next()
	route := c.FullPath()
	if s.Observe != nil {
		s.Observe(c.Request.Method, route, c.Writer.Status(), time.Since(start))
	}
	if route == "/static/:hash/*path" || route == "/healthz" || route == "/readyz" || route == "/metrics" {
		return
	}
	if s.Log.Enabled(c, slog.LevelDebug) { // to word the line costs more than not to write it
		s.Log.Debug("request", append(asking(c), "status", c.Writer.Status(), "ms", time.Since(start).Milliseconds(), "bytes", c.Writer.Size())...)
	}
}

// asking says in the log what is asked for, from where, and by whom: ids, never names.
func asking(c *gin.Context) []any {
	what := []any{"request", requestID(c), "method", c.Request.Method, "route", c.FullPath(), "client", c.ClientIP()}
	switch v := Viewer(c); v.Kind {
	case access.Member:
		what = append(what, "user", v.User)
	case access.Link:
		what = append(what, "sheet", v.Assignment)
	}
	return what
}

func (s *Server) recoverPanic(c *gin.Context) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.fail(c, fmt.Errorf("panic: %v\n%s", p, debug.Stack())) // which the log alone is given
		}
	}()
	c.Next()
}
