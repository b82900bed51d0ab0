package web

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tsunagi/internal/fault"
)

// A body that breaks off is no empty form: a handler would save what nobody wrote.
func TestABodyThatBreaksOffIsRefused(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("name=a"), errReader{})
	r := httptest.NewRequest(http.MethodPost, "/", broken)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := readForm(r, false); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
	r = httptest.NewRequest(http.MethodPost, "/?page=%zz", strings.NewReader("name=a"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := readForm(r, false); err != nil || r.PostForm.Get("name") != "a" {
		t.Errorf("beside a bad escape: %v, %v", err, r.PostForm)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("the line broke") }
