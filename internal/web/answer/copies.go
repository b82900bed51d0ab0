package answer

import (
	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
	"tsunagi/internal/web"
)

// copiesPage are those who read along, and one more as typed.
type copiesPage struct {
	answerSheet
	Name, Email, By string
}

// Full tells whether as many read along as may.
func (p copiesPage) Full() bool { return len(p.Assignment.Copies) >= supplier.MaxContacts }

// Most is how many may read along.
func (p copiesPage) Most() int { return supplier.MaxContacts }

func (s peoplePages) showCopies(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if sh.ReadOnly {
		return web.Redirect(c, sh.Base()+"/tasks")
	}
	return s.RenderSupplier(c, "answer/copies", copiesPage{answerSheet: sh, By: sh.Assignment.Person})
}

// addCopy lets another person of the supplier read along.
func (s peoplePages) addCopy(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	p := copiesPage{sh, c.PostForm("name"), c.PostForm("email"), c.PostForm("by")}
	err = s.responses.AddCopy(c.Request.Context(), web.Viewer(c), response.Handing{Name: p.Name, Email: p.Email, By: p.By})
	return s.Answer(c, err, s.Again(c, "supplier", "answer/copies", p),
		web.To(sh.Base()+"/copies").Say("answer.copy-added", fault.Args{"Name": p.Name}))
}

// removeCopy lets somebody no longer read along.
func (s peoplePages) removeCopy(c *gin.Context) error {
	email := c.PostForm("email")
	err := s.responses.RemoveCopy(c.Request.Context(), web.Viewer(c), email)
	return s.Answer(c, err, nil, web.To(answerBase(web.Viewer(c).Assignment)+"/copies").Say("answer.copy-removed", fault.Args{"Email": email}))
}
