package web

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/supplier"
)

func (s *Server) supplierRoutes() []route {
	edit := needs(access.EditSuppliers)
	return []route{
		get("/suppliers", needs(access.ViewSuppliers), s.listSuppliers),
		get("/suppliers/new", edit, s.newSupplier),
		post("/suppliers/new", edit, s.createSupplier),
		get("/suppliers/import", edit, s.showUpload),
		post("/suppliers/import", edit, s.upload).upTo(maxUpload),
		get("/suppliers/import/:id", edit, s.showImport),
		post("/suppliers/import/:id/mapping", edit, s.chooseMapping),
		post("/suppliers/import/:id/start", edit, s.startImport),
		get("/suppliers/import/:id/faulty", edit, s.faultyRows),
		get("/suppliers/edit/:id", needs(access.ViewSuppliers), s.showSupplier),
		post("/suppliers/edit/:id", edit, s.saveSupplier),
	}
}

type suppliersPage struct {
	Rows   []supplier.Supplier
	Page   int
	More   bool
	Query  string
	Search string
	Tag    string
	Tier   string
	supplier.Directory
}

func (s *Server) listSuppliers(c *gin.Context) error {
	ctx, v := c.Request.Context(), viewer(c)
	p := suppliersPage{Page: pageNumber(c), Query: c.Request.URL.RawQuery, Search: strings.TrimSpace(c.Query("q")), Tag: c.Query("tag"), Tier: c.Query("tier")}
	f := supplier.Filter{Search: supplier.QueryGrams(p.Search), Tag: p.Tag, Page: p.Page, Size: pageSize}
	if n, err := strconv.Atoi(p.Tier); err == nil {
		f.Tier = &n
	}
	var err error
	if p.Rows, p.More, err = s.Suppliers.List(ctx, v, f); err != nil {
		return err
	}
	if p.Directory, err = s.Suppliers.Directory(ctx, v); err != nil {
		return err
	}
	return s.render(c, "suppliers/list", p)
}

// supplierForm is a supplier as typed; the tier questions have three answers.
type supplierForm struct {
	supplier.Supplier
	TagLine               string
	Holds, Stops, Reaches string
	Editable, Adding      bool
}

func formOf(sup supplier.Supplier) supplierForm {
	word := func(b *bool) string {
		switch {
		case b == nil:
			return ""
		case *b:
			return "yes"
		}
		return "no"
	}
	return supplierForm{Supplier: sup, TagLine: supplier.JoinTags(sup.Tags), Holds: word(sup.HoldsData), Stops: word(sup.StopsUs), Reaches: word(sup.ReachesSystems)}
}

func (f *supplierForm) parse(c *gin.Context) {
	text := func(name supplier.Column) string { return c.PostForm(string(name)) }
	choice := func(name string) (string, *bool) {
		value := c.PostForm(name)
		yes := value == "yes"
		if value != "yes" && value != "no" {
			return "", nil
		}
		return value, &yes
	}
	f.Code, f.Name, f.Kana = text(supplier.ColumnCode), text(supplier.ColumnName), text(supplier.ColumnKana)
	f.CorporateNumber, f.Department, f.ContactName = text(supplier.ColumnCorporateNumber), text(supplier.ColumnDepartment), text(supplier.ColumnContact)
	f.Email, f.Phone, f.Lang, f.Note = text(supplier.ColumnEmail), text(supplier.ColumnPhone), text(supplier.ColumnLang), text(supplier.ColumnNote)
	f.TagLine, f.Lane = text(supplier.ColumnTags), supplier.Lane(text(supplier.ColumnLane))
	f.Tags, f.PersonalData = supplier.SplitTags(f.TagLine), text(supplier.ColumnPersonalData) != ""
	f.Holds, f.HoldsData = choice("holds")
	f.Stops, f.StopsUs = choice("stops")
	f.Reaches, f.ReachesSystems = choice("reaches")
}

func (s *Server) newSupplier(c *gin.Context) error {
	return s.render(c, "suppliers/edit", supplierForm{Supplier: supplier.Supplier{Lang: "ja", Lane: supplier.LaneMail}, Editable: true, Adding: true})
}

func (s *Server) createSupplier(c *gin.Context) error {
	f := supplierForm{Editable: true, Adding: true}
	f.parse(c)
	_, err := s.Suppliers.Save(c.Request.Context(), viewer(c), f.Supplier)
	return s.savedSupplier(c, f, err)
}

func (s *Server) savedSupplier(c *gin.Context, f supplierForm, err error) error {
	if fault.KindOf(err) == fault.Invalid && err != nil {
		return s.renderProblem(c, "app", "suppliers/edit", f, err)
	}
	if err != nil {
		return err
	}
	return s.redirectWith(c, "/suppliers", "success", "suppliers.saved", fault.Args{"Name": f.Name})
}

func (s *Server) showSupplier(c *gin.Context) error {
	sup, err := s.Suppliers.Get(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	f := formOf(sup)
	f.Editable = viewer(c).Can(access.EditSuppliers)
	return s.render(c, "suppliers/edit", f)
}

func (s *Server) saveSupplier(c *gin.Context) error {
	sup, err := s.Suppliers.Get(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	f := formOf(sup)
	f.Editable = true
	if n, err := strconv.Atoi(c.PostForm("revision")); err == nil {
		f.Revision = n
	}
	f.parse(c)
	_, err = s.Suppliers.Save(c.Request.Context(), viewer(c), f.Supplier)
	return s.savedSupplier(c, f, err)
}
