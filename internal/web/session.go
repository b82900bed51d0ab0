package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/org"
)

// Cookie names. The __Host- prefix binds a cookie to this host and to TLS; it is
// left out on plain HTTP, where browsers would refuse it.
const (
	cookieUser = "tsunagi"
	cookieLink = "tsunagi-answer"
	cookieLang = "tsunagi-lang"
	cookieNote = "tsunagi-note"
)

const (
	keyViewer  = "viewer"
	keyAccount = "account"
	keyLang    = "lang"
)

func (s *Server) secure() bool { return s.Base.Scheme == "https" }

func (s *Server) cookieName(name string) string {
	if s.secure() {
		return "__Host-" + name
	}
	return name
}

// setCookie sets a cookie that scripts cannot read and other sites do not send.
// Links from mail must keep the session, hence Lax. maxAge is in seconds; 0 lives
// as long as the browser, below 0 removes.
func (s *Server) setCookie(c *gin.Context, name, value string, maxAge int) {
	http.SetCookie(c.Writer, &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode})
}

func (s *Server) cookie(c *gin.Context, name string) string {
	v, err := c.Request.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return v.Value
}

// identify puts the viewer of the request into the context. Pages for suppliers
// know only the link session, all others only the account: one browser may hold
// both.
func (s *Server) identify(c *gin.Context, g guard) error {
	if g.kind == link {
		return s.identifyLink(c, g)
	}
	cookie := s.cookie(c, cookieUser)
	if cookie == "" {
		return nil
	}
	account, err := s.Accounts.Authenticate(c.Request.Context(), cookie)
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
// here for every page, file and write; only where one write does everything does its
// own filter judge, so that saving an answer needs no read.
func (s *Server) identifyLink(c *gin.Context, g guard) error {
	session, err := s.Keys.ParseSession(s.cookie(c, cookieLink), s.Now())
	if err != nil {
		return fault.New(fault.Unauthenticated, "fault.link-session").Because(err)
	}
	if c.Param("assignment") != session.Assignment {
		return fault.New(fault.Unauthenticated, "fault.link-other") // another link was opened in this browser since
	}
	if !g.inWrite {
		a, err := s.Links.ByID(c.Request.Context(), session.Assignment)
		if err == nil {
			err = a.CheckLink(session.Generation)
		}
		if err != nil {
			return err
		}
	}
	c.Set(keyViewer, access.Supplier(session.Org, session.Assignment, session.Generation, ""))
	return nil
}

// viewer is who asks; the zero viewer when nobody is signed in.
func viewer(c *gin.Context) access.Viewer {
	v, _ := c.Get(keyViewer)
	got, _ := v.(access.Viewer)
	return got
}

// account is the signed-in user's, false for suppliers and strangers.
func account(c *gin.Context) (org.Account, bool) {
	v, _ := c.Get(keyAccount)
	got, ok := v.(org.Account)
	return got, ok
}

// language is what the reader chose, else what the browser asks for, else Japanese.
func (s *Server) language(c *gin.Context) string {
	if q := c.Query("lang"); q == "ja" || q == "en" {
		s.setCookie(c, cookieLang, q, 365*24*3600)
		return q
	}
	if v := s.cookie(c, cookieLang); v == "ja" || v == "en" {
		return v
	}
	if accept := c.GetHeader("Accept-Language"); accept != "" && !strings.Contains(accept, "ja") &&
		strings.HasPrefix(strings.TrimSpace(accept), "en") {
		return "en"
	}
	return "ja"
}

func lang(c *gin.Context) string { return c.GetString(keyLang) }
