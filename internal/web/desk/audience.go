package desk

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/supplier"
	"tsunagi/internal/web"
)

// pickPage offers suppliers for picking one by one.
type pickPage struct {
	campaign.Campaign
	Rows   []campaign.Candidate
	Picked map[string]bool
	Search string
	Chosen bool // only those picked already
	Page   int
	More   bool
	Query  string
}

// openDraft reads a campaign that can still be changed.
func (s drafts) openDraft(c *gin.Context) (campaign.Campaign, error) {
	one, err := s.campaigns.Get(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err == nil && one.State != campaign.Draft {
		err = fault.New(fault.Conflict, "fault.campaign.issued")
	}
	return one, err
}

func (s draftPages) pickPage(c *gin.Context) (pickPage, error) {
	p := pickPage{Search: cut(strings.TrimSpace(c.Query("q")), web.MaxSought), Chosen: c.Query("chosen") != "", Page: web.PageNumber(c),
		Query: c.Request.URL.RawQuery, Picked: map[string]bool{}}
	var err error
	if p.Campaign, err = s.openDraft(c); err != nil {
		return p, err
	}
	if !p.Audience.Picked {
		return p, fault.New(fault.Conflict, "fault.campaign.not-picked")
	}
	for _, id := range p.Audience.Only {
		p.Picked[id] = true
	}
	f := campaign.CandidateFilter{Page: p.Page, Size: web.PageSize}
	if p.Search != "" {
		f.Search = supplier.ParseQuery(p.Search)
	}
	if p.Chosen {
		f.Only = append([]string{}, p.Audience.Only...)
	}
	p.Rows, p.More, err = s.campaigns.Candidates(c.Request.Context(), web.Viewer(c), f)
	return p, err
}

// cut shortens a text that is looked for to so many characters.
func cut(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most])
	}
	return s
}

func (s draftPages) showPick(c *gin.Context) error {
	p, err := s.pickPage(c)
	if err != nil {
		return err
	}
	return s.Render(c, "campaigns/pick", p)
}

// pick keeps the ticks of one page, also when one searches or leafs on: of the suppliers shown, those ticked are
// picked and the others are not. Then it goes where the button leads.
func (s draftPages) pick(c *gin.Context) error {
	shown, ticked := c.PostFormArray("shown"), c.PostFormArray("supplier")
	remove := slices.DeleteFunc(slices.Clone(shown), func(id string) bool { return slices.Contains(ticked, id) })
	add := slices.DeleteFunc(ticked, func(id string) bool { return !slices.Contains(shown, id) })
	err := s.campaigns.Pick(c.Request.Context(), web.Viewer(c), c.Param("id"), add, remove)
	again := func(problem error) error {
		p, err := s.pickPage(c)
		if err != nil {
			return err
		}
		return s.RenderProblem(c, "app", "campaigns/pick", p, problem)
	}
	return s.Answer(c, err, again, afterPicking(c))
}

// afterPicking is where the pressed button leads.
func afterPicking(c *gin.Context) web.Next {
	here, q := "/campaigns/"+c.Param("id"), c.Request.URL.Query()
	page := web.PageNumber(c)
	switch c.PostForm("then") {
	case "rehearsal":
		return web.To(here + "/rehearsal")
	case "next":
		q.Set("page", strconv.Itoa(page+1))
	case "previous":
		q.Set("page", strconv.Itoa(page-1))
	case "search":
		q.Del("page")
		q.Set("q", c.PostForm("q"))
	case "all":
		q = url.Values{}
	case "chosen":
		q = url.Values{"chosen": {"1"}}
	}
	return web.To(withQuery(here+"/pick", q)).Say("audience.kept")
}

// standing are the kinds of certificate that may stand in.
func standing() []string {
	var out []string
	for _, kind := range evidence.Standing {
		out = append(out, string(kind))
	}
	return out
}

// stands are the ways in which a certificate stands in.
var stands = []questionnaire.Stand{questionnaire.StandsFull, questionnaire.StandsPersonal, questionnaire.StandsNot}

// coverageRow is one control reference with the questions that it belongs to.
type coverageRow struct {
	Reference string
	Questions []questionnaire.Question
	Stands    map[string]questionnaire.Stand // by kind of certificate
}

type coveragePage struct {
	campaign.Campaign
	Rows         []coverageRow
	Certificates []string
	Choices      []questionnaire.Stand
}

// coverageRows lists the references of a questionnaire for which the built-in map
// or the campaign's own knows an answer.
func coverageRows(c campaign.Campaign, known questionnaire.Coverage) []coverageRow {
	var rows []coverageRow
	place := map[string]int{}
	for _, q := range c.Questionnaire.Questions() {
		for _, ref := range q.References {
			_, built := known[ref]
			own, set := c.Coverage[ref]
			if !built && !set {
				continue
			}
			i, ok := place[ref]
			if !ok {
				i = len(rows)
				place[ref] = i
				rows = append(rows, coverageRow{Reference: ref, Stands: own})
			}
			rows[i].Questions = append(rows[i].Questions, q)
		}
	}
	return rows
}

func (s draftPages) showCoverage(c *gin.Context) error {
	one, err := s.openDraft(c)
	if err != nil {
		return err
	}
	return s.Render(c, "campaigns/coverage", coveragePage{one, coverageRows(one, s.coverage), standing(), stands})
}

func (s draftPages) saveCoverage(c *gin.Context) error {
	one, err := s.openDraft(c)
	if err != nil {
		return err
	}
	coverage := s.coverage
	if c.PostForm("then") != "default" {
		coverage = questionnaire.Coverage{}
		for _, row := range coverageRows(one, s.coverage) {
			kinds := map[string]questionnaire.Stand{}
			for _, kind := range standing() {
				if stand := questionnaire.Stand(c.PostForm("cov." + row.Reference + "." + kind)); slices.Contains(stands, stand) {
					kinds[kind] = stand
				}
			}
			coverage[row.Reference] = kinds
		}
	}
	err = s.campaigns.SetCoverage(c.Request.Context(), web.Viewer(c), one.ID, coverage)
	return s.Answer(c, err, nil, web.To("/campaigns/"+one.ID+"/coverage").Say("audience.coverage-saved"))
}
