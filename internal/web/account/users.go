package account

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/web"
)

// userPages are the organisation's people.
type userPages struct {
	*web.Frame
	accounts      *org.Service
	campaignNames web.CampaignNames
	invites       inviteMails
}

func (s userPages) routes() []web.Route {
	manage := web.Needs(access.ManageUsers)
	return []web.Route{
		web.Get("/users", manage, s.showUsers),
		web.Get("/users/invite", manage, s.showInviteUser),
		web.Post("/users/invite", manage, s.inviteUser),
		web.Post("/users/invitations/:id/resend", manage, s.resendInvitation),
		web.Post("/users/invitations/:id/revoke", manage, s.revokeInvitation),
		web.Get("/users/members/:id", manage, s.showMember),
		web.Post("/users/members/:id", manage, s.changeMember),
		web.Post("/users/members/:id/remove", manage, s.removeMember),
	}
}

type usersPage struct {
	Members     []org.Member
	Invitations []openInvitation
	Me          string
}

type openInvitation struct {
	org.Invitation
	Expired bool
	Mail    notify.Message // the newest, without an id when there is none
}

// inviteMails tell whether invitations have left.
type inviteMails interface {
	InvitationMails(ctx context.Context, v access.Viewer) (map[string]notify.Message, error)
}

func (s userPages) showUsers(c *gin.Context) error {
	members, err := s.accounts.Members(c.Request.Context(), web.Viewer(c))
	if err != nil {
		return err
	}
	invitations, err := s.accounts.Invitations(c.Request.Context(), web.Viewer(c))
	if err != nil {
		return err
	}
	mails, err := s.invites.InvitationMails(c.Request.Context(), web.Viewer(c))
	if err != nil {
		return err
	}
	data := usersPage{Members: members, Me: web.Viewer(c).User}
	for _, i := range invitations {
		if i.AcceptedAt.IsZero() && i.RevokedAt.IsZero() {
			data.Invitations = append(data.Invitations, openInvitation{i, !s.Now().Before(i.ExpiresAt), mails[i.ID]})
		}
	}
	return s.Render(c, "users/list", data)
}

// userForm is a person's roles, as typed.
type userForm struct {
	ID, Name, Email string
	Given           []string // the roles
	Until           string   // a date as typed
	Campaigns       []string
	Roles           []access.Role
	Choices         []campaignChoice
}

func (f userForm) roles() []access.Role {
	out := make([]access.Role, len(f.Given))
	for i, r := range f.Given {
		out[i] = access.Role(r)
	}
	return out
}

type campaignChoice struct{ ID, Name string }

func (s userPages) campaignChoices(c *gin.Context) ([]campaignChoice, error) {
	campaigns, err := s.campaignNames.CampaignNames(c.Request.Context(), web.Viewer(c))
	if err != nil {
		return nil, err
	}
	out := make([]campaignChoice, len(campaigns))
	for i, campaign := range campaigns {
		out[i] = campaignChoice{ID: campaign.ID, Name: campaign.Name}
	}
	return out, nil
}

func (s userPages) parseUserForm(c *gin.Context) (userForm, *time.Time, error) {
	form := userForm{Name: c.PostForm("name"), Email: c.PostForm("email"), Given: c.PostFormArray("role"),
		Until: strings.TrimSpace(c.PostForm("until")), Campaigns: c.PostFormArray("campaigns"), Roles: access.Roles}
	choices, err := s.campaignChoices(c)
	if err != nil {
		return form, nil, err
	}
	form.Choices = choices
	for _, id := range form.Campaigns {
		if !slices.ContainsFunc(choices, func(ch campaignChoice) bool { return ch.ID == id }) {
			return form, nil, fault.New(fault.NotFound, "fault.not-found")
		}
	}
	if form.Until == "" {
		return form, nil, nil
	}
	day, err := locale.ParseDate(form.Until)
	if err != nil {
		var f fault.Fields
		f.Add("until", "fault.date")
		return form, nil, f.Err()
	}
	end := calendar.EndOfDay(day)
	return form, &end, nil
}

func (s userPages) showInviteUser(c *gin.Context) error {
	choices, err := s.campaignChoices(c)
	if err != nil {
		return err
	}
	return s.Render(c, "users/invite", userForm{Roles: access.Roles, Given: []string{string(access.Buyer)}, Choices: choices})
}

func (s userPages) inviteUser(c *gin.Context) error {
	form, until, err := s.parseUserForm(c)
	if err == nil {
		_, err = s.accounts.Invite(c.Request.Context(), web.Viewer(c), org.Invitation{Name: form.Name, Email: form.Email,
			Roles: form.roles(), Campaigns: form.Campaigns, Until: until})
	}
	return s.Answer(c, err, s.Again(c, "app", "users/invite", form), web.To("/users").Say("users.invited", fault.Args{"Email": form.Email}))
}

func (s userPages) resendInvitation(c *gin.Context) error {
	err := s.accounts.Resend(c.Request.Context(), web.Viewer(c), c.Param("id"))
	return s.Answer(c, err, nil, web.To("/users").Say("users.resent"))
}

func (s userPages) revokeInvitation(c *gin.Context) error {
	err := s.accounts.Revoke(c.Request.Context(), web.Viewer(c), c.Param("id"))
	return s.Answer(c, err, nil, web.To("/users").Say("users.revoked"))
}

func (s userPages) findMember(c *gin.Context) (org.Member, error) {
	members, err := s.accounts.Members(c.Request.Context(), web.Viewer(c))
	if err != nil {
		return org.Member{}, err
	}
	for _, m := range members {
		if m.User.ID == c.Param("id") {
			return m, nil
		}
	}
	return org.Member{}, fault.New(fault.NotFound, "fault.not-found")
}

func (s userPages) showMember(c *gin.Context) error {
	m, err := s.findMember(c)
	if err != nil {
		return err
	}
	form := userForm{ID: m.User.ID, Name: m.User.Name, Email: m.User.Email, Roles: access.Roles}
	for _, r := range m.Membership.Roles {
		form.Given = append(form.Given, string(r))
	}
	if m.Membership.Until != nil {
		form.Until = locale.FormDate(*m.Membership.Until)
	}
	return s.Render(c, "users/member", form)
}

func (s userPages) changeMember(c *gin.Context) error {
	m, err := s.findMember(c)
	if err != nil {
		return err
	}
	form, until, err := s.parseUserForm(c)
	form.ID, form.Name, form.Email = m.User.ID, m.User.Name, m.User.Email
	if err == nil {
		err = s.accounts.ChangeMember(c.Request.Context(), web.Viewer(c), form.ID, form.roles(), until)
	}
	return s.Answer(c, err, s.Again(c, "app", "users/member", form), web.To("/users").Say("users.changed", fault.Args{"Name": form.Name}))
}

func (s userPages) removeMember(c *gin.Context) error {
	m, err := s.findMember(c)
	if err != nil {
		return err
	}
	err = s.accounts.RemoveMember(c.Request.Context(), web.Viewer(c), m.User.ID)
	refused := func(error) error { return s.Answer(c, nil, nil, web.To("/users").Refuse("fault.org.last-owner")) }
	return s.Answer(c, err, refused, web.To("/users").Say("users.removed", fault.Args{"Name": m.User.Name}))
}
