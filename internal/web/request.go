package web

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/token"
)

// requestRoutes are what a link leads to. GET changes nothing, because mail
// scanners open links; even POST only begins a session.
func (s *Server) requestRoutes() []route {
	return []route{
		get("/r/:token", open(), s.showRequest),
		post("/r/:token/start", open(), s.startRequest),
	}
}

// requestPage is the request as the supplier sees it.
type requestPage struct {
	Buyer      string
	Campaign   campaign.Campaign
	Assignment campaign.Assignment
	Questions  int
	Minutes    int
	Covered    int // how many questions an ISMS certificate or P-mark may stand in for
	Closed     bool
	Action     string // where the button leads; empty in a rehearsal
	Now        any
}

// BuyerName names the buyer on top of a supplier's page.
func (p requestPage) BuyerName() string { return p.Buyer }

// Declined tells whether the supplier has said that it will not answer.
func (p requestPage) Declined() bool { return p.Assignment.Response == campaign.Declined }

// Waits tells whether the request may still be declined or handed on.
func (p requestPage) Waits() bool { return p.Assignment.Response.TakesAnswers() && !p.Closed }

// byLink finds the assignment of a link. An altered link, one of another purpose
// and a revoked one answer alike.
func (s *Server) byLink(c *gin.Context) (campaign.Assignment, error) {
	id, err := token.LinkID(c.Param("token"))
	if err != nil {
		return campaign.Assignment{}, gone("fault.request.gone")
	}
	a, err := s.Links.ByID(c.Request.Context(), id)
	if fault.KindOf(err) == fault.NotFound || err == nil && !s.Keys.Valid(c.Param("token"), token.Answer, id, a.Generation) {
		return campaign.Assignment{}, gone("fault.request.gone")
	}
	if err == nil {
		err = a.CheckLink(a.Generation)
	}
	return a, err
}

func (s *Server) requestData(c *gin.Context, a campaign.Assignment) (requestPage, error) {
	v := access.Supplier(a.Org, a.ID, a.Generation, a.Name)
	p := requestPage{Assignment: a, Now: s.Now()}
	var err error
	if p.Campaign, err = s.Campaigns.Snapshot(c.Request.Context(), v, a.Campaign); err != nil {
		return p, err
	}
	buyer, err := s.buyer(c, v)
	if err != nil {
		return p, err
	}
	p.Buyer = buyerName(buyer, lang(c))
	p.Questions, p.Minutes = len(p.Campaign.Questionnaire.Questions()), p.Campaign.Questionnaire.Minutes()
	p.Covered = coverable(p.Campaign, a.PersonalData)
	p.Closed = !s.Now().Before(a.ClosesAt) && a.Response.TakesAnswers()
	return p, nil
}

func (s *Server) buyer(c *gin.Context, v access.Viewer) (org.Organization, error) {
	return s.Accounts.Organization(c.Request.Context(), v)
}

func buyerName(o org.Organization, lang string) string {
	if lang == "en" && o.NameEN != "" {
		return o.NameEN
	}
	return o.Name
}

func (s *Server) showRequest(c *gin.Context) error {
	a, err := s.byLink(c)
	if err != nil {
		return err
	}
	if s.prefersEnglish(c, a) {
		c.Set(keyLang, "en")
	}
	p, err := s.requestData(c, a)
	if err != nil {
		return err
	}
	p.Action = "/r/" + c.Param("token") + "/start"
	return s.renderSupplier(c, "request/request", p)
}

// prefersEnglish tells whether the buyer noted English for this supplier, and the
// reader has chosen nothing else.
func (s *Server) prefersEnglish(c *gin.Context, a campaign.Assignment) bool {
	return a.Lang == "en" && c.Query("lang") == "" && s.cookie(c, cookieLang) == ""
}

func (s *Server) startRequest(c *gin.Context) error {
	a, err := s.byLink(c)
	if err != nil {
		return err
	}
	person := make([]byte, 8)
	_, _ = rand.Read(person)
	cookie, err := s.Keys.SignSession(token.LinkSession{Org: a.Org, Assignment: a.ID, Generation: a.Generation,
		Person: hex.EncodeToString(person)}, s.Now())
	if err != nil {
		return err
	}
	if err := s.Responses.Open(c.Request.Context(), access.Supplier(a.Org, a.ID, a.Generation, a.Name)); err != nil {
		return err
	}
	if s.prefersEnglish(c, a) {
		s.setCookie(c, cookieLang, "en", 365*24*3600)
	}
	s.setCookie(c, cookieLink, cookie, int(token.SessionLife.Seconds()))
	to := "/tasks"
	if next := c.PostForm("to"); next == "decline" || next == "delegate" {
		to = "/" + next
	}
	return redirect(c, answerBase(a.ID)+to)
}

// coverable counts the questions that a certificate may stand in for, of whatever kind.
func coverable(c campaign.Campaign, personalData bool) int {
	var all []questionnaire.Certificate
	for _, kind := range evidence.Standing {
		all = append(all, questionnaire.Certificate{ID: string(kind), Kind: string(kind)})
	}
	return len(c.Covered(all, personalData))
}
