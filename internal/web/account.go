package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
)

// accountRoutes are signing in and out, and one's own account.
func (s *Server) accountRoutes() []route {
	return []route{
		get("/sign-in", open(), s.showSignIn),
		post("/sign-in", open(), s.signIn),
		post("/sign-out", needs(access.ManageAccount), s.signOut),
		post("/switch", needs(access.ManageAccount), s.switchOrg),
		get("/account", needs(access.ManageAccount), s.showAccount),
		post("/account", needs(access.ManageAccount), s.changeProfile),
		post("/account/password", needs(access.ManageAccount), s.changePassword),
		get("/forgot", open(), s.showForgot),
		post("/forgot", open(), s.askReset),
		get("/reset/:token", open(), s.showReset),
		post("/reset/:token", open(), s.reset),
		get("/invite/:token", open(), s.showInvite),
		post("/invite/:token", open(), s.acceptInvite),
		get("/setup/:token", open(), s.showSetup),
		post("/setup/:token", open(), s.setup),
	}
}

type signInForm struct {
	Email string
	Next  string
	Demo  bool
}

func (s *Server) showSignIn(c *gin.Context) error {
	if viewer(c).Kind == access.Member {
		return redirect(c, "/")
	}
	return s.renderPlain(c, "account/sign-in", signInForm{Next: localPath(c.Query("next")), Demo: s.Mode == Demo})
}

func (s *Server) signIn(c *gin.Context) error {
	form := signInForm{Email: c.PostForm("email"), Next: localPath(c.PostForm("next")), Demo: s.Mode == Demo}
	cookie, err := s.Accounts.SignIn(c.Request.Context(), form.Email, c.PostForm("password"), c.ClientIP())
	switch fault.KindOf(err) {
	case fault.Invalid, fault.TooMany:
		if err != nil {
			return s.renderPage(c, statuses[fault.KindOf(err)], "plain", "account/sign-in", form, err)
		}
	}
	if err != nil {
		return err
	}
	s.setCookie(c, cookieUser, cookie, 0)
	return redirect(c, form.Next)
}

// localPath keeps a redirect on this site: a path of ours, else the home page.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return next
}

func (s *Server) signOut(c *gin.Context) error {
	if err := s.Accounts.SignOut(c.Request.Context(), s.cookie(c, cookieUser)); err != nil {
		return err
	}
	s.setCookie(c, cookieUser, "", -1)
	return s.redirectWith(c, "/sign-in", "success", "account.signed-out")
}

func (s *Server) switchOrg(c *gin.Context) error {
	a, _ := account(c)
	if err := s.Accounts.Switch(c.Request.Context(), a, s.cookie(c, cookieUser), c.PostForm("org")); err != nil {
		return err
	}
	return redirect(c, "/")
}

type accountForm struct {
	Email, Name, Lang string
	Role              access.Role
	Problem           string // which of the two forms has one
}

func (s *Server) accountForm(c *gin.Context) accountForm {
	a, _ := account(c)
	return accountForm{Email: a.User.Email, Name: a.User.Name, Lang: a.User.Lang, Role: a.Membership.Role}
}

func (s *Server) showAccount(c *gin.Context) error {
	return s.render(c, "account/account", s.accountForm(c))
}

func (s *Server) changeProfile(c *gin.Context) error {
	a, _ := account(c)
	form := s.accountForm(c)
	form.Name, form.Lang = c.PostForm("name"), c.PostForm("lang")
	err := s.Accounts.ChangeProfile(c.Request.Context(), a, form.Name, form.Lang)
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "app", "account/account", form, err)
	}
	if err != nil {
		return err
	}
	return s.redirectWith(c, "/account", "success", "account.saved")
}

func (s *Server) changePassword(c *gin.Context) error {
	a, _ := account(c)
	err := s.Accounts.ChangePassword(c.Request.Context(), a, c.PostForm("present"), c.PostForm("password"))
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "app", "account/account", s.accountForm(c), err)
	}
	if err != nil {
		return err
	}
	s.setCookie(c, cookieUser, "", -1)
	return s.redirectWith(c, "/sign-in", "success", "account.password-changed")
}

type forgotForm struct {
	Email string
	Sent  bool
}

func (s *Server) showForgot(c *gin.Context) error {
	return s.renderPlain(c, "account/forgot", forgotForm{})
}

func (s *Server) askReset(c *gin.Context) error {
	form := forgotForm{Email: c.PostForm("email")}
	err := s.Accounts.AskReset(c.Request.Context(), form.Email, c.ClientIP())
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.TooMany) {
		return s.renderPage(c, statuses[kind], "plain", "account/forgot", form, err)
	}
	if err != nil {
		return err
	}
	s.WakeMail()
	form.Sent = true
	return s.renderPlain(c, "account/forgot", form)
}

// gone is the answer to a link that does not work, whatever the reason: altered,
// of another purpose, used, revoked or expired.
func gone(key string) error { return fault.New(fault.Gone, key) }

func (s *Server) resetUser(c *gin.Context) (org.User, error) {
	id, err := token.LinkID(c.Param("token"))
	if err != nil {
		return org.User{}, gone("fault.org.reset-gone")
	}
	u, err := s.Accounts.ResetUser(c.Request.Context(), id)
	if fault.KindOf(err) == fault.NotFound || err == nil && !s.Keys.Valid(c.Param("token"), token.Reset, id, u.ResetGeneration) {
		return org.User{}, gone("fault.org.reset-gone")
	}
	return u, err
}

type resetForm struct{ Email string }

func (s *Server) showReset(c *gin.Context) error {
	u, err := s.resetUser(c)
	if err != nil {
		return err
	}
	return s.renderPlain(c, "account/reset", resetForm{Email: u.Email})
}

func (s *Server) reset(c *gin.Context) error {
	u, err := s.resetUser(c)
	if err != nil {
		return err
	}
	err = s.Accounts.Reset(c.Request.Context(), u, c.PostForm("password"))
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "plain", "account/reset", resetForm{Email: u.Email}, err)
	}
	if err != nil {
		return err
	}
	return s.redirectWith(c, "/sign-in", "success", "account.password-changed")
}

type inviteForm struct {
	Invitation   org.Invitation
	Organization string
	Known        bool // the address already has an account
	Name         string
}

func (s *Server) invitation(c *gin.Context) (inviteForm, error) {
	id, err := token.LinkID(c.Param("token"))
	if err != nil {
		return inviteForm{}, gone("fault.org.invitation-gone")
	}
	i, known, err := s.Accounts.Invitation(c.Request.Context(), id)
	if fault.KindOf(err) == fault.NotFound || err == nil && !s.Keys.Valid(c.Param("token"), token.Invite, id, i.Generation) {
		return inviteForm{}, gone("fault.org.invitation-gone")
	}
	if err != nil {
		return inviteForm{}, err
	}
	o, err := s.Accounts.Organization(c.Request.Context(), access.System(i.Org, "invitation"))
	return inviteForm{Invitation: i, Organization: o.Name, Known: known, Name: i.Name}, err
}

func (s *Server) showInvite(c *gin.Context) error {
	form, err := s.invitation(c)
	if err != nil {
		return err
	}
	return s.renderPlain(c, "account/invite", form)
}

func (s *Server) acceptInvite(c *gin.Context) error {
	form, err := s.invitation(c)
	if err != nil {
		return err
	}
	form.Name = c.PostForm("name")
	cookie, err := s.Accounts.Accept(c.Request.Context(), form.Invitation, form.Name, c.PostForm("password"), lang(c))
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "plain", "account/invite", form, err)
	}
	if err != nil {
		return err
	}
	s.setCookie(c, cookieUser, cookie, 0)
	return redirect(c, "/")
}

// setupID is what the one-time set-up link is made of: it works as long as nobody
// has an account.
const setupID = "first-owner"

// SetupPath is the one-time address that `serve` prints on a new installation.
func SetupPath(k *token.Keys) string { return "/setup/" + k.Link(token.Setup, setupID, 1) }

func (s *Server) checkSetup(c *gin.Context) error {
	needs, err := s.Accounts.NeedsOwner(c.Request.Context())
	if err != nil {
		return err
	}
	if !needs || !s.Keys.Valid(c.Param("token"), token.Setup, setupID, 1) {
		return gone("fault.org.setup-gone")
	}
	return nil
}

func (s *Server) showSetup(c *gin.Context) error {
	if err := s.checkSetup(c); err != nil {
		return err
	}
	return s.renderPlain(c, "account/setup", org.NewOwner{})
}

func (s *Server) setup(c *gin.Context) error {
	if err := s.checkSetup(c); err != nil {
		return err
	}
	form := org.NewOwner{Organization: c.PostForm("organization"), Name: c.PostForm("name"), Email: c.PostForm("email"),
		Password: c.PostForm("password"), Lang: lang(c), First: true}
	_, _, err := s.Accounts.CreateOwner(c.Request.Context(), form)
	form.Password = ""
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderPage(c, http.StatusUnprocessableEntity, "plain", "account/setup", form, err)
	}
	if fault.KindOf(err) == fault.Conflict { // somebody was faster by a moment
		return gone("fault.org.setup-gone")
	}
	if err != nil {
		return err
	}
	cookie, err := s.Accounts.SignIn(c.Request.Context(), form.Email, c.PostForm("password"), c.ClientIP())
	if err != nil {
		return err
	}
	s.setCookie(c, cookieUser, cookie, 0)
	return redirect(c, "/settings")
}
