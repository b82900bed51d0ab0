package desk

import (
	"net/url"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/supplier"
	tables "tsunagi/internal/table"
	"tsunagi/internal/web"
)

// undoImport takes an import back; a second click leads to what the first began.
func (s importPages) undoImport(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	i, err := s.suppliers.Import(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	job, err := s.runningJob(c, i.ID)
	if err != nil {
		return err
	}
	if job == nil { // one that takes it in still must end before
		err = s.suppliers.Undo(ctx, v, i)
	}
	if fault.KindOf(err) == fault.Conflict {
		err = nil
	}
	return s.Answer(c, err, nil, web.To("/suppliers/import/"+url.PathEscape(i.ID)))
}

// carryImport sends the open requests of the suppliers whose address an import brought to
// that address; a second click leads to what the first began.
func (s importPages) carryImport(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	i, err := s.suppliers.Import(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	job, err := s.runningJob(c, i.ID)
	if err != nil {
		return err
	}
	if job == nil { // one that takes it in or back must end before
		err = s.campaigns.CarryImport(ctx, v, i, c.PostForm("revoke") != "")
	}
	if fault.KindOf(err) == fault.Conflict {
		err = nil
	}
	return s.Answer(c, err, nil, web.To("/suppliers/import/"+url.PathEscape(i.ID)))
}

// faultyRows gives the rows that were not taken in, or not with every cell, with the
// reasons, to be corrected and imported again.
func (s importPages) faultyRows(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	i, err := s.suppliers.Import(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	if i.Preview == nil || len(i.Lacking(i.Preview.Width)) > 0 { // no row was judged: the page says what is missing
		return web.Redirect(c, "/suppliers/import/"+url.PathEscape(i.ID))
	}
	r, err := s.kept(c, i)
	if err != nil {
		return err
	}
	taken := recorded(ctx, s.trail, supplier.Exported(v, s.NewID(), s.Now(), web.TableFormat(c), i.Ref()))
	known, err := s.suppliers.Meant(ctx, v, i.Asks(r.Rows))
	if err != nil {
		return err
	}
	verdicts, _ := i.Judge(r.Rows, supplier.NewKnown(known))
	header, body := i.Body(r.Rows)
	w := s.Catalog.For(web.Lang(c))
	lines := supplier.FaultyRows(header, body, verdicts, w.T("suppliers.fault-row"), w.T("suppliers.fault-reason"), func(faults []supplier.RowFault) string {
		out := ""
		for _, f := range faults {
			out += w.T(f.Column.Label()) + ": " + w.T(f.Key, f.Args) + " "
		}
		return out
	})
	rows := make([][]any, len(lines))
	for i, line := range lines {
		for _, cell := range line {
			rows[i] = append(rows[i], cell)
		}
	}
	return s.SendTable(c, w.T("suppliers.faulty-file"), taken, tables.Of(rows))
}

// importResult gives everything that an import did: a row for each supplier that is new,
// and one for each field that changed.
func (s importPages) importResult(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	i, err := s.suppliers.Import(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	taken := recorded(ctx, s.trail, supplier.Exported(v, s.NewID(), s.Now(), web.TableFormat(c), i.Ref()))
	w := s.Catalog.For(web.Lang(c))
	head := []any{w.T("suppliers.fault-row"), w.T("suppliers.column.code"), w.T("suppliers.column.name"), w.T("suppliers.result-what"),
		w.T("suppliers.fault-column"), w.T("suppliers.was"), w.T("suppliers.is")}
	return s.SendTable(c, w.T("suppliers.result-file"), taken, tables.Walked(head, func(send func([]any) error) error {
		for after := ""; ; {
			parts, err := s.suppliers.Parts(ctx, v, i.ID, after, 1)
			if err != nil || len(parts) == 0 {
				return err
			}
			after = parts[0].ID
			for _, t := range parts[0].Takings {
				for _, row := range takingRows(w, t) {
					if err := send(row); err != nil {
						return err
					}
				}
			}
		}
	}))
}

func takingRows(w *locale.Printer, t supplier.Taking) [][]any {
	if t.New {
		return [][]any{{t.Row, t.Code, t.Name, w.T("suppliers.new"), "", "", ""}}
	}
	var rows [][]any
	for _, f := range t.Changes() {
		rows = append(rows, []any{t.Row, t.Code, t.Name, w.T("suppliers.changed"), w.T(f.Column.Label()), f.Was, f.Is})
	}
	return rows
}
