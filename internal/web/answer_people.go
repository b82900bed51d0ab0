package web

import (
	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
)

type declinePage struct {
	answerSheet
	Reason string
}

func (s *Server) showDecline(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if !sh.Assignment.Response.TakesAnswers() {
		return redirect(c, sh.Base()+"/tasks")
	}
	return s.renderSupplier(c, "answer/decline", declinePage{answerSheet: sh})
}

// decline tells the buyer that this supplier will not answer, and why.
func (s *Server) decline(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	p := declinePage{sh, c.PostForm("reason")}
	err = s.Responses.Decline(c.Request.Context(), viewer(c), p.Reason)
	if err != nil && fault.KindOf(err) == fault.Invalid {
		return s.renderProblem(c, "supplier", "answer/decline", p, err)
	}
	if err != nil {
		return err
	}
	return redirect(c, sh.Base()+"/tasks")
}

type delegatePage struct {
	answerSheet
	Name, Email string
}

func (s *Server) showDelegate(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	return s.renderSupplier(c, "answer/delegate", delegatePage{answerSheet: sh})
}

// delegate sends the link to another person of the supplier.
func (s *Server) delegate(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	p := delegatePage{sh, c.PostForm("name"), c.PostForm("email")}
	err = s.Responses.Delegate(c.Request.Context(), viewer(c), p.Name, p.Email)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Invalid || kind == fault.TooMany) {
		return s.renderPage(c, statuses[kind], "supplier", "answer/delegate", p, err)
	}
	if err != nil {
		return err
	}
	s.WakeMail()
	return s.redirectWith(c, sh.Base()+"/tasks", "success", "answer.delegated", fault.Args{"Name": p.Name})
}
