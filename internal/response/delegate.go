package response

import (
	"strings"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/org"
)

// Delegate gives the request with the person who takes it over. Invalid when they
// cannot be written to.
func Delegate(a campaign.Assignment, name, email string) (campaign.Assignment, error) {
	name, email = strings.TrimSpace(name), org.FoldEmail(email)
	var f fault.Fields
	f.Required("name", name, 80)
	if strings.ContainsAny(name, "\r\n") {
		f.Add("name", "fault.one-line")
	}
	if !org.ValidEmail(email) {
		f.Add("email", "fault.email")
	}
	if err := f.Err(); err != nil {
		return a, err
	}
	a.Person, a.Email = name, email
	return a, nil
}
