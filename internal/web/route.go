package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
)

// guard says who may come in at a route. The zero value lets nobody in.
type guard struct {
	kind       guardKind
	permission access.Permission
	inWrite    bool // the handler's one write judges the link itself
}

type guardKind int

const (
	denied guardKind = iota
	public           // anybody: sign-in, static files, health
	member           // a signed-in user whose role holds the permission
	link             // a supplier's link session
)

func open() guard                           { return guard{kind: public} }
func needs(p access.Permission) guard       { return guard{kind: member, permission: p} }
func linked() guard                         { return guard{kind: link, permission: access.AnswerRequest} }
func linkedWrite() guard                    { return guard{kind: link, permission: access.AnswerRequest, inWrite: true} }
func (g guard) allows(v access.Viewer) bool { return g.kind == public || v.Can(g.permission) }

// handler serves one route. An error that it returns is served in one place.
type handler func(c *gin.Context) error

// route is one row of the route table. A test walks every row with every role,
// with own and foreign records.
type route struct {
	method  string
	path    string
	guard   guard
	handler handler
	limit   int64 // the largest body in bytes; 0 means defaultBody
}

const (
	defaultBody = 256 << 10 // forms: texts of a campaign, a section of answers
	saveBody    = 64 << 10  // one answer
)

func get(path string, g guard, h handler) route {
	return route{method: http.MethodGet, path: path, guard: g, handler: h}
}

func post(path string, g guard, h handler) route {
	return route{method: http.MethodPost, path: path, guard: g, handler: h}
}

// upTo raises the limit of the body.
func (r route) upTo(bytes int64) route {
	r.limit = bytes
	return r
}

// Route is a row of the table as tests see it.
type Route struct {
	Method, Path string
	Public, Link bool
	Permission   access.Permission
}

// Routes lists the whole table.
func (s *Server) Routes() []Route {
	var out []Route
	for _, r := range s.routes() {
		out = append(out, Route{Method: r.method, Path: r.path, Public: r.guard.kind == public,
			Link: r.guard.kind == link, Permission: r.guard.permission})
	}
	return out
}
