package answer

import (
	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/web"
)

// peoplePages are for whoever will not answer, or not alone.
type peoplePages struct{ sheets }

func (s peoplePages) routes() []web.Route {
	return []web.Route{
		web.Get("/a/:assignment/decline", web.Linked(), s.showDecline),
		web.Post("/a/:assignment/decline", web.LinkedChange(), s.decline),
		web.Get("/a/:assignment/delegate", web.Linked(), s.showDelegate),
		web.Post("/a/:assignment/delegate", web.LinkedChange(), s.delegate),
	}
}

type declinePage struct {
	answerSheet
	Reason string
}

func (s peoplePages) showDecline(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if sh.ReadOnly {
		return web.Redirect(c, sh.Base()+"/tasks")
	}
	return s.RenderSupplier(c, "answer/decline", declinePage{answerSheet: sh})
}

// decline tells the buyer that this supplier will not answer, and why.
func (s peoplePages) decline(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	p := declinePage{sh, c.PostForm("reason")}
	err = s.responses.Decline(c.Request.Context(), web.Viewer(c), p.Reason)
	return s.Answer(c, err, s.Again(c, "supplier", "answer/decline", p), web.To(sh.Base()+"/tasks"))
}

type delegatePage struct {
	answerSheet
	Name, Email string
}

func (s peoplePages) showDelegate(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if sh.ReadOnly {
		return web.Redirect(c, sh.Base()+"/tasks")
	}
	return s.RenderSupplier(c, "answer/delegate", delegatePage{answerSheet: sh})
}

// delegate sends the link to another person of the supplier.
func (s peoplePages) delegate(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	p := delegatePage{sh, c.PostForm("name"), c.PostForm("email")}
	err = s.responses.Delegate(c.Request.Context(), web.Viewer(c), p.Name, p.Email)
	return s.Answer(c, err, s.Again(c, "supplier", "answer/delegate", p),
		web.To(sh.Base()+"/tasks").Say("answer.delegated", fault.Args{"Name": p.Name}))
}
