package web

import (
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/org"
)

// userRoutes are the organisation's people and its own settings.
func (s *Server) userRoutes() []route {
	return []route{
		get("/users", needs(access.ManageUsers), s.showUsers),
		get("/users/invite", needs(access.ManageUsers), s.showInviteUser),
		post("/users/invite", needs(access.ManageUsers), s.inviteUser),
		post("/users/invitations/:id/resend", needs(access.ManageUsers), s.resendInvitation),
		post("/users/invitations/:id/revoke", needs(access.ManageUsers), s.revokeInvitation),
		get("/users/members/:id", needs(access.ManageUsers), s.showMember),
		post("/users/members/:id", needs(access.ManageUsers), s.changeMember),
		post("/users/members/:id/remove", needs(access.ManageUsers), s.removeMember),
		get("/settings", needs(access.ManageOrg), s.showSettings),
		post("/settings", needs(access.ManageOrg), s.changeSettings),
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
}

func (s *Server) showUsers(c *gin.Context) error {
	members, err := s.Accounts.Members(c.Request.Context(), viewer(c))
	if err != nil {
		return err
	}
	invitations, err := s.Accounts.Invitations(c.Request.Context(), viewer(c))
	if err != nil {
		return err
	}
	data := usersPage{Members: members, Me: viewer(c).User}
	for _, i := range invitations {
		if i.AcceptedAt.IsZero() && i.RevokedAt.IsZero() {
			data.Invitations = append(data.Invitations, openInvitation{i, !s.Now().Before(i.ExpiresAt)})
		}
	}
	return s.render(c, "users/list", data)
}

// userForm is a person's role, as typed.
type userForm struct {
	ID, Name, Email string
	Role            access.Role
	Until           string // a date as typed
	Campaigns       []string
	Roles           []access.Role
	Choices         []campaignChoice
}

type campaignChoice struct{ ID, Name string }

func (s *Server) campaignChoices(c *gin.Context) ([]campaignChoice, error) {
	campaigns, err := s.CampaignNames.CampaignNames(c.Request.Context(), viewer(c))
	if err != nil {
		return nil, err
	}
	out := make([]campaignChoice, len(campaigns))
	for i, campaign := range campaigns {
		out[i] = campaignChoice{ID: campaign.ID, Name: campaign.Name}
	}
	return out, nil
}

func (s *Server) parseUserForm(c *gin.Context) (userForm, *time.Time, error) {
	form := userForm{Name: c.PostForm("name"), Email: c.PostForm("email"), Role: access.Role(c.PostForm("role")),
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

func (s *Server) showInviteUser(c *gin.Context) error {
	choices, err := s.campaignChoices(c)
	if err != nil {
		return err
	}
	return s.render(c, "users/invite", userForm{Roles: access.Roles, Role: access.Buyer, Choices: choices})
}

func (s *Server) inviteUser(c *gin.Context) error {
	form, until, err := s.parseUserForm(c)
	if err == nil {
		_, err = s.Accounts.Invite(c.Request.Context(), viewer(c), org.Invitation{Name: form.Name, Email: form.Email,
			Role: form.Role, Campaigns: form.Campaigns, Until: until})
	}
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "app", "users/invite", form, err)
	}
	if err != nil {
		return err
	}
	s.WakeMail()
	return s.redirectWith(c, "/users", "success", "users.invited", fault.Args{"Email": form.Email})
}

func (s *Server) resendInvitation(c *gin.Context) error {
	if err := s.Accounts.Resend(c.Request.Context(), viewer(c), c.Param("id")); err != nil {
		return err
	}
	s.WakeMail()
	return s.redirectWith(c, "/users", "success", "users.resent")
}

func (s *Server) revokeInvitation(c *gin.Context) error {
	if err := s.Accounts.Revoke(c.Request.Context(), viewer(c), c.Param("id")); err != nil {
		return err
	}
	return s.redirectWith(c, "/users", "success", "users.revoked")
}

func (s *Server) findMember(c *gin.Context) (org.Member, error) {
	members, err := s.Accounts.Members(c.Request.Context(), viewer(c))
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

func (s *Server) showMember(c *gin.Context) error {
	m, err := s.findMember(c)
	if err != nil {
		return err
	}
	form := userForm{ID: m.User.ID, Name: m.User.Name, Email: m.User.Email, Role: m.Membership.Role, Roles: access.Roles}
	if m.Membership.Until != nil {
		form.Until = locale.FormDate(*m.Membership.Until)
	}
	return s.render(c, "users/member", form)
}

func (s *Server) changeMember(c *gin.Context) error {
	m, err := s.findMember(c)
	if err != nil {
		return err
	}
	form, until, err := s.parseUserForm(c)
	form.ID, form.Name, form.Email = m.User.ID, m.User.Name, m.User.Email
	if err == nil {
		err = s.Accounts.ChangeMember(c.Request.Context(), viewer(c), form.ID, form.Role, until)
	}
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.Conflict) {
		return s.renderProblem(c, "app", "users/member", form, err)
	}
	if err != nil {
		return err
	}
	return s.redirectWith(c, "/users", "success", "users.changed", fault.Args{"Name": form.Name})
}

func (s *Server) removeMember(c *gin.Context) error {
	m, err := s.findMember(c)
	if err != nil {
		return err
	}
	err = s.Accounts.RemoveMember(c.Request.Context(), viewer(c), m.User.ID)
	if fault.KindOf(err) == fault.Conflict {
		return s.redirectWith(c, "/users", "error", "fault.org.last-owner")
	}
	if err != nil {
		return err
	}
	return s.redirectWith(c, "/users", "success", "users.removed", fault.Args{"Name": m.User.Name})
}

type settingsForm struct {
	org.Organization
	ClosureLines string
}

func (s *Server) showSettings(c *gin.Context) error {
	o, err := s.Accounts.Organization(c.Request.Context(), viewer(c))
	if err != nil {
		return err
	}
	return s.render(c, "users/settings", settingsForm{o, strings.Join(o.Closures, "\n")})
}

func (s *Server) changeSettings(c *gin.Context) error {
	form := settingsForm{ClosureLines: c.PostForm("closures")}
	form.Name, form.NameEN, form.Contact = strings.TrimSpace(c.PostForm("name")), strings.TrimSpace(c.PostForm("name_en")), parseContact(c)
	closures, err := parseClosures(form.ClosureLines)
	if err == nil {
		form.Closures = closures
		err = s.Accounts.ChangeOrganization(c.Request.Context(), viewer(c), form.Organization)
	}
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "app", "users/settings", form, err)
	}
	if err != nil {
		return err
	}
	return s.redirectWith(c, "/settings", "success", "settings.saved")
}

// parseContact reads the fields of a contact window.
func parseContact(c *gin.Context) org.Contact {
	value := func(name string) string { return strings.TrimSpace(c.PostForm("contact_" + name)) }
	return org.Contact{Department: value("department"), Name: value("name"), Phone: value("phone"),
		Email: value("email"), Hours: value("hours")}
}

// parseClosures reads one date a line, in any usual form.
func parseClosures(lines string) ([]string, error) {
	var out []string
	var f fault.Fields
	for _, line := range strings.Fields(lines) {
		day, err := locale.ParseDate(line)
		if err != nil {
			f.Add("closures", "fault.org.closures", fault.Args{"Value": line})
			continue
		}
		out = append(out, day.Format(time.DateOnly))
	}
	slices.Sort(out)
	return slices.Compact(out), f.Err()
}
