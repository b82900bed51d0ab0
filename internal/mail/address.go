package mail

import (
	"errors"
	"net/mail"

	"tsunagi/internal/notify"
	"tsunagi/internal/tidy"
)

// errAddress says that mail cannot be sent to an address.
var errAddress = errors.New("not an address that mail can be sent to")

// parseAddress checks a bare address. Line ends, names, comments and characters
// outside ASCII are refused, so that an address can neither add a header nor need
// SMTPUTF8 (RFC 6531), which many servers lack.
func parseAddress(email string) (mail.Address, error) {
	for _, r := range email {
		if r <= ' ' || r >= 0x7f {
			return mail.Address{}, errAddress
		}
	}
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || a.Name != "" || len(email) > 254 {
		return mail.Address{}, errAddress
	}
	return *a, nil
}

// display writes an address as people read it, not as headers encode it.
func display(a mail.Address) string {
	switch {
	case a.Address == "":
		return ""
	case a.Name == "":
		return a.Address
	}
	return a.Name + " <" + a.Address + ">"
}

// called is a name on one line, without what addresses it.
func called(s string) string { return tidy.Name(notify.OneLine(s, 80)) }

// addressLines are the lines that open a letter: 様 for a person, 御中 for an
// organisation or its department, never both.
func addressLines(w Words, to notify.Recipient) []string {
	company, department, name := called(to.Company), called(to.Department), notify.OneLine(to.Name, 80)
	if called(name) == "" {
		name = ""
	}
	var lines []string
	if company != "" && (department != "" || name != "") {
		lines = append(lines, company)
	}
	switch {
	case name != "" && department != "":
		lines = append(lines, department, w.T("mail.to-person", "Name", name))
	case name != "":
		lines = append(lines, w.T("mail.to-person", "Name", name))
	case department != "":
		lines = append(lines, w.T("mail.to-organization", "Name", department))
	case company != "":
		lines = append(lines, w.T("mail.to-organization", "Name", company))
	default:
		lines = append(lines, w.T("mail.to-nobody"))
	}
	return lines
}
