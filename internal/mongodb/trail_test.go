package mongodb_test

import "tsunagi/internal/audit"

// auditFilter is a page of the whole trail.
func auditFilter() audit.Filter { return audit.Filter{Page: 1, Size: 50} }
