package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
)

// metrics answers whoever has the token. Without one the page does not exist: what is
// measured is read at --metrics-listen then, or not at all.
func (s *Server) metrics(c *gin.Context) error {
	if s.MetricsToken == "" {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	if !HasToken(c.Request, s.MetricsToken) {
		c.Header("WWW-Authenticate", "Bearer")
		c.String(http.StatusUnauthorized, "the token is missing, or another one\n")
		return nil
	}
	s.Metrics.ServeHTTP(c.Writer, c.Request)
	return nil
}

// HasToken tells whether a request brings the token, which nobody has when it is empty. How
// long that takes tells nothing of the token.
func HasToken(r *http.Request, token string) bool {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && ok && token != ""
}
