package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/org"
)

// Next is where a change leads, and what is said there.
type Next struct {
	path string
	said *notice
}

// To leads to a page of ours.
func To(path string) Next { return Next{path: path} }

// Say adds a notice of what was done.
func (n Next) Say(key string, args ...fault.Args) Next { return n.with("success", key, args) }

// Refuse adds a notice of why it was not done.
func (n Next) Refuse(key string, args ...fault.Args) Next { return n.with("error", key, args) }

func (n Next) with(kind, key string, args []fault.Args) Next {
	n.said = &notice{Kind: kind, Key: key}
	if len(args) > 0 {
		n.said.Args = args[0]
	}
	return n
}

// Answer ends every handler that changes something. Without an error the browser goes
// on to the next page. For an error that rules judged (fault.Judged), again shows the
// page again with everything that was typed. Any other error is returned, and so is a
// judged one where again is nil. A form that an earlier post has given its effect leads
// where that one led, whatever the rules say now.
func (f *Frame) Answer(c *gin.Context, err error, again func(problem error) error, to Next) error {
	if err != nil {
		had, done, failed := f.before(c)
		if done || failed != nil {
			return failed
		}
		if had { // and whoever answered it never came to say where it led
			err = nil
		}
	}
	switch {
	case err == nil:
		f.answered(c, to)
		return f.lead(c, to)
	case again != nil && fault.Judged(err):
		return again(err)
	}
	return err
}

// Again gives Answer's again: it shows a page with what was wrong. The data hold what
// was typed.
func (f *Frame) Again(c *gin.Context, shell, name string, data any) func(problem error) error {
	return func(problem error) error { return f.RenderProblem(c, shell, name, data, problem) }
}

// lead sends the browser on, with what is said on the next page.
func (f *Frame) lead(c *gin.Context, to Next) error {
	if to.said != nil {
		f.leaveNotice(c, *to.said)
	}
	return goOn(c, to.path)
}

// goOn sends the browser on. A script is told where, and does not follow by itself: it
// would use up what is said there.
func goOn(c *gin.Context, to string) error {
	if WantsJSON(c) {
		c.Header("Cache-Control", "no-store")
		c.JSON(http.StatusOK, gin.H{"to": to})
		return nil
	}
	return Redirect(c, to)
}

// Choice is one entry of a select.
type Choice struct{ Value, Label string }

// FieldOption is one of the choices of a field, in words.
type FieldOption struct{ Value, Label, Hint string }

// ParseContact reads the fields of a contact window.
func ParseContact(c *gin.Context) org.Contact {
	value := func(name string) string { return strings.TrimSpace(c.PostForm("contact_" + name)) }
	return org.Contact{Department: value("department"), Name: value("name"), Phone: value("phone"),
		Email: value("email"), Hours: value("hours"),
		DepartmentEN: value("department_en"), NameEN: value("name_en"), HoursEN: value("hours_en")}
}
