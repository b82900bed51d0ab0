package web

import (
	"context"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/notify"
)

// sendingReader tells whether mail leaves.
type sendingReader interface {
	Pause(ctx context.Context) (notify.Pause, error)
}

// standstill is the banner that says why no mail leaves at this moment.
type standstill struct {
	Restored bool // the data came out of a backup, and nobody has confirmed that mail may leave
	NoServer bool // no mail server is named, and nobody keeps what would leave
	notify.Pause
	Now time.Time
}

// Due tells whether the next mail already may find out if the server takes it.
func (s standstill) Due() bool { return !s.Until.After(s.Now) }

// unserved tells whether mails stay queued because no mail server is named.
func (f *Frame) unserved() bool { return !f.MailSet && !f.MailboxOn() }

// restored tells whether mail waits for the word of the administrator after a restore.
func restored(f *Frame, c *gin.Context) bool { return f.Held != nil && f.Held(c.Request.Context()) }

// StandsStill tells whether no mail leaves at this moment.
func (f *Frame) StandsStill(c *gin.Context) bool {
	if restored(f, c) || f.unserved() {
		return true
	}
	p, err := pause(f, c)
	return err == nil && p.On()
}

const keyPause = "pause"

// pause tells whether sending pauses; a page asks once, whatever tells of it.
func pause(f *Frame, c *gin.Context) (notify.Pause, error) {
	if p, asked := c.Value(keyPause).(notify.Pause); asked {
		return p, nil
	}
	p, err := f.Sending.Pause(c.Request.Context())
	if err == nil {
		c.Set(keyPause, p)
	}
	return p, err
}

// pausedPages begin the names of the pages that tell of a pause: those where people
// look for mails.
var pausedPages = []string{"home/", "delivery/", "campaigns/", "users/", "review/"}

// standstill gives the banner of a page, nil when there is nothing to tell. That mail is
// held after a restore, or no server is named, stands on every page; a pause where people
// look for their mails.
// A database that does not answer is no reason for a banner: the page itself fails.
func (f *Frame) standstill(c *gin.Context, page string) *standstill {
	if restored(f, c) {
		return &standstill{Restored: true, Now: f.Now()}
	}
	if f.unserved() {
		return &standstill{NoServer: true, Now: f.Now()}
	}
	if !Viewer(c).Can(access.ViewDelivery) {
		return nil
	}
	for _, prefix := range pausedPages {
		if !strings.HasPrefix(page, prefix) {
			continue
		}
		p, err := pause(f, c)
		if err != nil || !p.On() {
			return nil
		}
		return &standstill{Pause: p, Now: f.Now()}
	}
	return nil
}
