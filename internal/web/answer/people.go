package answer

import (
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// peoplePages are for whoever will not answer, or not alone.
type peoplePages struct{ sheets }

func (s peoplePages) routes() []web.Route {
	return []web.Route{
		web.Get("/a/:assignment/decline", web.Linked(), s.showDecline),
		web.Post("/a/:assignment/decline", web.LinkedChange(), s.decline),
		web.Post("/a/:assignment/resume", web.Linked(), s.resume),
		web.Get("/a/:assignment/not-ours", web.Linked(), s.showNotOurs),
		web.Post("/a/:assignment/not-ours", web.LinkedChange(), s.notOurs),
		web.Get("/a/:assignment/delegate", web.Linked(), s.showDelegate),
		web.Post("/a/:assignment/delegate", web.LinkedChange(), s.delegate),
		web.Post("/a/:assignment/delegate/undo", web.LinkedChange(), s.handBack),
		web.Get("/a/:assignment/copies", web.Linked(), s.showCopies),
		web.Post("/a/:assignment/copies", web.LinkedChange(), s.addCopy),
		web.Post("/a/:assignment/copies/remove", web.LinkedChange(), s.removeCopy),
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

// resume takes a decline back.
func (s peoplePages) resume(c *gin.Context) error {
	err := s.responses.Resume(c.Request.Context(), web.Viewer(c))
	return s.Answer(c, err, nil, web.To(answerBase(web.Viewer(c).Assignment)+"/tasks").Say("answer.resumed"))
}

func (s peoplePages) showNotOurs(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if sh.ReadOnly {
		return web.Redirect(c, sh.Base()+"/tasks")
	}
	return s.RenderSupplier(c, "answer/not-ours", sh)
}

// notOurs tells the buyer that the request reached somebody whom it does not concern. The
// link ends with it: the page of the ended link says so, now and whenever it is opened.
func (s peoplePages) notOurs(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	err = s.responses.Misdirected(c.Request.Context(), web.Viewer(c), s.Catalog.For("ja").T("answer.not-ours-reason"))
	return s.Answer(c, err, nil, web.To(sh.Base()+"/tasks"))
}

type delegatePage struct {
	answerSheet
	Name, Email, By string
}

// WayBack tells whether the last change can be taken back.
func (p delegatePage) WayBack() bool { return p.Assignment.WayBack(p.Now) }

// BackDays is for how many days it can.
func (p delegatePage) BackDays() int { return calendar.HandBackDays }

// BackUntil is the last day on which it can.
func (p delegatePage) BackUntil() time.Time {
	return p.Assignment.Former.At.AddDate(0, 0, calendar.HandBackDays)
}

// Here is where the page can be opened: taking back has an address of its own.
func (p delegatePage) Here() string { return p.Base() + "/delegate" }

func (s peoplePages) showDelegate(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	if sh.ReadOnly {
		return web.Redirect(c, sh.Base()+"/tasks")
	}
	return s.RenderSupplier(c, "answer/delegate", delegatePage{answerSheet: sh, By: sh.Assignment.Person})
}

// delegate names another person of the supplier, who gets the link.
func (s peoplePages) delegate(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	p := delegatePage{sh, c.PostForm("name"), c.PostForm("email"), c.PostForm("by")}
	err = s.responses.Delegate(c.Request.Context(), web.Viewer(c), response.Handing{Name: p.Name, Email: p.Email, By: p.By})
	return s.Answer(c, err, s.Again(c, "supplier", "answer/delegate", p),
		web.To(sh.Base()+"/tasks").Say("answer.delegated", fault.Args{"Name": p.Name}))
}

// handBack gives the request back to the person who had it before.
func (s peoplePages) handBack(c *gin.Context) error {
	sh, err := s.sheet(c)
	if err != nil {
		return err
	}
	err = s.responses.HandBack(c.Request.Context(), web.Viewer(c))
	p := delegatePage{answerSheet: sh, By: sh.Assignment.Person}
	return s.Answer(c, err, s.Again(c, "supplier", "answer/delegate", p), web.To(p.Here()).Say("answer.handed-back"))
}
