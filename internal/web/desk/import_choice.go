package desk

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/supplier"
	tables "tsunagi/internal/table"
	"tsunagi/internal/web"
)

// atColumns names the page's fields in place of the supplier's: the column that was
// chosen for it, or the first one when none was.
func (p *importPage) atColumns(faults fault.Fields) fault.Fields {
	for i, f := range faults {
		if f.Name != "header" {
			faults[i].Name = columnField(max(0, min(p.Mapping[supplier.Column(f.Name)], len(p.Columns)-1)))
		}
	}
	return faults
}

func columnField(index int) string { return "column." + strconv.Itoa(index) }

// parseColumns reads what the columns are to be taken for. What was chosen stays on the
// page, whatever is wrong with it.
func (p *importPage) parseColumns(c *gin.Context) fault.Fields {
	var f fault.Fields
	p.Mapping = supplier.Mapping{}
	take := func(field supplier.Column, index int) {
		if _, twice := p.Mapping[field]; twice {
			f.Add(columnField(index), "fault.supplier.field-twice")
			return
		}
		p.Mapping[field] = index
	}
	for i := range p.Columns {
		column := &p.Columns[i]
		column.Chosen = c.PostForm(columnField(column.Index))
		column.IsKey = column.Chosen == corporateKey
		switch field := supplier.Column(column.Chosen); {
		case field == "":
		case field == corporateKey:
			take(supplier.ColumnCode, column.Index)
			take(supplier.ColumnCorporateNumber, column.Index)
		case !slices.Contains(supplier.ListColumns, field):
			f.Add(columnField(column.Index), "fault.choose")
		default:
			take(field, column.Index)
		}
	}
	return append(f, p.atColumns(p.Mapping.Check(p.Preview.Width))...)
}

// parseLayout reads where the header stands; false when it stands where it stood.
func (p *importPage) parseLayout(c *gin.Context) (supplier.Layout, bool, error) {
	l := p.Layout
	switch given := c.PostForm("header"); given {
	case "":
		return l, false, nil
	case "none":
		l.Header, l.Tall = supplier.NoHeader, false
	default:
		n, err := strconv.Atoi(given)
		if err != nil || n < 0 || n >= len(p.Preview.Head) {
			var f fault.Fields
			f.Add("header", "fault.choose")
			return l, false, f.Err()
		}
		l.Header, l.Tall = n, c.PostForm("tall") != ""
	}
	return l, l.Header != p.Header || l.Tall != p.Tall, nil
}

func (s importPages) chooseMapping(c *gin.Context) error {
	p, err := s.openImport(c)
	if err != nil {
		return err
	}
	if p.Started {
		return s.Answer(c, nil, nil, web.To("/suppliers/import/"+p.ID).Refuse("fault.supplier.import-started"))
	}
	err = s.choose(c, &p)
	return s.Answer(c, err, s.Again(c, "app", "suppliers/import", p), web.To("/suppliers/import/"+p.ID))
}

// choose takes over what a person chose: another encoding or sheet, which may have other
// columns, else another header, for which the columns are guessed, else the columns.
func (s importPages) choose(c *gin.Context, p *importPage) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	chosen := p.Import
	if encoding, given := c.GetPostForm("encoding"); given && p.Preview.Encoding != "" {
		chosen.Encoding = encoding
	}
	if sheet := c.PostForm("sheet"); sheet != "" && sheet != p.Preview.Sheet {
		chosen.Sheet = sheet
	}
	if chosen.Encoding != p.Encoding || chosen.Sheet != p.Sheet {
		return s.readAs(c, p, chosen)
	}
	layout, moved, err := p.parseLayout(c)
	if err != nil {
		return err
	}
	r, err := s.kept(c, p.Import)
	if err != nil {
		return err
	}
	if moved {
		p.Layout = layout.Guessed(r.Rows)
	} else if err := p.parseColumns(c).Err(); err != nil {
		return err
	}
	_, err = s.suppliers.Choose(ctx, v, p.Import, r, false)
	return err
}

// readAs reads the file in another encoding or another sheet.
func (s importPages) readAs(c *gin.Context, p *importPage, chosen supplier.Import) error {
	p.Encoding = chosen.Encoding
	file, err := s.suppliers.Original(c.Request.Context(), web.Viewer(c), chosen)
	if err != nil {
		return err
	}
	r, err := s.read(c, file, chosen.Name, tables.Options{Encoding: tables.Encoding(chosen.Encoding), Sheet: chosen.Sheet})
	if err != nil {
		return err
	}
	_, err = s.suppliers.Choose(c.Request.Context(), web.Viewer(c), chosen, r, true)
	return err
}
