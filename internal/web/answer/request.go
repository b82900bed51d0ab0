package answer

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/response"
	"tsunagi/internal/token"
	"tsunagi/internal/web"
)

// requestPages are what a link leads to. GET changes nothing, because mail scanners
// open links; even POST only begins a session and notes that the request was opened.
type requestPages struct {
	*web.Frame
	accounts  buyers
	responses *response.Service
	links     links
	campaigns asked
}

func (s requestPages) routes() []web.Route {
	return []web.Route{
		web.Get("/r/:token", web.Open(), s.showRequest),
		web.Post("/r/:token/start", web.Open(), s.startRequest),
	}
}

// byLink finds the assignment of a link. An altered link, one of another purpose and
// one of no request answer alike: nothing is proven. One that was valid once says why
// it is not.
func (s requestPages) byLink(c *gin.Context) (campaign.Assignment, error) {
	id, err := token.LinkID(c.Param("token"))
	if err != nil {
		return campaign.Assignment{}, web.Gone("fault.request.broken")
	}
	a, err := s.links.ByID(c.Request.Context(), id)
	if fault.KindOf(err) == fault.NotFound {
		return a, web.Gone("fault.request.broken")
	}
	if err != nil {
		return a, err
	}
	generation := s.Keys.Generation(c.Param("token"), token.Answer, id, a.Generation)
	if generation == 0 {
		return a, web.Gone("fault.request.broken")
	}
	web.Proven(c, a)
	return a, a.CheckLink(generation)
}

func (s requestPages) requestData(c *gin.Context, a campaign.Assignment) (web.RequestPage, error) {
	v := access.Supplier(a.Org, a.ID, a.Generation, a.Name)
	p := web.RequestPage{Assignment: a, Now: s.Now()}
	var err error
	if p.Campaign, err = s.campaigns.Snapshot(c.Request.Context(), v, a.Campaign); err != nil {
		return p, err
	}
	p.Campaign = p.Campaign.In(web.Lang(c))
	buyer, err := s.accounts.Organization(c.Request.Context(), v)
	if err != nil {
		return p, err
	}
	p.Buyer = web.BuyerName(buyer, web.Lang(c))
	p.Questions, p.Minutes = len(p.Campaign.Questionnaire.Questions()), p.Campaign.Questionnaire.Minutes()
	p.Replaces = p.Campaign.Replaces(a.PersonalData)
	p.Resumes = a.Response == campaign.Declined && s.Now().Before(a.ClosesAt)
	p.Closed = !s.Now().Before(a.ClosesAt) && a.Response.TakesAnswers()
	return p, nil
}

func (s requestPages) showRequest(c *gin.Context) error {
	a, err := s.byLink(c)
	if err != nil {
		return err
	}
	if s.prefersEnglish(c, a) {
		web.SetLang(c, "en")
	}
	p, err := s.requestData(c, a)
	if err != nil {
		return err
	}
	p.Action = "/r/" + token.Clean(c.Param("token")) + "/start"
	return s.RenderSupplier(c, "request/request", p)
}

// prefersEnglish tells whether the buyer noted English for this supplier, and the
// reader has chosen nothing else.
func (s requestPages) prefersEnglish(c *gin.Context, a campaign.Assignment) bool {
	return a.Lang == "en" && c.Query("lang") == "" && s.Cookie(c, web.CookieLang) == ""
}

func (s requestPages) startRequest(c *gin.Context) error {
	a, err := s.byLink(c)
	if err != nil {
		return err
	}
	person := make([]byte, 8)
	_, _ = rand.Read(person)
	if err := s.responses.Open(c.Request.Context(), access.Supplier(a.Org, a.ID, a.Generation, a.Name)); err != nil {
		return err
	}
	if s.prefersEnglish(c, a) {
		s.SetCookie(c, web.CookieLang, "en", 365*24*3600)
	}
	err = s.BeginLink(c, token.LinkSession{Org: a.Org, Assignment: a.ID, Generation: a.Generation, Person: hex.EncodeToString(person)})
	if err != nil {
		return err
	}
	to := "/tasks"
	switch next := c.PostForm("to"); {
	case next == "decline", next == "delegate", next == "not-ours", next == "submitted" && a.Revision > 0:
		to = "/" + next
	}
	return s.Answer(c, nil, nil, web.To(s.Begun(answerBase(a.ID)+to)))
}
