package desk

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/supplier"
	"tsunagi/internal/web"
)

// listChoice is a group of states, and the word for it in the address.
type listChoice struct {
	Key        string
	Responses  []campaign.Response
	Deliveries []campaign.Delivery
}

// stateGroups are the numbers of the campaign page that count several states.
var stateGroups = func() []listChoice {
	out := []listChoice{{Key: answered}}
	for _, part := range campaign.Parts {
		if len(part.States) > 1 {
			out = append(out, listChoice{Key: part.Key, Responses: part.States})
		}
	}
	return out
}()

// answered is the word for whoever has ever submitted.
const answered = "answered"

// deliveryChoices are what the list can be narrowed to by delivery.
var deliveryChoices = []listChoice{
	{Key: "reached", Deliveries: campaign.Arrived},
	{Key: "opened", Deliveries: []campaign.Delivery{campaign.DeliveryOpened}},
	{Key: "queued", Deliveries: []campaign.Delivery{campaign.DeliveryQueued}},
	{Key: "lost", Deliveries: campaign.Lost},
	{Key: "pending", Deliveries: []campaign.Delivery{campaign.DeliveryPending}},
	{Key: "by-hand", Deliveries: campaign.Handed},
}

// stat is one number of the campaign page, which leads to its list.
type stat struct {
	Key     string // its words: campaigns.stat. + Key
	Number  int
	Href    string
	Danger  bool
	Current bool
}

// campaignPage is the page from which a clerk works.
type campaignPage struct {
	campaign.Campaign
	Counts   campaign.Counts
	Parts    []stat // where the requests stand: they add up to the whole
	Stats    []stat // what has happened, and what somebody must look at
	Found    int    // whom the list has, up to campaign.Countable and one more
	Rows     []campaign.Assignment
	Progress map[string]questionnaire.Progress // of the sheets that are underway
	More     bool
	Page     int
	Query    string
	Filtered bool

	Conditions int // how many are set

	Search, State, Delivery, Tier, Score, Certified, Sort string

	Late      bool
	CanEdit   bool            // who looks may change the campaign
	Documents []document.Kind // what may be asked for about it
	Job       *jobs.Job
	Now       time.Time
}

// Base is the page's own address.
func (p campaignPage) Base() string { return "/campaigns/" + p.ID }

// CanRun tells whether the page offers to remind, to move dates and to close: the
// campaign is open, and who looks may change it.
func (p campaignPage) CanRun() bool { return p.CanEdit && p.Campaign.State == campaign.Open }

// Reloads tells whether the browser loads the page again when a job has ended.
func (p campaignPage) Reloads() bool { return p.Job != nil && !p.Job.GaveUp() }

// IsIssuing tells whether its requests are still being made.
func (p campaignPage) IsIssuing() bool { return p.Campaign.State == campaign.Issuing }

// underway tells whether an answer is being written, or could be: so its progress says
// something.
func underway(a campaign.Assignment) bool {
	return a.Response.Waits() && (a.Response != campaign.NotStarted || !a.OpenedAt.IsZero())
}

// Begun gives how far a supplier is, nil where nothing is to be said of that.
func (p campaignPage) Begun(a campaign.Assignment) *questionnaire.Progress {
	n, there := p.Progress[a.ID]
	if !there || a.Response == campaign.NotStarted && n.Done == 0 {
		return nil
	}
	return &n
}

// Many tells whether the list has more than are counted.
func (p campaignPage) Many() bool { return p.Filtered && p.Found > campaign.Countable }

// Countable is how far a list is counted.
func (p campaignPage) Countable() int { return campaign.Countable }

// SortHref is the address of the list in another order.
func (p campaignPage) SortHref(order string) string {
	q, _ := url.ParseQuery(p.Query)
	q.Del("page")
	q.Set("sort", order)
	return "?" + q.Encode()
}

// Groups are the choices of the list that stand for several states of response.
func (p campaignPage) Groups() []listChoice { return stateGroups }

// States are the choices of the list by one state of response.
func (p campaignPage) States() []campaign.Response { return campaign.Responses }

// Sorts are the orders of the list.
func (p campaignPage) Sorts() []string { return campaign.Sorts }

// Deliveries are the choices of the list by delivery.
func (p campaignPage) Deliveries() []listChoice { return deliveryChoices }

// Tiers are the choices of the list by tier.
func (p campaignPage) Tiers() []int { return supplier.Tiers }

// Scores are the choices of the list by score.
func (p campaignPage) Scores() []campaign.ScoreBand { return campaign.ScoreBands }

// Certificates are the choices of the list by certificate.
func (p campaignPage) Certificates() []campaign.Certified { return campaign.CertifiedChoices }

// listOf reads from the address what the list is narrowed to. A value that is not
// among the choices narrows nothing.
func (s campaignPages) listOf(c *gin.Context) (campaign.Filter, campaignPage) {
	p := campaignPage{Page: web.PageNumber(c), Query: c.Request.URL.RawQuery, Search: cut(strings.TrimSpace(c.Query("q")), web.MaxSought),
		State: c.Query("state"), Delivery: c.Query("delivery"), Tier: c.Query("tier"), Score: c.Query("score"),
		Certified: c.Query("certificates"), Sort: c.Query("sort"), Late: c.Query("late") != "",
		CanEdit: web.Viewer(c).Can(access.EditCampaigns), Now: s.Now()}
	f := campaign.Filter{Campaign: c.Param("id"), Page: p.Page, Size: web.PageSize, Now: p.Now, Overdue: p.Late}
	if slices.Contains(campaign.Sorts, p.Sort) {
		f.Sort = p.Sort
	}
	if slices.Contains(campaign.Responses, campaign.Response(p.State)) {
		f.Responses = []campaign.Response{campaign.Response(p.State)}
	}
	for _, g := range stateGroups {
		if g.Key == p.State {
			f.Responses, f.Given = g.Responses, g.Key == answered
		}
	}
	for _, g := range deliveryChoices {
		if g.Key == p.Delivery {
			f.Delivery = g.Deliveries
		}
	}
	if n, err := strconv.Atoi(p.Tier); err == nil {
		f.Tiers = []int{n}
	}
	if slices.Contains(campaign.ScoreBands, campaign.ScoreBand(p.Score)) {
		f.Score = campaign.ScoreBand(p.Score)
	}
	if slices.Contains(campaign.CertifiedChoices, campaign.Certified(p.Certified)) {
		f.Certified = campaign.Certified(p.Certified)
	}
	if p.Search != "" {
		f.Search = supplier.ParseQuery(p.Search)
	}
	for _, set := range []bool{p.State != "", p.Delivery != "", p.Tier != "", p.Score != "", p.Certified != "", p.Late} {
		if set {
			p.Conditions++
		}
	}
	p.Filtered = p.Search != "" || p.Conditions > 0
	return f, p
}

func (s campaignPages) showCampaign(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	f, p := s.listOf(c)
	var err error
	if p.Campaign, err = s.campaigns.Get(ctx, v, c.Param("id")); err != nil {
		return err
	}
	if p.Campaign.State == campaign.Draft {
		if !p.CanEdit {
			return fault.New(fault.NotFound, "fault.not-found")
		}
		return web.Redirect(c, "/campaigns/"+p.ID+"/rehearsal")
	}
	if p.Counts, err = s.campaigns.Counts(ctx, v, p.ID, p.Now); err != nil {
		return err
	}
	p.Documents = document.Offered(v, document.OnCampaign, p.Counts.Answered())
	if err := s.readRows(ctx, v, f, &p); err != nil {
		return err
	}
	if p.Found = p.Counts.Total; p.Filtered {
		if p.Found, err = s.campaigns.Found(ctx, v, f); err != nil {
			return err
		}
	}
	if p.Job, err = s.runningJob(c, p.ID); err != nil {
		return err
	}
	p.Parts, p.Stats = p.parts(), p.stats()
	return s.Render(c, "campaigns/show", p)
}

func (s campaignPages) readRows(ctx context.Context, v access.Viewer, f campaign.Filter, p *campaignPage) (err error) {
	if p.Rows, p.More, err = s.campaigns.Assignments(ctx, v, f); err != nil {
		return err
	}
	var answering []campaign.Assignment
	for _, a := range p.Rows {
		if underway(a) {
			answering = append(answering, a)
		}
	}
	p.Progress, err = s.answered.Progress(ctx, v, p.Campaign, answering)
	return err
}

// parts are the numbers of the page that add up to all that was asked.
func (p campaignPage) parts() []stat {
	rows := []stat{{Key: "asked", Number: p.Counts.Total}}
	for _, part := range campaign.Parts {
		n := p.Counts.In(part.States)
		if n == 0 && (part.Key == "declined" || part.Key == "withdrawn") {
			continue
		}
		rows = append(rows, stat{Key: part.Key, Number: n, Href: "state=" + part.Key, Danger: part.Key == "declined"})
	}
	return p.led(rows)
}

// stats are the numbers of the page that tell of the way so far, and what went wrong.
func (p campaignPage) stats() []stat {
	n := p.Counts
	rows := []stat{
		{Key: "reached", Number: n.Reached(), Href: "delivery=reached"},
		{Key: "opened", Number: n.Delivery[campaign.DeliveryOpened], Href: "delivery=opened"},
		{Key: answered, Number: n.Answered(), Href: "state=" + answered},
	}
	for _, wrong := range []stat{
		{Key: "queued", Number: n.Delivery[campaign.DeliveryQueued], Href: "delivery=queued"},
		{Key: "pending", Number: n.Delivery[campaign.DeliveryPending], Href: "delivery=pending", Danger: true},
		{Key: "lost", Number: n.Undelivered(), Href: "delivery=lost", Danger: true},
		{Key: "overdue", Number: n.Overdue, Href: "late=1", Danger: true},
	} {
		if wrong.Number > 0 {
			rows = append(rows, wrong)
		}
	}
	return p.led(rows)
}

// led gives the numbers with their lists.
func (p campaignPage) led(rows []stat) []stat {
	for i := range rows {
		r := &rows[i]
		r.Danger = r.Danger && r.Number > 0
		name, value, _ := strings.Cut(r.Href, "=")
		switch name {
		case "delivery":
			r.Current = p.Delivery == value
		case "state":
			r.Current = p.State == value
		case "late":
			r.Current = p.Late
		default:
			r.Current = !p.Filtered
		}
		if r.Href = p.Base() + "?" + r.Href; name == "" {
			r.Href = p.Base()
		}
	}
	return rows
}

type assignmentReader interface {
	Progress(ctx context.Context, v access.Viewer, c campaign.Campaign, asked []campaign.Assignment) (map[string]questionnaire.Progress, error)
	EachAssignment(ctx context.Context, v access.Viewer, f campaign.Filter, visit func(campaign.Assignment) error) error
}
