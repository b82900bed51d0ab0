package desk

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/document"
	"tsunagi/internal/fault"
	"tsunagi/internal/once"
	"tsunagi/internal/report"
	"tsunagi/internal/web"
)

// documentPages are the documents that grow with the number of suppliers and are made
// by a job.
type documentPages struct {
	*web.Frame
	documents *document.Service
	trail     trail
}

func (s documentPages) routes() []web.Route {
	view := web.Needs(access.ViewReports)
	return []web.Route{
		web.Post("/campaigns/:id/documents", view, s.askDocument).Grows(),
		web.Get("/documents", view, s.listDocuments),
		web.Post("/documents", view, s.askWhole).Grows(),
		web.Get("/documents/:id", view, s.showDocument),
		web.Get("/documents/:id/file", view, s.sendDocument),
	}
}

// askDocument queues a document about a campaign.
func (s documentPages) askDocument(c *gin.Context) error {
	return s.ask(c, document.Document{Kind: document.Kind(c.PostForm("kind")), Campaign: c.Param("id")})
}

// askWhole queues a document of all that the viewer sees, or of the campaign that the
// filter names.
func (s documentPages) askWhole(c *gin.Context) error {
	narrowed, err := url.ParseQuery(c.PostForm("filter"))
	if err != nil {
		return fault.New(fault.Invalid, "fault.invalid").Because(err)
	}
	filter, known, err := report.TrailFilter(narrowed.Get)
	if err != nil {
		return err
	}
	return s.ask(c, document.Document{Kind: document.Kind(c.PostForm("kind")), Campaign: filter.Campaign, Filter: known.Encode()})
}

func (s documentPages) ask(c *gin.Context, d document.Document) error {
	a, _ := web.Account(c)
	d.Lang, d.Issuer = web.Lang(c), web.BuyerName(a.Organization, web.Lang(c))
	d.Name = d.Issuer
	d, err := s.documents.Ask(c.Request.Context(), web.Viewer(c), d)
	if id, twice := once.Made(err); twice {
		d.ID = id
	}
	return s.Answer(c, err, func(problem error) error { return s.documentsPage(c, problem) }, web.To("/documents/"+d.ID))
}

type documentsPage struct {
	Rows  []document.Document
	Page  int
	More  bool
	Query string
	Now   time.Time
	Kinds []document.Kind // what may be asked for of all that the viewer sees
}

func (s documentPages) listDocuments(c *gin.Context) error {
	return s.documentsPage(c, nil)
}

// documentsPage lists the documents, with what was wrong when one could not be asked for.
func (s documentPages) documentsPage(c *gin.Context, problem error) error {
	p := documentsPage{Page: web.PageNumber(c), Query: c.Request.URL.RawQuery, Now: s.Now(),
		Kinds: document.Offered(web.Viewer(c), document.OnList, 0)}
	var err error
	if p.Rows, p.More, err = s.documents.Documents(c.Request.Context(), web.Viewer(c), p.Page, web.PageSize); err != nil {
		return err
	}
	return s.RenderProblem(c, "app", "reports/list", p, problem)
}

// showDocument says how far a document is; to a script in the words of jobs.
func (s documentPages) showDocument(c *gin.Context) error {
	d, err := s.documents.Document(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	if web.WantsJSON(c) {
		state := d.State
		if state == document.Ready {
			state = "done"
		}
		c.JSON(http.StatusOK, gin.H{"state": state, "done": d.Done, "total": d.Total})
		return nil
	}
	return s.Render(c, "reports/show", d)
}

// downloadLimit is how long a download may take, as long as the database reads for it.
const downloadLimit = time.Hour

// sendDocument streams the file of a document. The download is recorded first.
func (s documentPages) sendDocument(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	d, err := s.documents.Document(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	file, err := s.documents.OpenDocument(ctx, v, d)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := s.trail.Add(ctx, document.Downloaded(v, s.NewID(), s.Now(), d)); err != nil {
		return err
	}
	// An archive of a gigabyte on a slow line takes longer than any page may. A writer
	// without deadlines, as in tests, has none to move.
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(downloadLimit))
	web.FileHeaders(c, d.File.Name)
	c.Header("Content-Type", d.File.Type)
	c.Header("Content-Length", strconv.FormatInt(d.File.Size, 10)) // a file that breaks off is noticed by it
	c.Status(http.StatusOK)
	if _, err := io.Copy(c.Writer, file); err != nil {
		s.Log.Warn("send a document", "document", d.ID, "error", err) // the header is gone: nothing else can be answered
	}
	return nil
}
