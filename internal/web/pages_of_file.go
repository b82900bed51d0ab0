package web

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
)

// pagesAtOnce is how many pages of a file stand on one page of ours.
const pagesAtOnce = 20

// FilePages is a foreign file as it is shown: pictures of its pages, and their texts.
type FilePages struct {
	Evidence evidence.Evidence
	Base     string // the address of this page, under which the pictures are
	Back     string // where the reader came from
	File     string // the address of the file itself, for saving
	Pages    []FilePage
	From, To int
	Before   int   // the first page of the part before, 0 when this is the first
	After    int   // the first page of the part after, 0 when this is the last
	Held     error // why nothing new is made of the file; nil when it is
	TextHeld bool  // that is so of its texts, too
}

// FilePage is one page of it.
type FilePage struct {
	Number int
	Text   string
}

// FilePages reads what is shown of a file, from the page that the address names.
func (f *Frame) FilePages(c *gin.Context, files *evidence.Service, e evidence.Evidence) (FilePages, error) {
	ctx, v := c.Request.Context(), Viewer(c)
	var p FilePages
	if e.File == nil {
		return p, fault.New(fault.NotFound, "fault.not-found").Because(evidence.ErrNoFile)
	}
	content, err := files.Open(ctx, v, e) // fails when the file is not what was stored
	if err != nil {
		return p, err
	}
	_ = content.Close()
	if p.Evidence, err = files.Looked(ctx, v, e); err != nil || p.Evidence.File.Pages == 0 {
		return p, err
	}
	texts, err := files.Texts(ctx, v, p.Evidence)
	if err != nil && !evidence.Held(err) {
		return p, err
	}
	if p.Held = err; err == nil {
		p.Held = files.Holds(v, p.Evidence)
	}
	p.TextHeld = err != nil
	last := min(p.Evidence.File.Pages, evidence.PagesShown)
	from, _ := strconv.Atoi(c.Query("from"))
	p.From = max(1, min(from, last))
	p.To = min(last, p.From+pagesAtOnce-1)
	for n := p.From; n <= p.To; n++ {
		page := FilePage{Number: n}
		if n <= len(texts) {
			page.Text = texts[n-1]
		}
		p.Pages = append(p.Pages, page)
	}
	if p.From > 1 {
		p.Before = max(1, p.From-pagesAtOnce)
	}
	if p.To < last {
		p.After = p.To + 1
	}
	return p, nil
}

// Unshown counts the pages of which no picture is made.
func (p FilePages) Unshown() int { return p.Evidence.File.Pages - evidence.PagesShown }

// SendPicture answers with a picture of a page: a JPEG that we made.
func (f *Frame) SendPicture(c *gin.Context, files *evidence.Service, e evidence.Evidence) error {
	page, err := strconv.Atoi(c.Param("page"))
	if err != nil {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	width := evidence.Fitting
	if c.Query("large") != "" {
		width = evidence.Large
	}
	made, err := files.Picture(c.Request.Context(), Viewer(c), e, page, width)
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	c.Data(http.StatusOK, "image/jpeg", made)
	return nil
}
