package web

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/document"
	"tsunagi/internal/fault"
)

// askDocument queues a document about a campaign.
func (s *Server) askDocument(c *gin.Context) error {
	return s.ask(c, document.Document{Kind: document.Kind(c.PostForm("kind")), Campaign: c.Param("id")})
}

// askTrail queues the trail of one campaign, or of all that the viewer sees.
func (s *Server) askTrail(c *gin.Context) error {
	return s.ask(c, document.Document{Kind: document.Trail, Campaign: c.PostForm("campaign")})
}

func (s *Server) ask(c *gin.Context, d document.Document) error {
	a, _ := account(c)
	d.Lang, d.Issuer = lang(c), buyerName(a.Organization, lang(c))
	d.Name = d.Issuer
	d, err := s.Documents.Ask(c.Request.Context(), viewer(c), d)
	if fault.KindOf(err) == fault.TooMany {
		return s.documentsPage(c, http.StatusTooManyRequests, err)
	}
	if err != nil {
		return err
	}
	s.WakeJobs()
	return redirect(c, "/documents/"+d.ID)
}

type documentsPage struct {
	Rows  []document.Document
	Page  int
	More  bool
	Query string
	Now   time.Time
	Trail bool // the viewer may ask for the trail
}

func (s *Server) listDocuments(c *gin.Context) error { return s.documentsPage(c, http.StatusOK, nil) }

// documentsPage lists the documents, with what was wrong when one could not be asked for.
func (s *Server) documentsPage(c *gin.Context, status int, problem error) error {
	p := documentsPage{Page: pageNumber(c), Query: c.Request.URL.RawQuery, Now: s.Now(), Trail: viewer(c).Can(access.ViewTrail)}
	var err error
	if p.Rows, p.More, err = s.Documents.Documents(c.Request.Context(), viewer(c), p.Page, pageSize); err != nil {
		return err
	}
	return s.renderPage(c, status, "app", "reports/list", p, problem)
}

// showDocument says how far a document is; to a script in the words of jobs.
func (s *Server) showDocument(c *gin.Context) error {
	d, err := s.Documents.Document(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		state := d.State
		if state == document.Ready {
			state = "done"
		}
		c.JSON(http.StatusOK, gin.H{"state": state, "done": d.Done, "total": d.Total})
		return nil
	}
	return s.render(c, "reports/show", d)
}

// downloadLimit is how long a download may take, as long as the database reads for it.
const downloadLimit = time.Hour

// sendDocument streams the file of a document. The download is recorded first.
func (s *Server) sendDocument(c *gin.Context) error {
	ctx, v := c.Request.Context(), viewer(c)
	d, err := s.Documents.Document(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	file, err := s.Documents.OpenDocument(ctx, v, d)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := s.Trail.Add(ctx, document.Downloaded(v, s.NewID(), s.Now(), d)); err != nil {
		return err
	}
	// An archive of a gigabyte on a slow line takes longer than any page may. A writer
	// without deadlines, as in tests, has none to move.
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(downloadLimit))
	fileHeaders(c, d.File.Name)
	c.Header("Content-Type", d.File.Type)
	c.Header("Content-Length", strconv.FormatInt(d.File.Size, 10)) // a file that breaks off is noticed by it
	c.Status(http.StatusOK)
	if _, err := io.Copy(c.Writer, file); err != nil {
		s.Log.Warn("send a document", "document", d.ID, "error", err) // the header is gone: nothing else can be answered
	}
	return nil
}
