package account

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
	"tsunagi/internal/web"
)

// accountPages are signing in and out, and one's own account.
type accountPages struct {
	*web.Frame
	accounts *org.Service
}

func (s accountPages) routes() []web.Route {
	own := web.Needs(access.ManageAccount)
	return []web.Route{
		web.Get("/sign-in", web.Open(), s.showSignIn),
		web.Post("/sign-in", web.Open(), s.signIn),
		web.Post("/sign-out", own, s.signOut),
		web.Post("/switch", own, s.switchOrg),
		web.Get("/account", own, s.showAccount),
		web.Post("/account", own, s.changeProfile),
		web.Post("/account/password", own, s.changePassword),
		web.Get("/forgot", web.Open(), s.showForgot),
		web.Post("/forgot", web.Open(), s.askReset),
		web.Get("/reset/:token", web.Open(), s.showReset),
		web.Post("/reset/:token", web.Open(), s.reset),
		web.Get("/invite/:token", web.Open(), s.showInvite),
		web.Post("/invite/:token", web.Open(), s.acceptInvite),
		web.Get("/setup/:token", web.Open(), s.showSetup),
		web.Post("/setup/:token", web.Open(), s.setup),
	}
}

type signInForm struct {
	Email string
	Next  string
	Demo  bool
}

func (s accountPages) showSignIn(c *gin.Context) error {
	if web.Viewer(c).Kind == access.Member {
		return web.Redirect(c, "/")
	}
	return s.RenderPlain(c, "account/sign-in", signInForm{Next: localPath(c.Query("next")), Demo: s.Mode == web.Demo})
}

func (s accountPages) signIn(c *gin.Context) error {
	form := signInForm{Email: c.PostForm("email"), Next: localPath(c.PostForm("next")), Demo: s.Mode == web.Demo}
	cookie, err := s.accounts.SignIn(c.Request.Context(), form.Email, c.PostForm("password"), s.from(c, form.Email))
	if err == nil {
		s.welcome(c, form.Email, cookie)
	}
	return s.Answer(c, err, s.Again(c, "plain", "account/sign-in", form), web.To(form.Next))
}

// from is where somebody tries a password: a browser that has signed in with the same
// address before is known by its cookie.
func (s accountPages) from(c *gin.Context, email string) org.From {
	from := org.From{Address: c.ClientIP()}
	cookie := s.Cookie(c, web.CookieDevice)
	id, err := token.LinkID(cookie)
	if err == nil && org.IsDevice(id, email) && s.Keys.Valid(cookie, token.Device, id, 1) {
		from.Device = id
	}
	return from
}

// knownFor is for how long a browser is known after it last signed in, in seconds.
const knownFor = 180 * 24 * 3600

// welcome keeps a new session in the browser, which is known from now on.
func (s accountPages) welcome(c *gin.Context, email, session string) {
	s.SetCookie(c, web.CookieUser, session, 0)
	s.know(c, email)
}

// know notes in the browser that its user has shown to be who has the address.
func (s accountPages) know(c *gin.Context, email string) {
	id := s.from(c, email).Device
	if id == "" {
		id = org.NewDevice(email, s.NewID())
	}
	s.SetCookie(c, web.CookieDevice, s.Keys.Link(token.Device, id, 1), knownFor)
}

// localPath keeps a redirect on this site: a path of ours, else the home page. Browsers
// leave tabs and line ends out of addresses, and then "/\t/" begins another site's.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsFunc(next, neverInPath) {
		return "/"
	}
	return next
}

// neverInPath tells of signs that browsers leave out or read as others, and of those that
// are not seen.
func neverInPath(r rune) bool { return r == '\\' || !unicode.IsPrint(r) }

func (s accountPages) signOut(c *gin.Context) error {
	err := s.accounts.SignOut(c.Request.Context(), s.Cookie(c, web.CookieUser))
	if err == nil {
		s.SetCookie(c, web.CookieUser, "", -1)
	}
	return s.Answer(c, err, nil, web.To("/sign-in").Say("account.signed-out"))
}

func (s accountPages) switchOrg(c *gin.Context) error {
	a, _ := web.Account(c)
	err := s.accounts.Switch(c.Request.Context(), a, s.Cookie(c, web.CookieUser), c.PostForm("org"))
	return s.Answer(c, err, nil, web.To("/"))
}

type accountForm struct {
	Email, Name, Lang string
	Roles             []access.Role
}

func (s accountPages) accountForm(c *gin.Context) accountForm {
	a, _ := web.Account(c)
	return accountForm{Email: a.User.Email, Name: a.User.Name, Lang: a.User.Lang, Roles: a.Membership.Roles}
}

func (s accountPages) showAccount(c *gin.Context) error {
	return s.Render(c, "account/account", s.accountForm(c))
}

func (s accountPages) changeProfile(c *gin.Context) error {
	a, _ := web.Account(c)
	form := s.accountForm(c)
	form.Name, form.Lang = c.PostForm("name"), c.PostForm("lang")
	err := s.accounts.ChangeProfile(c.Request.Context(), a, form.Name, form.Lang)
	return s.Answer(c, err, s.Again(c, "app", "account/account", form), web.To("/account").Say("account.saved"))
}

func (s accountPages) changePassword(c *gin.Context) error {
	a, _ := web.Account(c)
	err := s.accounts.ChangePassword(c.Request.Context(), a, c.PostForm("present"), c.PostForm("password"))
	if err == nil {
		s.SetCookie(c, web.CookieUser, "", -1)
	}
	return s.Answer(c, err, s.Again(c, "app", "account/account", s.accountForm(c)), web.To("/sign-in").Say("account.password-changed"))
}

type forgotForm struct {
	Email string
	Sent  bool
}

func (s accountPages) showForgot(c *gin.Context) error {
	return s.RenderPlain(c, "account/forgot", forgotForm{})
}

// askReset queues a mail with a reset link. No redirect follows: the page itself says
// that the mail is on its way.
func (s accountPages) askReset(c *gin.Context) error {
	form := forgotForm{Email: c.PostForm("email")}
	begun := time.Now()
	err := s.accounts.AskReset(c.Request.Context(), form.Email, c.ClientIP())
	waitEvenly(c.Request.Context(), begun)
	if err == nil {
		form.Sent = true
		return s.RenderPlain(c, "account/forgot", form)
	}
	return s.Answer(c, err, s.Again(c, "plain", "account/forgot", form), web.Next{})
}

// beat is what the time of an answer is a multiple of where it must tell nothing.
const beat = 300 * time.Millisecond

// waitEvenly waits until a whole number of beats has passed since something was begun:
// how long it took does not tell whether there is such an account.
func waitEvenly(ctx context.Context, begun time.Time) {
	select {
	case <-ctx.Done():
	case <-time.After(beat - time.Since(begun)%beat):
	}
}

func (s accountPages) resetUser(c *gin.Context) (org.User, error) {
	id, err := token.LinkID(c.Param("token"))
	if err != nil {
		return org.User{}, web.Gone("fault.org.reset-gone")
	}
	u, err := s.accounts.ResetUser(c.Request.Context(), id)
	if fault.KindOf(err) == fault.NotFound || err == nil && !s.Keys.Valid(c.Param("token"), token.Reset, id, u.ResetGeneration) {
		return org.User{}, web.Gone("fault.org.reset-gone")
	}
	return u, err
}

type resetForm struct{ Email string }

func (s accountPages) showReset(c *gin.Context) error {
	u, err := s.resetUser(c)
	if err != nil {
		return err
	}
	return s.RenderPlain(c, "account/reset", resetForm{Email: u.Email})
}

func (s accountPages) reset(c *gin.Context) error {
	u, err := s.resetUser(c)
	if err != nil {
		return err
	}
	err = s.accounts.Reset(c.Request.Context(), u, c.PostForm("password"))
	if err == nil {
		s.know(c, u.Email)
	}
	return s.Answer(c, err, s.Again(c, "plain", "account/reset", resetForm{Email: u.Email}), web.To("/sign-in").Say("account.password-changed"))
}

type inviteForm struct {
	Invitation   org.Invitation
	Organization string
	Known        bool // the address already has an account
	Name         string
}

func (s accountPages) invitation(c *gin.Context) (inviteForm, error) {
	id, err := token.LinkID(c.Param("token"))
	if err != nil {
		return inviteForm{}, web.Gone("fault.org.invitation-gone")
	}
	i, known, err := s.accounts.Invitation(c.Request.Context(), id)
	if fault.KindOf(err) == fault.NotFound || err == nil && !s.Keys.Valid(c.Param("token"), token.Invite, id, i.Generation) {
		return inviteForm{}, web.Gone("fault.org.invitation-gone")
	}
	if err != nil {
		return inviteForm{}, err
	}
	o, err := s.accounts.Organization(c.Request.Context(), access.System(i.Org, "invitation"))
	return inviteForm{Invitation: i, Organization: o.Name, Known: known, Name: i.Name}, err
}

func (s accountPages) showInvite(c *gin.Context) error {
	form, err := s.invitation(c)
	if err != nil {
		return err
	}
	return s.RenderPlain(c, "account/invite", form)
}

func (s accountPages) acceptInvite(c *gin.Context) error {
	form, err := s.invitation(c)
	if err != nil {
		return err
	}
	form.Name = c.PostForm("name")
	cookie, err := s.accounts.Accept(c.Request.Context(), form.Invitation, form.Name, c.PostForm("password"), web.Lang(c))
	if err == nil {
		s.welcome(c, form.Invitation.Email, cookie)
	}
	return s.Answer(c, err, s.Again(c, "plain", "account/invite", form), web.To("/"))
}

// setupID is what the one-time set-up link is made of: it works as long as nobody
// has an account.
const setupID = "first-owner"

// SetupPath is the one-time address that `serve` prints on a new installation.
func SetupPath(k *token.Keys) string { return "/setup/" + k.Link(token.Setup, setupID, 1) }

func (s accountPages) checkSetup(c *gin.Context) error {
	needs, err := s.accounts.NeedsOwner(c.Request.Context())
	if err != nil {
		return err
	}
	if !needs || !s.Keys.Valid(c.Param("token"), token.Setup, setupID, 1) {
		return web.Gone("fault.org.setup-gone")
	}
	return nil
}

func (s accountPages) showSetup(c *gin.Context) error {
	if err := s.checkSetup(c); err != nil {
		return err
	}
	return s.RenderPlain(c, "account/setup", org.NewOwner{})
}

func (s accountPages) setup(c *gin.Context) error {
	if err := s.checkSetup(c); err != nil {
		return err
	}
	form := org.NewOwner{Organization: c.PostForm("organization"), Name: c.PostForm("name"), Email: c.PostForm("email"),
		Password: c.PostForm("password"), Lang: web.Lang(c), First: true}
	_, _, err := s.accounts.CreateOwner(c.Request.Context(), form)
	form.Password = ""
	if fault.KindOf(err) == fault.Conflict { // somebody was faster by a moment
		return web.Gone("fault.org.setup-gone")
	}
	if err == nil {
		cookie, err := s.accounts.SignIn(c.Request.Context(), form.Email, c.PostForm("password"), s.from(c, form.Email))
		if err != nil {
			return err
		}
		s.welcome(c, form.Email, cookie)
	}
	return s.Answer(c, err, s.Again(c, "plain", "account/setup", form), web.To("/settings"))
}
