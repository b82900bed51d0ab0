package web

import (
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/evidence"
)

func (s *Server) supplierFile(c *gin.Context) error {
	e, err := s.Evidence.Get(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	return s.sendFile(c, e)
}

// filePolicy lets the browser's own viewer show a file and run nothing in it. Only
// our own pages may frame it.
const filePolicy = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"

// sendFile streams a stored file. It comes from outside: the browser is told its
// detected type, never to guess. HEIC, which browsers do not show, is offered for
// download.
func (s *Server) sendFile(c *gin.Context, e evidence.Evidence) error {
	file, err := s.Evidence.Open(c.Request.Context(), viewer(c), e)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	how := "inline"
	if e.File.Type == "image/heic" || e.File.Type == "image/heif" || c.Query("download") != "" {
		how = "attachment"
	}
	h := c.Writer.Header()
	h.Set("Content-Disposition", how+"; filename*=UTF-8''"+url.PathEscape(e.File.Name))
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Length", strconv.FormatInt(e.File.Size, 10))
	h.Set("Content-Type", e.File.Type)
	c.Status(http.StatusOK)
	if _, err := io.Copy(c.Writer, file); err != nil {
		s.Log.Warn("send a file", "error", err) // the header is gone: nothing else can be answered
	}
	return nil
}
