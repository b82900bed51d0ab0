package campaign

import (
	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
)

// Differs tells whether a request still waits at another address than the directory has
// now. A person whom the supplier itself named is at another address on purpose.
func Differs(a Assignment, s supplier.Supplier) bool {
	address := Carries(s.Email)
	return a.Response.Waits() && a.Former == nil && address != "" && org.FoldEmail(a.Email) != address
}

// Carries gives the address of the directory to which requests may be carried over, ""
// when nothing can be sent there. What differs from it is noted on the request
// (Assignment.Elsewhere), whenever the one or the other address changes.
func Carries(email string) string {
	if !org.ValidEmail(email) {
		return ""
	}
	return org.FoldEmail(email)
}

// addressOf is whom the directory names.
func addressOf(s supplier.Supplier) Address {
	return Address{Department: s.Department, Person: s.ContactName, Email: s.Email}
}
