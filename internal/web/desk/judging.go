package desk

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/once"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// What a reviewer writes is one form of the whole page: whichever button is pressed,
// every comment and reason on it is kept first.

// Comments lists a question's comments that the reader does not write on.
func (p reviewPage) Comments(question string) []response.Comment {
	var out []response.Comment
	own := p.own(question)
	for _, c := range p.Review.Comments {
		if c.Question == question && (own.ID == "" || c.ID != own.ID) {
			out = append(out, c)
		}
	}
	return out
}

// own is what the reader is writing on a subject.
func (p reviewPage) own(subject string) response.Comment {
	if !p.Open || !p.MayReview {
		return response.Comment{}
	}
	return p.Review.Own(p.User, subject)
}

// words are the fields of one subject.
type words struct {
	Subject string
	Name    string // of the field
	Text    string
	Flag    bool
	N       int // the counter of what is saved
}

// Open tells whether there is something to see.
func (w words) Open() bool { return w.Text != "" }

// Words are the fields for what the reader writes on a question.
func (p reviewPage) Words(subject string) words {
	saved := p.own(subject)
	w := words{Subject: subject, Name: response.Field(subject), Text: saved.Text, Flag: saved.Flag || saved.Text == "", N: saved.Count}
	if typed, ok := p.Typed[w.Name]; ok {
		w.Text, w.Flag = typed, p.Typed["flag."+subject] != ""
	}
	return w
}

// Reason are the fields for why the sheet goes back.
func (p reviewPage) Reason() words { return p.Words(response.Reason) }

// Rejection are the fields for why a certificate is rejected.
func (p reviewPage) Rejection(e evidence.Evidence) words {
	w := p.Words(response.RejectionOf(e.ID))
	if w.Text == "" && w.N == 0 {
		w.Text = e.Reason
	}
	return w
}

// Undecided tells whether nobody has decided yet.
func (p reviewPage) Undecided() bool { return p.Review.Verdict == response.Undecided }

// unkept is what was typed and has no field any more, for reading and copying.
type unkept struct {
	Label  string // the key of what it was meant for
	Number int    // of its question
	Text   string
}

// Unkept lists what was typed on a sheet on which nothing can be written any more, because
// somebody decided meanwhile; not what is kept all the same.
func (p reviewPage) Unkept() []unkept {
	var out []unkept
	add := func(label string, number int, subject string) {
		text := strings.TrimSpace(p.Typed[response.Field(subject)])
		if text != "" && p.Review.Own(p.User, subject).Text != text {
			out = append(out, unkept{label, number, text})
		}
	}
	if p.Open {
		return nil
	}
	for _, q := range p.Campaign.Questionnaire.Questions() {
		add("answer.question", q.Number, q.Key)
	}
	for _, e := range p.Evidence {
		add("review.reject-reason", 0, response.RejectionOf(e.ID))
	}
	if !p.CanReturn {
		add("review.return-reason", 0, response.Reason)
	}
	return out
}

// keep saves what was posted beside a button, each in its own write, and gives the
// counters. What cannot be kept does not hold the others back. None of it is what the
// button does: that still has its effect.
func (s reviewPages) keep(c *gin.Context) (map[string]int, error) {
	if err := c.Request.ParseForm(); err != nil {
		return nil, err
	}
	counters, form := map[string]int{}, c.Request.PostForm
	ctx := once.Without(c.Request.Context())
	var wrong fault.Fields
	var failed error
	for name := range form {
		subject, ok := strings.CutPrefix(name, "n.")
		if _, there := form[response.Field(subject)]; !ok || !there {
			continue
		}
		w := response.Words{Subject: subject, Text: form.Get(response.Field(subject)), Flag: form.Get("flag."+subject) != "", Page: form.Get("page")}
		w.Seen, _ = strconv.Atoi(form.Get(name))
		if w.Text == "" && w.Seen == 0 {
			continue
		}
		n, err := s.responses.Write(ctx, web.Viewer(c), c.Param("id"), w)
		other := new(response.Reworded)
		switch {
		case errors.As(err, &other) && web.WantsJSON(c):
			return nil, err
		case len(fault.FieldsOf(err)) > 0:
			wrong = append(wrong, fault.FieldsOf(err)...)
		case err != nil:
			failed = err
		}
		counters[subject] = n
	}
	return counters, errors.Join(failed, wrong.Err())
}

// act keeps what was typed, and then does what the button says.
func (s reviewPages) act(c *gin.Context, key, anchor string, do func() error) error {
	_, err := s.keep(c)
	if err == nil {
		err = do()
	}
	again := func(problem error) error {
		p, err := s.reviewPage(c)
		if err != nil {
			return err
		}
		for name, values := range c.Request.PostForm {
			p.Typed[name] = values[0]
		}
		if fault.KindOf(problem) == fault.Conflict {
			return s.RenderPage(c, http.StatusConflict, "app", "review/review", p, problem)
		}
		return s.RenderProblem(c, "app", "review/review", p, problem)
	}
	err = s.Answer(c, err, again, web.To("/review/"+url.PathEscape(c.Param("id"))+anchor).Say(key))
	if err != nil && fault.KindOf(err) == fault.Conflict { // somebody decided meanwhile: what was typed stands there
		return again(err)
	}
	return err
}

// comment saves what was typed: for the script as one writes, for the button all of it.
func (s reviewPages) comment(c *gin.Context) error {
	if !web.WantsJSON(c) {
		anchor := ""
		if at := c.PostForm("at"); at != "" {
			anchor = "#q." + at
		}
		return s.act(c, "review.commented", anchor, func() error {
			_, err := s.campaigns.Assignment(c.Request.Context(), web.Viewer(c), c.Param("id")) // whose is nobody's is not saved
			return err
		})
	}
	n, err := s.keep(c)
	say, other, wrong := s.Catalog.For(web.Lang(c)), new(response.Reworded), fault.FieldsOf(err)
	switch {
	case err == nil:
		c.JSON(http.StatusOK, gin.H{"n": n, "at": say.Time(s.Now())})
	case errors.As(err, &other):
		c.JSON(http.StatusConflict, gin.H{"kind": "conflict", "message": say.FieldFault(wrong[0]), "n": other.Saved.Count})
	case len(wrong) > 0:
		c.JSON(http.StatusUnprocessableEntity, gin.H{"kind": "invalid", "message": say.FieldFault(wrong[0])})
	default:
		return err
	}
	return nil
}

func (s reviewPages) removeComment(c *gin.Context) error {
	return s.act(c, "review.comment-removed", "", func() error {
		return s.responses.RemoveComment(c.Request.Context(), web.Viewer(c), c.Param("id"), c.Param("comment"))
	})
}

// told is the key of what is said of a decision: of a supplier that can be mailed, or
// cannot.
func (s reviewPages) told(c *gin.Context, mailed, unmailed string) (string, error) {
	a, err := s.campaigns.Assignment(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if campaign.Writable(a) {
		return mailed, err
	}
	return unmailed, err
}

func (s reviewPages) accept(c *gin.Context) error {
	key, err := s.told(c, "review.accepted", "review.accepted-no-mail")
	if err != nil {
		return err
	}
	return s.act(c, key, "", func() error {
		return s.responses.Accept(c.Request.Context(), web.Viewer(c), c.Param("id"))
	})
}

// takeBack takes an acceptance back, before the supplier is told.
func (s reviewPages) takeBack(c *gin.Context) error {
	return s.act(c, "review.taken-back", "", func() error {
		return s.responses.TakeBack(c.Request.Context(), web.Viewer(c), c.Param("id"))
	})
}

func (s reviewPages) returnSheet(c *gin.Context) error {
	key, err := s.told(c, "review.returned", "review.returned-no-mail")
	if err != nil {
		return err
	}
	return s.act(c, key, "", func() error {
		why := response.Correction{Reason: c.PostForm("reason")}
		if typed := strings.TrimSpace(c.PostForm("due")); typed != "" {
			if why.Due, err = parseDue(typed); err != nil {
				return err
			}
		}
		return s.responses.Return(c.Request.Context(), web.Viewer(c), c.Param("id"), why)
	})
}

func (s reviewPages) judge(c *gin.Context) error {
	id := c.Param("evidence")
	verdict, reason := evidence.Validity(c.PostForm("verdict")), c.PostForm(response.Field(response.RejectionOf(id)))
	return s.act(c, "review.judged", "#evidence", func() error {
		return s.responses.Judge(c.Request.Context(), web.Viewer(c), c.Param("id"), id, verdict, reason)
	})
}
