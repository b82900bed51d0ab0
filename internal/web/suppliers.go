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

// Tiers are the choices of the list.
func (p suppliersPage) Tiers() []supplier.Tier { return supplier.Tiers }

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

// supplierForm is a supplier with its fields as typed.
type supplierForm struct {
	supplier.Supplier
	Fields           []supplierField
	Editable, Adding bool
}

// supplierField is a field as the page asks for it.
type supplierField struct {
	supplier.Field
	Value   string
	Options []fieldOption
}

// fieldOption is one of the choices of a field, in words.
type fieldOption struct{ Value, Label, Hint string }

// supplierForm shows a record as it is.
func (s *Server) supplierForm(c *gin.Context, sup supplier.Supplier) supplierForm {
	f := supplierForm{Supplier: sup, Editable: viewer(c).Can(access.EditSuppliers), Adding: sup.ID == ""}
	w := s.Catalog.For(lang(c))
	for _, row := range supplier.Fields() {
		field := supplierField{Field: row, Value: sup.Value(row.Key)}
		for _, value := range row.Choices {
			field.Options = append(field.Options, fieldOption{Value: value, Label: w.T(row.ChoiceLabel(value))})
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}

// parse puts what was typed over the record; it stays on the page whatever is wrong.
func (f *supplierForm) parse(c *gin.Context) {
	for i := range f.Fields {
		field := &f.Fields[i]
		field.Value = c.PostForm(string(field.Key))
		f.Put(field.Key, field.Value)
	}
}

func (s *Server) newSupplier(c *gin.Context) error {
	return s.render(c, "suppliers/edit", s.supplierForm(c, supplier.Supplier{Lang: "ja", Lane: supplier.LaneMail}))
}

func (s *Server) createSupplier(c *gin.Context) error {
	f := s.supplierForm(c, supplier.Supplier{})
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
	return s.render(c, "suppliers/edit", s.supplierForm(c, sup))
}

func (s *Server) saveSupplier(c *gin.Context) error {
	sup, err := s.Suppliers.Get(c.Request.Context(), viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	f := s.supplierForm(c, sup)
	if n, err := strconv.Atoi(c.PostForm("revision")); err == nil {
		f.Revision = n
	}
	f.parse(c)
	_, err = s.Suppliers.Save(c.Request.Context(), viewer(c), f.Supplier)
	return s.savedSupplier(c, f, err)
}
