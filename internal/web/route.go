package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
)

// Guard says who may come in at a route. The zero value lets nobody in.
type Guard struct {
	kind       guardKind
	permission access.Permission
	writes     bool // it changes the sheet: the link must have the right to
	inWrite    bool // the handler's one write judges the link itself
}

type guardKind int

const (
	denied guardKind = iota
	public           // anybody: sign-in, static files, health
	member           // a signed-in user whose role holds the permission
	link             // a supplier's link session
)

// Open lets anybody in.
func Open() Guard { return Guard{kind: public} }

// Needs lets in users whose role holds the permission.
func Needs(p access.Permission) Guard { return Guard{kind: member, permission: p} }

// Linked lets in a supplier by its link session, while the link has its right.
func Linked() Guard { return Guard{kind: link, permission: access.AnswerRequest} }

// LinkedChange is Linked for what changes the sheet: while it takes answers.
func LinkedChange() Guard {
	return Guard{kind: link, permission: access.AnswerRequest, writes: true}
}

// LinkedWrite is LinkedChange for a handler that is one conditional write: its filter judges
// the link's right, and no read comes before it.
func LinkedWrite() Guard {
	return Guard{kind: link, permission: access.AnswerRequest, inWrite: true}
}

func (g Guard) allows(v access.Viewer) bool { return g.kind == public || v.Can(g.permission) }

// Public tells whether the guard lets anybody in.
func (g Guard) Public() bool { return g.kind == public }

// Link tells whether the guard lets in link sessions alone.
func (g Guard) Link() bool { return g.kind == link }

// Handler serves one route. An error that it returns is served in one place.
type Handler func(c *gin.Context) error

// Route is one row of the route table. A test walks every row with every role,
// with own and foreign records.
type Route struct {
	Method  string
	Path    string
	Guard   Guard
	Handler Handler
	Limit   int64 // the largest body in bytes; 0 means defaultBody
	files   bool  // the form brings files, and the handler reads it
	noData  bool  // it needs no database
	grows   bool  // it takes much room on the disk
}

const (
	defaultBody = 256 << 10 // forms: texts of a campaign, a section of answers

	// SaveBody is the largest body of one answer.
	SaveBody = 64 << 10
)

// Get is a route that shows something and changes nothing.
func Get(path string, g Guard, h Handler) Route {
	return Route{Method: http.MethodGet, Path: path, Guard: g, Handler: h}
}

// Post is a route that changes something.
func Post(path string, g Guard, h Handler) Route {
	return Route{Method: http.MethodPost, Path: path, Guard: g, Handler: h}
}

// WithFiles lets a form bring files, and raises the limit of its body. The handler reads
// it with TakeUpload, since it knows best what to say when that breaks off.
func (r Route) WithFiles(bytes int64) Route {
	r.files, r.grows = true, true
	return r.UpTo(bytes)
}

// Grows says that what it begins takes much room on the disk.
func (r Route) Grows() Route {
	r.grows = true
	return r
}

// UpTo raises the limit of the body.
func (r Route) UpTo(bytes int64) Route {
	r.Limit = bytes
	return r
}

// alone says that the route needs no database.
func (r Route) alone() Route {
	r.noData = true
	return r
}
