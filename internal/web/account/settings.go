package account

import (
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/org"
	"tsunagi/internal/web"
)

// settingsPages are the organisation's own settings.
type settingsPages struct {
	*web.Frame
	accounts *org.Service
}

func (s settingsPages) routes() []web.Route {
	return []web.Route{
		web.Get("/settings", web.Needs(access.ManageOrg), s.showSettings),
		web.Post("/settings", web.Needs(access.ManageOrg), s.changeSettings),
	}
}

type settingsForm struct {
	org.Organization
	ClosureLines string
}

func (s settingsPages) showSettings(c *gin.Context) error {
	o, err := s.accounts.Organization(c.Request.Context(), web.Viewer(c))
	if err != nil {
		return err
	}
	return s.Render(c, "users/settings", settingsForm{o, strings.Join(o.Closures, "\n")})
}

func (s settingsPages) changeSettings(c *gin.Context) error {
	form := settingsForm{ClosureLines: c.PostForm("closures")}
	form.Name, form.NameEN, form.Contact = strings.TrimSpace(c.PostForm("name")), strings.TrimSpace(c.PostForm("name_en")), web.ParseContact(c)
	closures, err := parseClosures(form.ClosureLines)
	if err == nil {
		form.Closures = closures
		err = s.accounts.ChangeOrganization(c.Request.Context(), web.Viewer(c), form.Organization)
	}
	return s.Answer(c, err, s.Again(c, "app", "users/settings", form), web.To("/settings").Say("settings.saved"))
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
