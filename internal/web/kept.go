package web

import (
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
)

// keptPage answers a form that could not be taken, for want of a session or of the
// database: what was posted stands in it, and can be posted again. The server keeps
// nothing of it.
type keptPage struct {
	errorPage
	Fields []keptField
	Files  []keptFile
	Path   string // where it was posted
	Action string // the same, with what followed in the address
	Resend bool   // it may be taken the next time
	Linked bool   // it was a supplier's
}

type keptField struct{ Name, Value string }

// keptFile is a file that was chosen: no page can choose it again.
type keptFile struct{ Name, File string }

// Here is where the form is posted: a change of language sends it, and is answered with it.
func (p keptPage) Here() string { return p.Path }

// Keeps names the form that a change of language sends.
func (p keptPage) Keeps() string { return "kept" }

// Title is the message key of the page's heading.
func (p keptPage) Title() string {
	var e *fault.Error
	switch {
	case !p.Resend:
		return p.errorPage.Title()
	case errors.As(p.Problem, &e) && slices.Contains(unsure, e.Key):
		return "error.title-unsure"
	}
	return "error.title-kept"
}

// unsure are the errors that leave open whether the form had its effect: a database that
// does not answer may yet carry out what it was given.
var unsure = []string{"fault.unavailable", "fault.internal"}

// How is the message key of what to do.
func (p keptPage) How() string {
	switch {
	case !p.Resend:
		return "error.kept-refused"
	case p.Kind != fault.Unauthenticated.String():
		return "error.kept-later"
	case p.Linked:
		return "error.kept-link"
	}
	return "error.kept-sign-in"
}

// coded are values that a page chose: nobody typed them.
var coded = regexp.MustCompile(`^[\w.:-]*$`)

// Written lists what a person wrote, for reading and copying.
func (p keptPage) Written() []string {
	var out []string
	given := map[string]bool{}
	for _, f := range p.Fields {
		if !coded.MatchString(f.Value) && !given[f.Value] {
			out, given[f.Value] = append(out, f.Value), true
		}
	}
	return out
}

// resends are the errors after which the same form may be taken.
var resends = []fault.Kind{fault.Unauthenticated, fault.Unavailable, fault.TooMany, fault.Internal}

// keep gives the page for a form that was refused, false where there is nothing to keep:
// it came from another site, cannot be read, or nobody wrote anything.
func keep(c *gin.Context, refused errorPage, kind fault.Kind) (keptPage, bool) {
	got, _ := c.Get(keyGuard)
	g, _ := got.(Guard)
	guarded := g.kind == member || g.kind == link
	if c.Request.Method != http.MethodPost || !guarded || kind == fault.Forbidden || kind == fault.NotFound {
		return keptPage{}, false
	}
	form, files := posted(c)
	if len(form) == 0 || tidied(form) != nil {
		return keptPage{}, false
	}
	path := "/" + strings.TrimLeft(c.Request.URL.EscapedPath(), "/") // "//…" would be another site
	p := keptPage{errorPage: refused, Files: files, Path: path, Action: path, Resend: slices.Contains(resends, kind), Linked: g.Link()}
	if c.Request.URL.RawQuery != "" {
		p.Action += "?" + c.Request.URL.RawQuery
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if slices.Contains(secrets, name) {
			p.Resend = false // never shown, and without it the form is none
			continue
		}
		for _, value := range form[name] {
			p.Fields = append(p.Fields, keptField{name, value})
		}
	}
	p.SignIn = p.Resend && !p.Linked && Viewer(c).Kind == access.Nobody
	return p, p.Resend || len(p.Written()) > 0
}

// posted is what a call brings: as it was read, or as far as it can be now. Of files it
// gives the names, and reads none.
func posted(c *gin.Context) (url.Values, []keptFile) {
	r := c.Request
	if r.MultipartForm != nil {
		taken, _ := c.Get(keyFile)
		if file, ok := taken.(keptFile); ok {
			return r.PostForm, []keptFile{file}
		}
		return r.PostForm, nil
	}
	parts, err := r.MultipartReader()
	if err == nil {
		return untilFile(parts)
	}
	var escape url.EscapeError
	if err := r.ParseForm(); err != nil && !errors.As(err, &escape) {
		return nil, nil
	}
	return r.PostForm, nil
}

// maxKept is how many fields a form in parts has at most; no page of ours has as many.
const maxKept = 1000

// untilFile reads the fields of a form in parts until a file begins; files stand last.
func untilFile(parts *multipart.Reader) (url.Values, []keptFile) {
	form := url.Values{}
	left := int64(defaultBody)
	for range maxKept {
		part, err := parts.NextPart()
		if err != nil {
			break
		}
		if part.FileName() != "" {
			return form, []keptFile{{part.FormName(), part.FileName()}}
		}
		value, err := io.ReadAll(io.LimitReader(part, left))
		if left -= int64(len(value) + len(part.FormName())); err != nil || left <= 0 {
			break
		}
		form.Add(part.FormName(), string(value))
	}
	return form, nil
}
