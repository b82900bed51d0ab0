package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/org"
)

// links finds the assignment that a link names, for whoever then checks the link.
type links interface {
	ByID(ctx context.Context, id string) (campaign.Assignment, error)
}

// Cookie names. The __Host- prefix binds a cookie to this host and to TLS; it is
// left out on plain HTTP, where browsers would refuse it.
const (
	CookieUser = "tsunagi"
	cookieLink = "tsunagi-answer" // and what the name of its request gives
	CookieLang = "tsunagi-lang"
	// CookieDevice says that this browser has signed in before.
	CookieDevice = "tsunagi-device"
	cookieNote   = "tsunagi-note"
)

const (
	keyViewer  = "viewer"
	keyAccount = "account"
	keyLang    = "lang"
	keyRequest = "request"
	keyGuard   = "guard"
	keyFile    = "file"
)

func (f *Frame) secure() bool { return f.Base.Scheme == "https" }

func (f *Frame) cookieName(name string) string {
	if f.secure() {
		return "__Host-" + name
	}
	return name
}

// SetCookie sets a cookie that scripts cannot read and other sites do not send.
// Links from mail must keep the session, hence Lax. maxAge is in seconds; 0 lives
// as long as the browser, below 0 removes.
func (f *Frame) SetCookie(c *gin.Context, name, value string, maxAge int) {
	http.SetCookie(c.Writer, &http.Cookie{Name: f.cookieName(name), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: f.secure(), SameSite: http.SameSiteLaxMode})
}

// Cookie is the value of a cookie of ours, "" when there is none.
func (f *Frame) Cookie(c *gin.Context, name string) string {
	v, err := c.Request.Cookie(f.cookieName(name))
	if err != nil {
		return ""
	}
	return v.Value
}

// identify puts the viewer of the request into the context. Pages for suppliers
// know only the link session, all others only the account: one browser may hold
// both.
func (s *Server) identify(c *gin.Context, g Guard) error {
	if g.kind == link {
		return s.identifyLink(c, g)
	}
	cookie := s.Cookie(c, CookieUser)
	if cookie == "" {
		return nil
	}
	account, err := s.accounts.Authenticate(c.Request.Context(), cookie)
	if fault.KindOf(err) == fault.Unauthenticated {
		return nil
	}
	if err != nil {
		if g.kind == public {
			return nil // the sign-in page and health must answer while the database is away
		}
		return err
	}
	c.Set(keyAccount, account)
	c.Set(keyViewer, account.Viewer())
	return nil
}

// identifyLink admits a link session while its link has its right. That is judged
// here for every page, file and write, except where the handler is one conditional
// write (LinkedWrite): its filter judges, so that saving an answer needs no read.
func (s *Server) identifyLink(c *gin.Context, g Guard) error {
	session, err := s.linkSession(c, c.Param("assignment"))
	if err != nil {
		return err
	}
	if !g.inWrite {
		a, err := s.links.ByID(c.Request.Context(), session.Assignment)
		if err == nil {
			Proven(c, a)
			err = a.CheckLink(session.Generation)
		}
		if err == nil && g.writes {
			err = a.CheckWrite(session.Generation, s.Now())
		}
		if err != nil {
			return err
		}
	}
	c.Set(keyViewer, access.Supplier(session.Org, session.Assignment, session.Generation, ""))
	return nil
}

// Proven notes the request that a link or its session has proven, also one that has no
// right any more: an error's page names its buyer.
func Proven(c *gin.Context, a campaign.Assignment) { c.Set(keyRequest, a) }

// proven is the request that was noted so, without an id when none was.
func proven(c *gin.Context) campaign.Assignment {
	got, _ := c.Get(keyRequest)
	a, _ := got.(campaign.Assignment)
	return a
}

// Viewer is who asks; the zero viewer when nobody is signed in.
func Viewer(c *gin.Context) access.Viewer {
	v, _ := c.Get(keyViewer)
	got, _ := v.(access.Viewer)
	return got
}

// Account is the signed-in user's, false for suppliers and strangers.
func Account(c *gin.Context) (org.Account, bool) {
	v, _ := c.Get(keyAccount)
	got, ok := v.(org.Account)
	return got, ok
}

// language is what the reader chose, else what the browser asks for, else Japanese.
func (f *Frame) language(c *gin.Context) string {
	if q := c.Query("lang"); q == "ja" || q == "en" {
		f.SetCookie(c, CookieLang, q, 365*24*3600)
		return q
	}
	if v := f.Cookie(c, CookieLang); v == "ja" || v == "en" {
		return v
	}
	if accept := c.GetHeader("Accept-Language"); accept != "" && !strings.Contains(accept, "ja") &&
		strings.HasPrefix(strings.TrimSpace(accept), "en") {
		return "en"
	}
	return "ja"
}

// withoutLang takes the choice of a language, once it is made, out of the address: links
// that keep the filters of a page would choose it again; and when a session began. Who
// asks for them by name is answered from what the router remembers.
func withoutLang(c *gin.Context) {
	query := c.Request.URL.Query()
	if query.Has("lang") || query.Has(begun) {
		query.Del("lang")
		query.Del(begun)
		c.Request.URL.RawQuery = query.Encode()
	}
}

// SetLang answers this request in another language.
func SetLang(c *gin.Context, lang string) { c.Set(keyLang, lang) }

// Lang is the language in which the request is answered.
func Lang(c *gin.Context) string { return c.GetString(keyLang) }
