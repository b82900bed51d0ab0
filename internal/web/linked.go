package web

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/token"
)

// maxLinks is how many requests one browser works on side by side. Their cookies go
// with every call, and proxies take no more than 8 KB of them.
const maxLinks = 12

// linkCookie names the cookie of one request's session: each has its own, so that a
// second link does not end the first.
func linkCookie(assignment string) string {
	sum := sha256.Sum256([]byte(assignment))
	return cookieLink + "-" + hex.EncodeToString(sum[:6])
}

// BeginLink lets this browser work on a request. Beyond maxLinks it ends the session
// that was begun first.
func (f *Frame) BeginLink(c *gin.Context, session token.LinkSession) error {
	cookie, err := f.Keys.SignSession(session, f.Now())
	if err != nil {
		return err
	}
	name := linkCookie(session.Assignment)
	dropLinks(f, c, name)
	f.SetCookie(c, name, cookie, int(token.SessionLife.Seconds()))
	return nil
}

// dropLinks makes room for one more session: those that have ended go, and the oldest.
func dropLinks(f *Frame, c *gin.Context, next string) {
	type held struct {
		name string
		token.LinkSession
	}
	var sessions []held
	for _, cookie := range c.Request.Cookies() {
		name := strings.TrimPrefix(cookie.Name, f.cookieName(""))
		if !strings.HasPrefix(name, cookieLink+"-") || name == next {
			continue
		}
		session, err := f.Keys.ParseSession(cookie.Value, f.Now())
		if err != nil {
			f.SetCookie(c, name, "", -1)
			continue
		}
		sessions = append(sessions, held{name, session})
	}
	slices.SortFunc(sessions, func(a, b held) int { return a.Expires.Compare(b.Expires) })
	for _, old := range sessions[:max(0, len(sessions)-maxLinks+1)] {
		f.SetCookie(c, old.name, "", -1)
	}
}

// begun notes in an address when a session began that leads there.
const begun = "begun"

// Begun is the address to which the beginning of a session leads. It says when that was:
// where no cookie comes back, the browser keeps none.
func (f *Frame) Begun(path string) string {
	return path + "?" + begun + "=" + strconv.FormatInt(f.Now().Unix(), 10)
}

// justBegun tells whether a session began a moment ago, and its cookie would be there.
func (f *Frame) justBegun(c *gin.Context) bool {
	at, err := strconv.ParseInt(c.Query(begun), 10, 64)
	since := f.Now().Sub(time.Unix(at, 0))
	return err == nil && since >= 0 && since < time.Minute
}

// linkSession is this browser's session of a request. Until each request had a cookie
// of its own, one held the last; it goes on until it ends.
func (f *Frame) linkSession(c *gin.Context, assignment string) (token.LinkSession, error) {
	ended := fault.New(fault.Unauthenticated, "fault.link-session")
	for _, name := range []string{linkCookie(assignment), cookieLink} {
		session, err := f.Keys.ParseSession(f.Cookie(c, name), f.Now())
		if err == nil && session.Assignment == assignment {
			return session, nil
		}
		ended = ended.Because(err)
	}
	if f.justBegun(c) {
		ended = fault.New(fault.Unauthenticated, "fault.no-cookies")
	}
	return token.LinkSession{}, ended
}
