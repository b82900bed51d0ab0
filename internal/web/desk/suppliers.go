package desk

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/notify"
	"tsunagi/internal/once"
	"tsunagi/internal/supplier"
	"tsunagi/internal/web"
)

// supplierPages are the directory of suppliers.
type supplierPages struct {
	*web.Frame
	suppliers *supplier.Service
	trail     trail
	campaigns *campaign.Service
	mails     deliveryReader
}

func (s supplierPages) routes() []web.Route {
	view, edit := web.Needs(access.ViewSuppliers), web.Needs(access.EditSuppliers)
	return []web.Route{
		web.Get("/suppliers", view, s.listSuppliers),
		web.Get("/suppliers/export", view, s.exportSuppliers),
		web.Get("/suppliers/new", edit, s.newSupplier),
		web.Post("/suppliers/new", edit, s.createSupplier),
		web.Get("/suppliers/edit/:id", view, s.showSupplier),
		web.Post("/suppliers/edit/:id", edit, s.saveSupplier),
		web.Post("/suppliers/edit/:id/carry-over", web.Needs(access.EditCampaigns), s.carryOver),
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
	Use    string // of Uses, or both
	supplier.Directory
}

// Tiers are the choices of the list.
func (p suppliersPage) Tiers() []supplier.Tier { return supplier.Tiers }

// Uses are the choices of the list.
func (p suppliersPage) Uses() []string { return []string{usesActive, usesEnded} }

// The suppliers that the list shows.
const (
	usesActive = "active"
	usesEnded  = "ended"
)

func (s supplierPages) listSuppliers(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	p := suppliersPage{Page: web.PageNumber(c), Query: c.Request.URL.RawQuery, Search: strings.TrimSpace(c.Query("q")), Tag: c.Query("tag"), Tier: c.Query("tier"), Use: c.Query("use")}
	f := supplier.Filter{Search: supplier.ParseQuery(p.Search), Tag: p.Tag, Page: p.Page, Size: web.PageSize}
	if n, err := strconv.Atoi(p.Tier); err == nil {
		f.Tier = &n
	}
	if p.Use == usesActive || p.Use == usesEnded {
		ended := p.Use == usesEnded
		f.Ended = &ended
	}
	var err error
	if p.Rows, p.More, err = s.suppliers.List(ctx, v, f); err != nil {
		return err
	}
	if p.Directory, err = s.suppliers.Directory(ctx, v); err != nil {
		return err
	}
	return s.Render(c, "suppliers/list", p)
}

// supplierForm is a supplier with its fields as typed.
type supplierForm struct {
	supplier.Supplier
	Fields           []supplierField
	People           []contactForm
	Editable, Adding bool
	Stale            []staleRequest   // open requests to other people than the directory's
	Failed           []notify.Message // to who reads along, of the open requests
}

// staleRequest is a request that still waits at an earlier address, or others read along.
type staleRequest struct {
	campaign.Assignment
	CampaignName string
}

// supplierField is a field as the page asks for it.
type supplierField struct {
	supplier.Field
	Value   string
	Options []web.FieldOption
}

// supplierForm shows a record as it is.
func (s supplierPages) supplierForm(c *gin.Context, sup supplier.Supplier) supplierForm {
	f := supplierForm{Supplier: sup, Editable: web.Viewer(c).Can(access.EditSuppliers), Adding: sup.ID == ""}
	w := s.Catalog.For(web.Lang(c))
	for _, row := range supplier.Fields() {
		field := supplierField{Field: row, Value: sup.Value(row.Key)}
		for _, value := range row.Choices {
			field.Options = append(field.Options, web.FieldOption{Value: value, Label: w.T(row.ChoiceLabel(value))})
		}
		f.Fields = append(f.Fields, field)
	}
	f.People = f.people(w)
	return f
}

// parse puts what was typed over the record; it stays on the page whatever is wrong.
func (f *supplierForm) parse(c *gin.Context, w *locale.Printer) {
	for i := range f.Fields {
		field := &f.Fields[i]
		if field.Control == supplier.People {
			f.Contacts = typedContacts(c)
			f.People = f.people(w)
			continue
		}
		field.Value = c.PostForm(string(field.Key))
		f.Put(field.Key, field.Value)
	}
}

func (s supplierPages) newSupplier(c *gin.Context) error {
	return s.Render(c, "suppliers/edit", s.supplierForm(c, supplier.Supplier{Lang: "ja", Lane: supplier.LaneMail}))
}

func (s supplierPages) createSupplier(c *gin.Context) error {
	return s.keep(c, s.supplierForm(c, supplier.Supplier{}))
}

// keep saves what was typed, or shows it again with what is wrong.
func (s supplierPages) keep(c *gin.Context, f supplierForm) error {
	f.parse(c, s.Catalog.For(web.Lang(c)))
	saved, err := s.suppliers.Save(c.Request.Context(), web.Viewer(c), f.Supplier)
	to := web.To("/suppliers").Say("suppliers.saved", fault.Args{"Name": f.Name})
	if err == nil && web.Viewer(c).Can(access.EditCampaigns) {
		stale, failed := s.stale(c, saved)
		if failed != nil {
			return failed
		}
		if len(stale) > 0 { // what was corrected is offered to them
			to = web.To("/suppliers/edit/"+url.PathEscape(saved.ID)+"#requests").Say("suppliers.saved-stale", fault.Args{"Name": f.Name, "Count": len(stale)})
		}
	}
	return s.Answer(c, err, s.Again(c, "app", "suppliers/edit", f), to)
}

// stale lists the supplier's open requests that wait at another address, or that others
// read along.
func (s supplierPages) stale(c *gin.Context, sup supplier.Supplier) ([]staleRequest, error) {
	ctx, v := c.Request.Context(), web.Viewer(c)
	stale, err := s.campaigns.Stale(ctx, v, sup)
	if err != nil || len(stale) == 0 {
		return nil, err
	}
	ids := make([]string, len(stale))
	for i, a := range stale {
		ids[i] = a.Campaign
	}
	names, err := s.campaigns.Names(ctx, v, ids)
	out := make([]staleRequest, len(stale))
	for i, a := range stale {
		out[i] = staleRequest{a, names[a.Campaign]}
	}
	return out, err
}

// carryOver gives the open requests of a supplier whom the directory names now.
func (s supplierPages) carryOver(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	sup, err := s.suppliers.Get(ctx, v, c.Param("id"))
	if err != nil {
		return err
	}
	n, err := s.campaigns.CarryOver(ctx, v, sup, c.PostForm("revoke") != "")
	return s.Answer(c, err, nil, web.To("/suppliers/edit/"+url.PathEscape(sup.ID)).Say("suppliers.carried", fault.Args{"Count": n, "Email": sup.Email}))
}

func (s supplierPages) showSupplier(c *gin.Context) error {
	sup, err := s.suppliers.Get(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	f := s.supplierForm(c, sup)
	if web.Viewer(c).Can(access.EditCampaigns) {
		if err := s.requestsOf(c, &f); err != nil {
			return err
		}
	}
	return s.Render(c, "suppliers/edit", f)
}

// requestsOf puts on a supplier's page what is to be done about its open requests.
func (s supplierPages) requestsOf(c *gin.Context, f *supplierForm) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	open, err := s.campaigns.OpenOf(ctx, v, f.ID)
	if err != nil {
		return err
	}
	var ids []string
	for _, a := range open {
		ids = append(ids, a.ID)
	}
	if f.Failed, err = s.mails.FailedCopies(ctx, v, ids); err != nil {
		return err
	}
	f.Stale, err = s.stale(c, f.Supplier)
	return err
}

func (s supplierPages) saveSupplier(c *gin.Context) error {
	sup, err := s.suppliers.Get(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	f := s.supplierForm(c, sup)
	if n, err := strconv.Atoi(c.PostForm("revision")); err == nil {
		f.Revision = n
	}
	return s.keep(c, f)
}

// directory corrects the buyer's directory beside a request.
type directory struct{ suppliers *supplier.Service }

// correctMost is how often the directory is corrected when another change gets in the way.
const correctMost = 3

// correct gives a request's supplier the address that was typed, when the person asked
// for it: the next campaign goes there, too. copyAt is the address that it replaces of
// one who reads along, "" for the main contact's. Two clicks correct it once.
func (d directory) correct(c *gin.Context, assignment, copyAt string) error {
	v := web.Viewer(c)
	if c.PostForm("directory") == "" || !v.Can(access.EditSuppliers) {
		return nil
	}
	ctx, typed := once.Without(c.Request.Context()), c.PostForm("email")
	for try := 1; ; try++ {
		sup, err := d.suppliers.Get(ctx, v, campaign.SupplierOf(assignment))
		if err != nil || !sup.Readdress(copyAt, typed) {
			return err
		}
		if _, err = d.suppliers.Save(ctx, v, sup); try == correctMost || fault.KindOf(err) != fault.Conflict {
			return err
		}
	}
}
