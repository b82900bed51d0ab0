package web

import (
	"io"
	"net/http"
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

// filePolicy gives a foreign file no rights at all, should a browser open it anyway.
const filePolicy = "sandbox; default-src 'none'; frame-ancestors 'none'"

// sendFile offers a supplier's file for saving, never for looking at: what it holds
// is foreign and must not act in our pages. Its name ends as its detected type.
func (s *Server) sendFile(c *gin.Context, e evidence.Evidence) error {
	file, err := s.Evidence.Open(c.Request.Context(), viewer(c), e)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	fileHeaders(c, e.File.SafeName())
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.FormatInt(e.File.Size, 10))
	h.Set("Content-Type", e.File.Type)
	c.Status(http.StatusOK)
	if _, err := io.Copy(c.Writer, file); err != nil {
		s.Log.Warn("send a file", "error", err) // the header is gone: nothing else can be answered
	}
	return nil
}
