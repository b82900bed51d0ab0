// Package access decides who may do what: the roles, one permission table, and
// the Viewer that every read and every change must bring. Whatever the table
// does not allow is denied.
package access

import "slices"

// Kind is the kind of actor behind a Viewer. The zero value is nobody.
type Kind string

// The kinds of viewer.
const (
	Nobody  Kind = ""
	Member  Kind = "user"     // a user acting in one organisation
	Link    Kind = "supplier" // a supplier's person holding an assignment link
	Process Kind = "system"   // background work or the command line
)

// Viewer is who asks. Its zero value sees nothing and may do nothing.
type Viewer struct {
	Kind Kind
	// Org is the organisation whose records are seen. For a link it is the
	// buyer that asked.
	Org string
	// User and Name identify the person; for a link Name is what the person gave.
	User  string
	Name  string
	Roles []Role
	// Administrator is the mark of who sees to the whole installation, whatever the roles:
	// there may be several organisations in it, and an owner of one is none of the others.
	Administrator bool
	// Campaigns limits an auditor to the campaigns named; nil means all.
	Campaigns []string
	// Assignment and Generation are what a link session holds.
	Assignment string
	Generation int
	// Reason says why background work runs; it is written into the audit trail.
	Reason string
}

// Administrator is the reason of who acts at the command line of the machine.
const Administrator = "administrator"

// System is the viewer of background work in one organisation.
func System(org, reason string) Viewer {
	return Viewer{Kind: Process, Org: org, Reason: reason, Name: reason}
}

// Supplier is the viewer of a link session.
func Supplier(org, assignment string, generation int, name string) Viewer {
	return Viewer{Kind: Link, Org: org, Assignment: assignment, Generation: generation, Name: name}
}

// Can tells whether the table allows the viewer a permission.
func (v Viewer) Can(p Permission) bool {
	switch v.Kind {
	case Process:
		return v.Org != ""
	case Link:
		return v.Org != "" && v.Assignment != "" && slices.Contains(linkPermissions, p)
	case Member:
		return v.Org != "" && v.User != "" && (v.any(table[p]) || p == ManageSystem && v.Administrator)
	}
	return false
}

// any tells whether the viewer has one of the roles.
func (v Viewer) any(roles []Role) bool {
	return slices.ContainsFunc(v.Roles, func(r Role) bool { return slices.Contains(roles, r) })
}

// Is tells whether the viewer has a role. Rules and pages ask for permissions (Can).
func (v Viewer) Is(r Role) bool { return v.Kind == Member && slices.Contains(v.Roles, r) }

// SeesCampaign tells whether an auditor's invitation covers the campaign.
func (v Viewer) SeesCampaign(id string) bool {
	switch v.Kind {
	case Process:
		return true
	case Member:
		return v.Campaigns == nil || slices.Contains(v.Campaigns, id)
	}
	return false
}
