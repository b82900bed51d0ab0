package desk

import (
	"github.com/gin-gonic/gin"

	"tsunagi/internal/locale"
	"tsunagi/internal/supplier"
	"tsunagi/internal/web"
)

// contactForm is one of a supplier's further contacts as the page asks for it.
type contactForm struct {
	Number int
	Remove string // name of the control that leaves it out; empty: it is to be added
	Parts  []contactPart
}

// contactPart is a part of a contact as the page asks for it.
type contactPart struct {
	supplier.ContactPart
	Name, Value string
	Options     []web.FieldOption
}

// AsksPeople tells whether the field is the supplier's further contacts.
func (f supplierField) AsksPeople() bool { return f.Control == supplier.People }

// people are the contacts of a form, and where there is room and somebody may, a blank
// one to be filled in.
func (f supplierForm) people(w *locale.Printer) []contactForm {
	var out []contactForm
	all := f.Contacts
	if f.Editable && len(all) < supplier.MaxContacts {
		all = append(all[:len(all):len(all)], supplier.Contact{Role: supplier.RoleCopy})
	}
	for i, contact := range all {
		one := contactForm{Number: i + 1}
		if i < len(f.Contacts) {
			one.Remove = supplier.ContactField(i, "remove")
		}
		for _, part := range supplier.ContactParts() {
			p := contactPart{ContactPart: part, Name: supplier.ContactField(i, part.Key), Value: part.Of(contact)}
			for _, choice := range part.Choices {
				p.Options = append(p.Options, web.FieldOption{Value: choice, Label: w.T(part.ChoiceLabel(choice))})
			}
			one.Parts = append(one.Parts, p)
		}
		out = append(out, one)
	}
	return out
}

// typedContacts reads the contacts that stay. A blank one is none.
func typedContacts(c *gin.Context) []supplier.Contact {
	var out []supplier.Contact
	for i := range supplier.MaxContacts {
		var one supplier.Contact
		for _, part := range supplier.ContactParts() {
			part.Put(&one, c.PostForm(supplier.ContactField(i, part.Key)))
		}
		if !one.Blank() && c.PostForm(supplier.ContactField(i, "remove")) == "" {
			out = append(out, one)
		}
	}
	return out
}
