package web

import (
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/org"
)

// Choice is one entry of a select.
type Choice struct{ Value, Label string }

// FieldOption is one of the choices of a field, in words.
type FieldOption struct{ Value, Label, Hint string }

// ParseContact reads the fields of a contact window.
func ParseContact(c *gin.Context) org.Contact {
	value := func(name string) string { return strings.TrimSpace(c.PostForm("contact_" + name)) }
	return org.Contact{Department: value("department"), Name: value("name"), Phone: value("phone"),
		Email: value("email"), Hours: value("hours")}
}
