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

// A bad escape takes a field away: without it a choice would look cleared, and the rest
// is not saved as if it were all.
func TestABadEscapeIsNoClearedField(t *testing.T) {
	for _, body := range []string{"q.a=%zz&name=a", "name=a&q.a=done%", "name=a&%zz=done"} {
		r := httptest.NewRequest(http.MethodPost, "/?then=here", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if err := readForm(r, false); fault.KindOf(err) != fault.Invalid || r.PostForm.Get("name") != "a" {
			t.Errorf("%s: %v, and %v can still be copied", body, err, r.PostForm)
		}
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("the line broke") }
