package desk

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/web"
)

// issuePages show what would be sent to whom, and issue.
type issuePages struct {
	*web.Frame
	drafts
	accounts *org.Service
	preview  previewer
}

func (s issuePages) routes() []web.Route {
	edit := web.Needs(access.EditCampaigns)
	return []web.Route{
		web.Get("/campaigns/:id/rehearsal", edit, s.showRehearsal),
		web.Post("/campaigns/:id/except", edit, s.exceptSupplier),
		web.Post("/campaigns/:id/issue", edit, s.issue).Grows(),
	}
}

// rehearsalPage shows what would be sent to whom, before anything is.
type rehearsalPage struct {
	campaign.Campaign
	campaign.Rehearsal
	Problem  campaign.Problem
	Page     int
	Query    string
	Example  campaign.RehearsalRow // whose mail and page are shown
	Mail     notify.Mail
	Request  web.RequestPage
	Sections []section
	Minutes  int
	Burden   string // the message key of what it costs all suppliers together
	Amount   int    // of that, in what the message counts
	Typed    string
	Confirm  bool
	Now      time.Time
}

// burden says a number of minutes as somebody would: in minutes up to two hours, then in
// full hours.
func burden(minutes int) (key string, amount int) {
	if minutes < 2*60 {
		return "rehearsal.burden-minutes", minutes
	}
	return "rehearsal.burden-hours", (minutes + 30) / 60
}

// Picked tells whether the recipients were chosen one by one.
func (p rehearsalPage) Picked() bool { return who(p.Audience) == "picked" }

// problemTab is one number of the rehearsal, which leads to its recipients.
type problemTab struct {
	Words   string // its message key
	Number  int
	Href    string
	Current bool
}

// Tabs are those with any problem, with each problem, and all.
func (p rehearsalPage) Tabs() []problemTab {
	tab := func(words, problem string, n int) problemTab {
		return problemTab{words, n, "/campaigns/" + p.ID + "/rehearsal?problem=" + problem + "#recipients", string(p.Problem) == problem}
	}
	first := tab("rehearsal.any", string(campaign.AnyProblem), p.Counts[campaign.AnyProblem])
	first.Current = first.Current || p.Problem == ""
	out := []problemTab{first}
	for _, problem := range campaign.Problems {
		out = append(out, tab("campaign.problem."+string(problem), string(problem), p.Counts[problem]))
	}
	return append(out, tab("common.all", allRecipients, p.Total))
}

// Hint is the message that says what to do about the problem looked at, "" for several.
func (p rehearsalPage) Hint() string {
	if slices.Contains(campaign.Problems, p.Problem) {
		return "campaign.problem-hint." + string(p.Problem)
	}
	return ""
}

// SharedBoxes are the mailboxes of several suppliers, when that is looked at.
func (p rehearsalPage) SharedBoxes() []campaign.SharedBox {
	if p.Problem == campaign.SameBox {
		return p.Shared
	}
	return nil
}

// section is one line of the supplier's task list.
type section struct {
	Title     string
	Questions int
}

// allRecipients in the address asks for all recipients. Without a choice the page
// shows those with problems, and all when there are none.
const allRecipients = "all"

func (s issuePages) rehearsal(c *gin.Context) (rehearsalPage, error) {
	ctx, v := c.Request.Context(), web.Viewer(c)
	p := rehearsalPage{Problem: campaign.Problem(c.Query("problem")), Page: web.PageNumber(c), Query: c.Request.URL.RawQuery, Now: s.Now()}
	var err error
	if p.Campaign, err = s.openDraft(c); err != nil {
		return p, err
	}
	f := campaign.RehearsalFilter{Problem: p.Problem, Page: p.Page, Size: web.PageSize, Year: calendar.FiscalYearStart(p.Now), Lang: web.Lang(c), Now: p.Now}
	switch p.Problem {
	case "":
		f.Problem = campaign.AnyProblem
	case allRecipients:
		f.Problem = ""
	}
	if p.Rehearsal, err = s.campaigns.Rehearse(ctx, v, p.Campaign, f); err != nil {
		return p, err
	}
	if p.Problem == "" && len(p.Rows) == 0 { // no problem anywhere: show everybody
		p.Problem, f.Problem = allRecipients, ""
		if p.Rehearsal, err = s.campaigns.Rehearse(ctx, v, p.Campaign, f); err != nil {
			return p, err
		}
	}
	p.Minutes = p.Questionnaire.Minutes()
	p.Burden, p.Amount = burden(p.Minutes * p.Total)
	p.Confirm = campaign.NeedsConfirmation(p.Total)
	return p, s.rehearseOne(c, &p)
}

// rehearseOne shows exactly what one recipient would get: the one asked for, else
// the first that gets a mail.
func (s issuePages) rehearseOne(c *gin.Context, p *rehearsalPage) error {
	o, err := s.accounts.Organization(c.Request.Context(), web.Viewer(c))
	if err != nil || len(p.Rows) == 0 {
		return err
	}
	p.Example = p.Rows[0]
	if p.First != nil {
		p.Example = *p.First
	}
	for _, row := range p.Rows {
		if row.Supplier == c.Query("example") {
			p.Example = row
		}
	}
	row := p.Example
	a := campaign.Assignment{ID: campaign.AssignmentID(p.ID, row.Supplier), Org: p.Org, Campaign: p.ID, Supplier: row.Supplier, Name: row.Name,
		Department: row.Department, Person: row.Person, Email: row.Email, Lang: row.Lang, PersonalData: row.PersonalData, Generation: 1,
		DueAt: p.DueAt, ClosesAt: p.ClosesAt, Response: campaign.NotStarted}
	a.Request = campaign.RequestNumber(a.ID)
	if row.Mailed {
		p.Mail, err = s.preview.Preview(o, p.Campaign, a, notify.Request, s.LinkOf("…"), p.Now)
	}
	if err != nil {
		return err
	}
	p.Request = web.RequestPage{Buyer: web.BuyerName(o, web.Lang(c)), Campaign: p.Campaign.In(web.Lang(c)), Assignment: a, Questions: len(p.Questionnaire.Questions()),
		Minutes: p.Minutes, Replaces: p.Campaign.Replaces(row.PersonalData), Now: p.Now}
	for _, part := range p.Questionnaire.Sections {
		p.Sections = append(p.Sections, section{part.Title.In(web.Lang(c)), len(part.Questions)})
	}
	return nil
}

func (s issuePages) showRehearsal(c *gin.Context) error { return s.rehearse(c, "", nil) }

// rehearse shows the rehearsal, with the number that was typed and what was wrong.
func (s issuePages) rehearse(c *gin.Context, typed string, problem error) error {
	p, err := s.rehearsal(c)
	if err != nil {
		return err
	}
	p.Typed = typed
	return s.RenderProblem(c, "app", "campaigns/rehearsal", p, problem)
}

// exceptSupplier takes a recipient out, or puts it in again.
func (s issuePages) exceptSupplier(c *gin.Context) error {
	err := s.campaigns.TakeOut(c.Request.Context(), web.Viewer(c), c.Param("id"), c.PostForm("supplier"), c.PostForm("out") != "")
	to := withQuery("/campaigns/"+c.Param("id")+"/rehearsal", c.Request.URL.Query()) + "#recipients"
	return s.Answer(c, err, func(problem error) error { return s.rehearse(c, "", problem) }, web.To(to))
}

// typedNumber reads a number as people type it: with separators, full-width
// digits or a unit.
func typedNumber(s string) int {
	n, _ := strconv.Atoi(strings.NewReplacer(",", "", "、", "", " ", "", "社", "").Replace(norm.NFKC.String(s)))
	return n
}

func (s issuePages) issue(c *gin.Context) error {
	expected, _ := strconv.Atoi(c.PostForm("expected"))
	err := s.campaigns.Issue(c.Request.Context(), web.Viewer(c), c.Param("id"), expected, typedNumber(c.PostForm("confirm")))
	again := func(problem error) error { return s.rehearse(c, c.PostForm("confirm"), problem) }
	return s.Answer(c, err, again, web.To("/campaigns/"+c.Param("id")).Say("campaigns.issuing"))
}

// previewer words a mail as it would leave.
type previewer interface {
	Preview(o org.Organization, c campaign.Campaign, a campaign.Assignment, kind notify.Kind, link string, now time.Time) (notify.Mail, error)
}
