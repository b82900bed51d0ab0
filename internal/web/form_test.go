package web

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
)

// TestAnswer: done leads on, a judged error is shown again where something was typed,
// any other goes up.
func TestAnswer(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	other := errors.New("disk full")
	invalid, often, conflict := fault.New(fault.Invalid, "x"), fault.New(fault.TooMany, "x"), fault.New(fault.Conflict, "x")
	for _, tt := range []struct {
		name  string
		err   error
		typed bool
		to    Next
		want  string
	}{
		{"done", nil, true, To("/there"), "on to /there"},
		{"done where nothing was typed", nil, false, To("/there"), "on to /there"},
		{"done, with a word", nil, true, To("/there").Say("users.invited", fault.Args{"Email": "a"}), "on to /there, and success"},
		{"not done, with a word", nil, true, To("/there").Refuse("fault.org.last-owner"), "on to /there, and error"},
		{"invalid", invalid, true, To("/there").Say("x"), "again"},
		{"too often", often, true, To("/there"), "again"},
		{"invalid where nothing was typed", invalid, false, To("/there"), "up"},
		{"a conflict", conflict, true, To("/there"), "up"},
		{"another", other, true, To("/there"), "up"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := httptest.NewRecorder()
			c, _ := gin.CreateTestContext(res)
			c.Request = httptest.NewRequest(http.MethodPost, "/here", nil)
			f := NewFrame(Config{Base: &url.URL{Scheme: "http"}})
			got := ""
			again := func(problem error) error {
				if problem != tt.err {
					t.Errorf("shown again with %v", problem)
				}
				got = "again"
				return io.EOF
			}
			if !tt.typed {
				again = nil
			}
			switch err := f.Answer(c, tt.err, again, tt.to); {
			case got == "again" && err == io.EOF:
			case err != nil && err == tt.err:
				got = "up"
			case err == nil && c.Writer.Status() == http.StatusSeeOther:
				got = "on to " + c.Writer.Header().Get("Location")
				if tt.to.said != nil && c.Writer.Header().Get("Set-Cookie") != "" {
					got += ", and " + tt.to.said.Kind
				}
			}
			if got != tt.want {
				t.Errorf("it is answered %q, want %q", got, tt.want)
			}
		})
	}
}
