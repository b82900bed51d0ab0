package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/org"
)

// Gone is the answer to a link that does not work: altered, of another purpose, used,
// revoked or expired.
func Gone(key string) error { return fault.New(fault.Gone, key) }

// reasons are the headings of errors that are no fault of the link: by the key of the
// error, the key of its heading.
var reasons = map[string]string{
	"fault.request.withdrawn": "error.title-withdrawn", "fault.answer.submitted": "error.title-submitted",
	"fault.answer.declined": "error.title-declined", "fault.answer.ended": "error.title-closed", "fault.answer.closed": "error.title-closed",
	"fault.no-cookies": "error.title-cookies", "fault.answer.misdirected": "error.title-misdirected",
}

// statuses are the HTTP statuses that answer each kind of error.
var statuses = map[fault.Kind]int{
	fault.Internal: http.StatusInternalServerError, fault.Invalid: http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Gone: http.StatusGone,
	fault.TooLarge: http.StatusRequestEntityTooLarge, fault.TooMany: http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// errorPage is the data of the error page.
type errorPage struct {
	Kind      string
	Reference string // what a person tells support; the log has the same
	Problem   error
	SignIn    bool
	Again     string // the address to try again, "" when nothing can be repeated
	Asker     *Asker // the buyer, where a supplier's link proves which; nil else
	Browser   string // the proven request of which this browser may still keep something
}

// Asker is the buyer as a supplier may call it.
type Asker struct {
	Buyer   string
	Contact org.Contact
}

// BuyerName names the buyer on top of a supplier's page.
func (p errorPage) BuyerName() string {
	if p.Asker == nil {
		return ""
	}
	return p.Asker.Buyer
}

// Title is the message key of the page's heading.
func (p errorPage) Title() string {
	var e *fault.Error
	if errors.As(p.Problem, &e) && reasons[e.Key] != "" {
		return reasons[e.Key]
	}
	for _, kind := range titled {
		if p.Kind == kind.String() {
			return "error.title-" + p.Kind
		}
	}
	return "error.title"
}

// fail answers an error: a page for people, JSON for scripts. Internal errors
// are logged and never shown.
func (s *Server) fail(c *gin.Context, err error) {
	f := s.Frame
	kind := fault.KindOf(err)
	if gone := c.Request.Context(); gone.Err() != nil && !fault.Lost(gone) && errors.Is(err, gone.Err()) {
		c.Abort() // nobody is there any more
		return
	}
	reference := ""
	if kind == fault.Internal || kind == fault.Unavailable || errors.Is(err, evidence.ErrAltered) {
		reference = requestID(c)
		f.Log.Error("request failed", append(asking(c), "error", err)...)
	}
	if kind == fault.Unavailable {
		c.Header("Retry-After", "10")
	}
	if WantsJSON(c) {
		Drain(c.Request.Body)
		c.JSON(statuses[kind], gin.H{"kind": kind.String(), "message": f.Catalog.For(Lang(c)).Fault(err), "reference": reference})
		return
	}
	if kind == fault.Unauthenticated && c.Request.Method == http.MethodGet && viewerless(c) {
		_ = Redirect(c, "/sign-in?next="+url.QueryEscape(c.Request.URL.RequestURI()))
		return
	}
	shell := shellOf(c)
	data := errorPage{Kind: kind.String(), Reference: reference, Problem: err, SignIn: kind == fault.Unauthenticated && shell == "plain"}
	if kind == fault.Unavailable && c.Request.Method == http.MethodGet {
		data.Again = c.Request.URL.RequestURI()
	}
	if shell == "supplier" && kind == fault.Gone {
		data.Asker, data.Browser = s.asker(c), proven(c).ID
	}
	if kind == fault.Internal {
		data.Problem = fault.New(fault.Internal, "fault.internal")
	}
	name, shown := "errors/error", any(data)
	if p, ok := keep(c, data, kind); ok && s.sameSite(c) == nil { // another site's form never becomes one of ours
		name, shown = "errors/kept", p
	}
	if c.Request.Method != http.MethodGet {
		Drain(c.Request.Body)
	}
	if err := f.RenderPage(c, statuses[kind], shell, name, shown, nil); err != nil {
		f.Log.Error("render error page", "error", err)
		c.String(http.StatusInternalServerError, "error %s", reference)
	}
}

// shellOf is the shell of an error's page. Whoever came by a supplier's address is a
// supplier: it is never led to the buyers' sign-in.
func shellOf(c *gin.Context) string {
	if path := c.Request.URL.Path; strings.HasPrefix(path, "/a/") || strings.HasPrefix(path, "/r/") {
		return "supplier"
	}
	if _, ok := Account(c); ok {
		return "app"
	}
	return "plain"
}

// asker is the buyer of the request that the link or session of this call has proven,
// nil when it has proven none.
func (s *Server) asker(c *gin.Context) *Asker {
	a := proven(c)
	if a.ID == "" {
		return nil
	}
	v := access.Supplier(a.Org, a.ID, a.Generation, a.Name)
	asked, err := s.asked.Snapshot(c.Request.Context(), v, a.Campaign)
	if err != nil {
		return nil // the sentence stands without it
	}
	buyer, err := s.accounts.Organization(c.Request.Context(), v)
	if err != nil {
		return nil
	}
	return &Asker{BuyerName(buyer, Lang(c)), asked.Contact.In(Lang(c))}
}

// viewerless tells whether a person should be sent to the sign-in page. A
// supplier whose link session ended is told to open the link again instead.
func viewerless(c *gin.Context) bool {
	return Viewer(c).Kind == access.Nobody && !strings.HasPrefix(c.Request.URL.Path, "/a/")
}

// TooLarge turns the body limit's error into a fault.
func TooLarge(err error) error {
	if e := new(http.MaxBytesError); errors.As(err, &e) {
		return fault.New(fault.TooLarge, "fault.too-large").With("Limit", e.Limit).Because(err)
	}
	return err
}

// Drain reads what is left of a body, a megabyte at most, so that a browser that is
// still sending gets to see the answer.
func Drain(r io.Reader) { _, _ = io.CopyN(io.Discard, r, 1<<20) }
