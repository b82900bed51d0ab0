package web

import (
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
	Words   string // for /readyz and the log
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

// health is what /readyz says, and whether people may be sent here.
func (s *Server) health(c *gin.Context) (text string, ready bool) {
	why := ""
	if away := s.trouble(); away != nil {
		why = ": " + away.Error()
	} else if err := s.Ready(c.Request.Context()); err == nil {
		ready = true
	} else {
		s.Log.Warn("not ready", "error", err)
		if away := s.trouble(); away != nil {
			why = ": " + away.Error()
		}
	}
	text = "ready\n"
	if !ready {
		text = "database not ready" + why + "\n"
	}
	for _, concern := range s.concerns() {
		if concern.Unready && ready {
			text, ready = "not ready\n", false
		}
		text += concern.Words + "\n"
	}
	return text, ready
}
