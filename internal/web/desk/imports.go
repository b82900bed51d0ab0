package desk

import (
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/once"
	"tsunagi/internal/supplier"
	tables "tsunagi/internal/table"
	"tsunagi/internal/web"
)

// importPages take a list of suppliers in.
type importPages struct {
	*web.Frame
	running
	suppliers *supplier.Service
	campaigns *campaign.Service
	trail     trail
}

func (s importPages) routes() []web.Route {
	edit := web.Needs(access.EditSuppliers)
	return []web.Route{
		web.Get("/suppliers/import", edit, s.showUpload),
		web.Post("/suppliers/import", edit, s.upload).WithFiles(maxUpload),
		web.Get("/suppliers/import/:id", edit, s.showImport),
		web.Post("/suppliers/import/:id/mapping", edit, s.chooseMapping),
		web.Post("/suppliers/import/:id/start", edit, s.startImport).Grows(),
		web.Post("/suppliers/import/:id/undo", edit, s.undoImport),
		web.Post("/suppliers/import/:id/carry-over", web.Needs(access.EditCampaigns), s.carryImport),
		web.Get("/suppliers/import/:id/faulty", edit, s.faultyRows),
		web.Get("/suppliers/import/:id/result", edit, s.importResult),
	}
}

// maxUpload is the largest form with a list in it.
const maxUpload = tables.MaxBytes + 1<<20

// recentImports is how many earlier ones the page of a new one names.
const recentImports = 10

type uploadPage struct{ Recent []supplier.Import }

func (s importPages) uploadPage(c *gin.Context) (p uploadPage, err error) {
	p.Recent, err = s.suppliers.Imports(c.Request.Context(), web.Viewer(c), recentImports)
	return p, err
}

func (s importPages) showUpload(c *gin.Context) error {
	p, err := s.uploadPage(c)
	if err != nil {
		return err
	}
	return s.Render(c, "suppliers/upload", p)
}

func (s importPages) upload(c *gin.Context) error {
	again := func(problem error) error {
		p, err := s.uploadPage(c)
		if err != nil {
			return err
		}
		return s.Again(c, "app", "suppliers/upload", p)(problem)
	}
	file, err := web.TakeUpload(c, "file")
	if err != nil && !web.BrokeOff(err) {
		return s.Answer(c, err, again, web.Next{}) // of the body that was too large nothing is left
	}
	if file == nil {
		var f fault.Fields
		f.Add("file", "fault.evidence.no-file")
		return again(f.Err())
	}
	defer func() { _ = file.Close() }()
	if done, err := s.Once(c, file.Sum); done || err != nil {
		return err
	}
	i, err := s.begin(c, file)
	if id, twice := once.Made(err); twice {
		i.ID = id
	}
	return s.Answer(c, err, again, web.To("/suppliers/import/"+i.ID))
}

// begin reads the list that was sent, and keeps it.
func (s importPages) begin(c *gin.Context, file *web.Upload) (supplier.Import, error) {
	data, err := io.ReadAll(io.LimitReader(file, tables.MaxBytes+1))
	if err != nil {
		return supplier.Import{}, err
	}
	list := supplier.List{Name: evidence.CleanName(file.Name), File: data}
	if list.Reading, err = s.read(c, data, list.Name, tables.Options{}); err != nil {
		return supplier.Import{}, err
	}
	if list.Encoding != "" {
		list.Reread = func(encoding string) (supplier.Reading, error) {
			return s.read(c, data, list.Name, tables.Options{Encoding: tables.Encoding(encoding)})
		}
	}
	return s.suppliers.Begin(c.Request.Context(), web.Viewer(c), list)
}

// read reads a file. Of a workbook the sheet that looks most like a list is proposed.
func (s importPages) read(c *gin.Context, data []byte, name string, opts tables.Options) (supplier.Reading, error) {
	var failed error
	opts.Propose = func(sheets []tables.Table) int {
		heads := make([][]supplier.Row, len(sheets))
		for i := range sheets {
			heads[i] = sheets[i].Listed()
		}
		n, err := s.suppliers.ProposeSheet(c.Request.Context(), web.Viewer(c), heads)
		failed = err
		return n
	}
	table, err := tables.Read(data, name, opts)
	if err == nil {
		err = failed
	}
	if err != nil {
		return supplier.Reading{}, err
	}
	r := table.Reading()
	r.Table = tables.Keep(table)
	return r, nil
}

// kept reads what was kept of an import.
func (s importPages) kept(c *gin.Context, i supplier.Import) (supplier.Reading, error) {
	kept, err := s.suppliers.Upload(c.Request.Context(), web.Viewer(c), i)
	if err != nil {
		return supplier.Reading{}, err
	}
	return tables.ReadList(i, kept)
}

// columnChoice is one column of the list with what it is taken for.
type columnChoice struct {
	Index   int
	Header  string
	Samples []string
	Chosen  string
	IsKey   bool // the corporate number, which is the code as well
}

type importPage struct {
	supplier.Import
	Columns   []columnChoice
	Fields    []supplier.Column
	Encodings []tables.Encoding
	Job       *jobs.Job
	Takings   []supplier.Taking // the first that changed or added something
	NoHeader  bool
	Behind    int // open requests at another address than the one that it brought, for who may carry them over
}

// Done tells whether the list was taken in.
func (p importPage) Done() bool { return p.Started && p.Job == nil }

// Undoes tells whether the job that runs takes the import back.
func (p importPage) Undoes() bool { return p.Job != nil && p.Job.Kind == "undo" }

// Carries tells whether the job that runs carries requests over.
func (p importPage) Carries() bool { return p.Job != nil && p.Job.Kind == "carry" }

// MoreFaults is how many faults the page does not show.
func (p importPage) MoreFaults() int { return p.Preview.Found - len(p.Preview.Faults) }

// openImport reads the import, and judges it again when the directory is another than
// that for which it was judged.
func (s importPages) openImport(c *gin.Context) (importPage, error) {
	p := importPage{Fields: supplier.ListColumns, Encodings: tables.Encodings}
	ctx, v := c.Request.Context(), web.Viewer(c)
	var err error
	if p.Import, err = s.suppliers.Import(ctx, v, c.Param("id")); err != nil {
		return p, err
	}
	stale := p.Preview == nil
	if !stale && !p.Started && p.Preview.Judged {
		directory, err := s.suppliers.Directory(ctx, v)
		if err != nil {
			return p, err
		}
		stale = directory.State != p.Preview.State
	}
	if stale {
		r, err := s.kept(c, p.Import)
		if err != nil {
			return p, err
		}
		if p.Import, err = s.suppliers.Look(ctx, v, p.Import, r); err != nil {
			return p, err
		}
	}
	p.columns()
	if p.Started {
		p.Job, err = s.runningJob(c, p.ID)
	}
	return p, err
}

// corporateKey is the choice that the corporate number is the code as well.
const corporateKey = "corporate-key"

func (p *importPage) columns() {
	chosen := map[int]string{}
	for column, index := range p.Mapping {
		if column != supplier.ColumnCode || !p.Mapping.NumberIsKey() {
			chosen[index] = string(column)
		}
	}
	if p.Mapping.NumberIsKey() {
		chosen[p.Mapping[supplier.ColumnCode]] = corporateKey
	}
	p.NoHeader = p.Header == supplier.NoHeader
	p.Columns = nil
	for index, column := range p.Preview.Columns {
		choice := columnChoice{Index: index, Header: column.Header, Samples: column.Samples, Chosen: chosen[index],
			IsKey: chosen[index] == corporateKey}
		if choice.Header == "" {
			choice.Header = tables.ColumnName(index)
		}
		p.Columns = append(p.Columns, choice)
	}
}

func (s importPages) showImport(c *gin.Context) error {
	p, err := s.openImport(c)
	if err != nil {
		return err
	}
	if lacking := p.Lacking(p.Preview.Width); len(lacking) > 0 && !p.Started {
		return s.RenderPage(c, http.StatusOK, "app", "suppliers/import", p, p.atColumns(lacking).Err())
	}
	if p.Done() {
		parts, err := s.suppliers.Parts(c.Request.Context(), web.Viewer(c), p.ID, "", 1)
		if err != nil {
			return err
		}
		for _, part := range parts {
			p.Takings = part.Takings[:min(len(part.Takings), takingsShown)]
		}
		if v := web.Viewer(c); v.Can(access.EditCampaigns) {
			if p.Behind, err = s.campaigns.Behind(c.Request.Context(), v, p.ID, s.Now()); err != nil {
				return err
			}
		}
	}
	return s.Render(c, "suppliers/import", p)
}

// takingsShown bounds the list of what an import did; all of it is in the download.
const takingsShown = 50

// startImport begins what the preview showed; a second click leads to what the first
// began. Where the directory has changed since, the page is shown as it is now.
func (s importPages) startImport(c *gin.Context) error {
	p, err := s.openImport(c)
	if err != nil {
		return err
	}
	seen, err := strconv.ParseInt(c.PostForm("state"), 10, 64)
	if err != nil {
		seen = p.Preview.State
	}
	if lacking := p.Lacking(p.Preview.Width); len(lacking) > 0 {
		err = p.atColumns(lacking).Err()
	} else {
		err = s.suppliers.Start(c.Request.Context(), web.Viewer(c), p.Import, seen)
	}
	if fault.KindOf(err) == fault.Conflict {
		err = nil
	}
	return s.Answer(c, err, s.Again(c, "app", "suppliers/import", p), web.To("/suppliers/import/"+url.PathEscape(p.ID)))
}
