package campaign

import (
	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
)

// Differs tells whether a request still waits at another address than the directory has
// now. A person whom the supplier itself named is at another address on purpose.
func Differs(a Assignment, s supplier.Supplier) bool {
	return a.Response.Waits() && a.Former == nil && org.ValidEmail(s.Email) && org.FoldEmail(a.Email) != org.FoldEmail(s.Email)
}

// AddressOf is whom the directory names.
func AddressOf(s supplier.Supplier) Address {
	return Address{Department: s.Department, Person: s.ContactName, Email: s.Email}
}
