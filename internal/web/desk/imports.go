package desk

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/supplier"
	tables "tsunagi/internal/table"
	"tsunagi/internal/web"
)

// importPages take a list of suppliers in.
type importPages struct {
	*web.Frame
	running
	suppliers *supplier.Service
}

func (s importPages) routes() []web.Route {
	edit := web.Needs(access.EditSuppliers)
	return []web.Route{
		web.Get("/suppliers/import", edit, s.showUpload),
		web.Post("/suppliers/import", edit, s.upload).WithFiles(maxUpload),
		web.Get("/suppliers/import/:id", edit, s.showImport),
		web.Post("/suppliers/import/:id/mapping", edit, s.chooseMapping),
		web.Post("/suppliers/import/:id/start", edit, s.startImport),
		web.Get("/suppliers/import/:id/faulty", edit, s.faultyRows),
	}
}

// maxUpload is the largest form with a list in it.
const maxUpload = tables.MaxBytes + 1<<20

func (s importPages) showUpload(c *gin.Context) error { return s.Render(c, "suppliers/upload", nil) }

// rowsOf gives the rows of a table as the directory takes them.
func rowsOf(table *tables.Table) []supplier.Row {
	rows := make([]supplier.Row, len(table.Rows))
	for i, r := range table.Rows {
		rows[i] = supplier.Row(r)
	}
	return rows
}

func (s importPages) upload(c *gin.Context) error {
	i, err := s.begin(c)
	return s.Answer(c, err, s.Again(c, "app", "suppliers/upload", nil), web.To("/suppliers/import/"+i.ID))
}

// begin reads the list that was sent, and keeps it.
func (s importPages) begin(c *gin.Context) (supplier.Import, error) {
	file, err := web.TakeUpload(c, "file")
	if err != nil && !web.BrokeOff(err) {
		return supplier.Import{}, err // of the body that was too large nothing is left
	}
	if file == nil {
		var f fault.Fields
		f.Add("file", "fault.evidence.no-file")
		return supplier.Import{}, f.Err()
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, tables.MaxBytes+1))
	if err != nil {
		return supplier.Import{}, err
	}
	table, err := tables.Read(data, file.Name, tables.Options{})
	if err != nil {
		return supplier.Import{}, err
	}
	list := supplier.List{Name: evidence.CleanName(file.Name), Rows: rowsOf(table)}
	if list.Kept, list.Packed, err = tables.Keep(data, table); err != nil {
		return supplier.Import{}, err
	}
	return s.suppliers.Begin(c.Request.Context(), web.Viewer(c), list)
}

// columnChoice is one column of the list with what it is taken for.
type columnChoice struct {
	Index   int
	Header  string
	Samples []string
	Chosen  string
}

type importPage struct {
	supplier.Import
	Columns   []columnChoice
	Fields    []supplier.Column
	Encodings []tables.Encoding
	Table     *tables.Table
	Counts    supplier.Counts
	Faults    []supplier.RowFault
	MoreFault int
	Rows      int
	Job       *jobs.Job
	Done      bool
	verdicts  []supplier.Verdict
	body      []supplier.Row
	header    supplier.Row
}

// IsText tells whether the list has an encoding that can be chosen.
func (p importPage) IsText() bool { return p.Table != nil && p.Table.Format == tables.CSV }

// faultsShown bounds the table of faults; all of them are in the download.
const faultsShown = 100

// openImport reads the list, and what its columns are taken for.
func (s importPages) openImport(c *gin.Context) (importPage, error) {
	p := importPage{Fields: supplier.Columns, Encodings: tables.Encodings}
	var err error
	if p.Import, err = s.suppliers.Import(c.Request.Context(), web.Viewer(c), c.Param("id")); err != nil {
		return p, err
	}
	if p.Table, err = s.reread(c, p.Import); err != nil {
		return p, err
	}
	p.header, p.body = p.Body(rowsOf(p.Table))
	p.Rows = len(p.body)
	p.columns()
	return p, nil
}

func (s importPages) reread(c *gin.Context, i supplier.Import) (*tables.Table, error) {
	kept, err := s.suppliers.Upload(c.Request.Context(), web.Viewer(c), i)
	if err != nil {
		return nil, err
	}
	return tables.Reread(kept, i.Packed, i.Name, tables.Options{Encoding: tables.Encoding(i.Encoding)})
}

// importPage also says what becomes of each row, once its code is known.
func (s importPages) importPage(c *gin.Context) (importPage, error) {
	p, err := s.openImport(c)
	if err != nil {
		return p, err
	}
	return p, s.judge(c, &p)
}

func (s importPages) judge(c *gin.Context, p *importPage) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	if _, ok := p.Mapping[supplier.ColumnCode]; !ok {
		return nil
	}
	existing, err := s.suppliers.ByCodes(ctx, v, p.Mapping.Codes(p.body))
	if err != nil {
		return err
	}
	p.verdicts, p.Counts = supplier.Judge(p.body, p.header, p.Mapping, existing)
	for _, verdict := range p.verdicts {
		for _, f := range verdict.Faults {
			if len(p.Faults) < faultsShown {
				p.Faults = append(p.Faults, f)
			} else {
				p.MoreFault++
			}
		}
	}
	p.Job, err = s.runningJob(c, p.ID)
	p.Done = p.Started && p.Job == nil
	return err
}

func (p *importPage) columns() {
	chosen := map[int]string{}
	for column, index := range p.Mapping {
		chosen[index] = string(column)
	}
	for index := range p.Table.Width {
		choice := columnChoice{Index: index, Header: p.header.Cell(index), Chosen: chosen[index]}
		if choice.Header == "" {
			choice.Header = tables.ColumnName(index)
		}
		for _, r := range p.body[:min(3, len(p.body))] {
			choice.Samples = append(choice.Samples, r.Cell(index))
		}
		p.Columns = append(p.Columns, choice)
	}
}

func (s importPages) showImport(c *gin.Context) error {
	p, err := s.importPage(c)
	if err != nil {
		return err
	}
	if lacking := p.Mapping.Check(p.Table.Width); len(lacking) > 0 && !p.Started {
		return s.RenderPage(c, http.StatusOK, "app", "suppliers/import", p, p.atColumns(lacking).Err())
	}
	return s.Render(c, "suppliers/import", p)
}

// atColumns names the page's fields in place of the supplier's: the column that was
// chosen for it, or the first one when none was.
func (p *importPage) atColumns(faults fault.Fields) fault.Fields {
	for i, f := range faults {
		faults[i].Name = columnField(max(0, min(p.Mapping[supplier.Column(f.Name)], len(p.Columns)-1)))
	}
	return faults
}

func columnField(index int) string { return "column." + strconv.Itoa(index) }

// parse reads what the columns are to be taken for. What was chosen stays on the
// page, whatever is wrong with it.
func (p *importPage) parse(c *gin.Context) fault.Fields {
	var f fault.Fields
	p.Mapping = supplier.Mapping{}
	for i := range p.Columns {
		column := &p.Columns[i]
		column.Chosen = c.PostForm(columnField(column.Index))
		field := supplier.Column(column.Chosen)
		_, twice := p.Mapping[field]
		switch {
		case field == "":
		case !slices.Contains(supplier.Columns, field):
			f.Add(columnField(column.Index), "fault.choose")
		case twice:
			f.Add(columnField(column.Index), "fault.supplier.field-twice")
		default:
			p.Mapping[field] = column.Index
		}
	}
	return append(f, p.atColumns(p.Mapping.Check(p.Table.Width))...)
}

func (s importPages) chooseMapping(c *gin.Context) error {
	p, err := s.importPage(c)
	if err != nil {
		return err
	}
	if p.Started {
		return s.Answer(c, nil, nil, web.To("/suppliers/import/"+p.ID).Refuse("fault.supplier.import-started"))
	}
	if encoding := c.PostForm("encoding"); !p.Packed && encoding != p.Encoding {
		err = s.readAs(c, &p, encoding)
	} else {
		err = p.parse(c).Err()
	}
	if err == nil {
		err = s.suppliers.Choose(c.Request.Context(), web.Viewer(c), p.Import)
	}
	return s.Answer(c, err, s.Again(c, "app", "suppliers/import", p), web.To("/suppliers/import/"+p.ID))
}

// readAs reads the list in another encoding, which may have other columns.
func (s importPages) readAs(c *gin.Context, p *importPage, encoding string) error {
	p.Encoding = encoding
	table, err := s.reread(c, p.Import)
	if err == nil {
		p.Header, p.Mapping = supplier.GuessHeader(rowsOf(table))
	}
	return err
}

// startImport begins what the preview showed; a second click leads to what the first
// began. The rows are judged by the job, and here only for the page that says which
// column is missing.
func (s importPages) startImport(c *gin.Context) error {
	p, err := s.openImport(c)
	if err != nil {
		return err
	}
	err = p.atColumns(p.Mapping.Check(p.Table.Width)).Err()
	if err == nil {
		err = s.suppliers.Start(c.Request.Context(), web.Viewer(c), p.Import, len(p.body))
	}
	if fault.KindOf(err) == fault.Conflict {
		err = nil
	}
	return s.Answer(c, err, func(problem error) error {
		if err := s.judge(c, &p); err != nil {
			return err
		}
		return s.Again(c, "app", "suppliers/import", p)(problem)
	}, web.To("/suppliers/import/"+url.PathEscape(p.ID)))
}

// faultyRows gives the rows that were not taken in, with the reasons, to be
// corrected and imported again.
func (s importPages) faultyRows(c *gin.Context) error {
	p, err := s.importPage(c)
	if err != nil {
		return err
	}
	if p.verdicts == nil { // no row was judged: the page says which column is missing
		return web.Redirect(c, "/suppliers/import/"+url.PathEscape(p.ID))
	}
	w := s.Catalog.For(web.Lang(c))
	lines := supplier.FaultyRows(p.header, p.body, p.verdicts, w.T("suppliers.fault-row"), w.T("suppliers.fault-reason"), func(faults []supplier.RowFault) string {
		out := ""
		for _, f := range faults {
			out += w.T("suppliers.column."+string(f.Column)) + ": " + w.T(f.Key, f.Args) + " "
		}
		return out
	})
	rows := make([][]any, len(lines))
	for i, line := range lines {
		for _, cell := range line {
			rows[i] = append(rows[i], cell)
		}
	}
	return s.SendTable(c, w.T("suppliers.faulty-file"), tables.Of(rows))
}
