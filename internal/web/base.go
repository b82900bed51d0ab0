package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
)

// baseRoutes are what every installation answers: health and static files.
func (s *Server) baseRoutes() []Route {
	return []Route{
		Get("/healthz", Open(), s.healthz).alone(),
		Get("/readyz", Open(), s.readyz).alone(),
		Get("/metrics", Open(), s.metrics).alone(),
		Get("/static/:hash/*path", Open(), s.static).alone(),
	}
}

// healthz says that the process is alive.
func (s *Server) healthz(c *gin.Context) error {
	c.String(http.StatusOK, "ok\n")
	return nil
}

// trouble is why the managed database is away, nil while it is not or not ours.
func (f *Frame) trouble() error {
	if f.Trouble == nil {
		return nil
	}
	return f.Trouble()
}

// present refuses at once what needs the database while that is away: to wait for it would
// keep people before an empty page.
func (s *Server) present(c *gin.Context, r Route) error {
	if r.noData {
		return nil
	}
	err := s.trouble()
	if err == nil {
		return nil
	}
	c.Set(keyLang, s.language(c))
	withoutLang(c)
	return fault.New(fault.Unavailable, "fault.unavailable").Because(err)
}

// static serves our own files for ever: their addresses change with their content.
func (s *Server) static(c *gin.Context) error {
	file, ok := s.Templates.Static(c.Param("hash"), strings.TrimPrefix(c.Param("path"), "/"))
	if !ok {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	body := file.Body
	if file.Packed != nil && acceptsGzip(c.Request) {
		c.Header("Content-Encoding", "gzip")
		body = file.Packed
	}
	c.Data(http.StatusOK, file.Kind, body)
	return nil
}
