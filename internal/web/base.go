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
		Get("/healthz", Open(), s.healthz),
		Get("/readyz", Open(), s.readyz),
		Get("/static/:hash/*path", Open(), s.static),
	}
}

// healthz says that the process is alive.
func (s *Server) healthz(c *gin.Context) error {
	c.String(http.StatusOK, "ok\n")
	return nil
}

// readyz says whether the database takes writes.
func (s *Server) readyz(c *gin.Context) error {
	if err := s.Ready(c.Request.Context()); err != nil {
		s.Log.Warn("not ready", "error", err)
		c.String(http.StatusServiceUnavailable, "database not ready\n")
		return nil
	}
	c.String(http.StatusOK, "ready\n")
	return nil
}

// static serves our own files for ever: their addresses change with their content.
func (s *Server) static(c *gin.Context) error {
	body, kind, ok := s.Templates.Static(c.Param("hash"), strings.TrimPrefix(c.Param("path"), "/"))
	if !ok {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, kind, body)
	return nil
}
