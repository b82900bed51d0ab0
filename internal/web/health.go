package web

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
)

// Concern is something about the machine that whoever runs it must know. Its words are
// Key and, on what to do, Key + "-do".
type Concern struct {
	Key     string
	Args    fault.Args
	Part    string // of the installation, one of watch's
	Words   string // for administrators: in the log, by tsunagi health
	Unready bool   // nobody should be sent here until it is mended
}

// concerns are those of now.
func (f *Frame) concerns() []Concern {
	if f.Concerns == nil {
		return nil
	}
	return f.Concerns()
}

// concernsOn gives those that a page shows: the home page, to whoever runs the installation.
func (f *Frame) concernsOn(c *gin.Context, page string) []Concern {
	if !strings.HasPrefix(page, "home/") || !Viewer(c).Can(access.ManageOrg) {
		return nil
	}
	return f.concerns()
}

// room refuses what would fill a disk that is nearly full: a database that cannot write
// ends, and with it all that would still have had room.
func room(f *Frame, r Route) error {
	if !r.grows || f.Low == nil || !f.Low() {
		return nil
	}
	return fault.New(fault.Unavailable, "fault.space")
}

// readyz says whether people may be sent here: to strangers no more than that, and to
// whoever runs the installation how each of its parts is.
func (s *Server) readyz(c *gin.Context) error {
	h := s.Health(c.Request.Context())
	status := http.StatusOK
	if !h.Ready() {
		status = http.StatusServiceUnavailable
	}
	if inside(c.Request) || HasToken(c.Request, s.MetricsToken) {
		c.JSON(status, h.Details())
		return nil
	}
	c.JSON(status, h.Short())
	return nil
}

// passedOn are the headers by which a proxy tells that it passes on somebody else's
// request: one on this machine looks like the machine itself.
var passedOn = []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-Ip", "Via"}

// inside tells whether a request comes from this machine, and from no proxy on it.
func inside(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() || !loopback(nameOf(r.Host)) {
		return false
	}
	for _, name := range passedOn {
		if len(r.Header.Values(name)) > 0 {
			return false
		}
	}
	return true
}
