package desk

import (
	"github.com/gin-gonic/gin"

	"tsunagi/internal/audit"
	"tsunagi/internal/locale"
	"tsunagi/internal/supplier"
	tables "tsunagi/internal/table"
	"tsunagi/internal/web"
)

// exportSuppliers sends the whole directory, row by row as it is read, as a list that
// comes back in as it is.
func (s supplierPages) exportSuppliers(c *gin.Context) error {
	ctx, v := c.Request.Context(), web.Viewer(c)
	taken := recorded(ctx, s.trail, supplier.Exported(v, s.NewID(), s.Now(), web.TableFormat(c), audit.Ref{Kind: "organization", ID: v.Org}))
	w := s.Catalog.For(web.Lang(c))
	var head []any
	for _, column := range supplier.Columns {
		head = append(head, w.T(column.Label()))
	}
	return s.SendTable(c, w.T("nav.suppliers"), taken, tables.Walked(head, func(send func([]any) error) error {
		return s.suppliers.Each(ctx, v, func(one supplier.Supplier) error { return send(directoryRow(w, one)) })
	}))
}

// directoryRow is a supplier with its choices in words.
func directoryRow(w *locale.Printer, one supplier.Supplier) []any {
	var row []any
	for _, f := range supplier.Fields() {
		if f.Words.None() {
			continue
		}
		value := one.Value(f.Key)
		if chosen := f.Control == supplier.Radios || f.Control == supplier.Checkbox; chosen && value != "" {
			value = w.T(f.ChoiceLabel(value))
		}
		if f.Control == supplier.People {
			value = w.Contacts(string(f.Key), value, "\n")
		}
		row = append(row, value)
	}
	return row
}
