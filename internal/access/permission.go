package access

import "slices"

// Role is what a user is in one organisation.
type Role string

// The roles.
const (
	Owner    Role = "owner"    // everything, including users
	Buyer    Role = "buyer"    // procurement: suppliers, campaigns, reminders, review
	Reviewer Role = "reviewer" // judges answers and certificates
	Reader   Role = "reader"   // reads and downloads, and changes nothing
	Auditor  Role = "auditor"  // reads and downloads, the trail too, until a date
)

// Roles lists every role, in the order in which they are offered.
var Roles = []Role{Owner, Buyer, Reviewer, Reader, Auditor}

// InOrder gives roles in the order in which they are offered, each once. What is no role
// stays, at the end, for whoever judges it.
func InOrder(roles []Role) []Role {
	place := func(r Role) int {
		if i := slices.Index(Roles, r); i >= 0 {
			return i
		}
		return len(Roles)
	}
	out := slices.Clone(roles)
	slices.SortStableFunc(out, func(a, b Role) int { return place(a) - place(b) })
	return slices.Compact(out)
}

// Permission names one thing that somebody may do. Routes, buttons and rules
// ask for permissions, never for roles.
type Permission string

// The permissions.
const (
	ViewHome      Permission = "home.view"
	ViewSuppliers Permission = "suppliers.view"
	EditSuppliers Permission = "suppliers.edit" // add, change, import
	ViewCampaigns Permission = "campaigns.view"
	EditCampaigns Permission = "campaigns.edit"   // create, rehearse, issue, extend, remind
	ViewResponses Permission = "responses.view"   // submitted answers and their evidence
	Review        Permission = "responses.review" // comment, verify, accept, return
	ViewReports   Permission = "reports.view"     // download PDFs and tables
	ViewTrail     Permission = "trail.view"
	ViewDelivery  Permission = "delivery.view" // the delivery ledger
	ManageUsers   Permission = "users.manage"
	ManageOrg     Permission = "org.manage"
	ManageAccount Permission = "account.manage" // one's own name, password, language
	ManageSystem  Permission = "system.manage"  // see to the whole installation: no role has it, but the mark of a user
	AnswerRequest Permission = "request.answer" // a supplier's link session
)

// table says which roles hold which permission; who has several roles holds what any of
// them does. A permission without a row is held by nobody.
var table = map[Permission][]Role{
	ViewHome:      {Owner, Buyer, Reviewer, Reader, Auditor},
	ViewSuppliers: {Owner, Buyer, Reviewer, Reader},
	EditSuppliers: {Owner, Buyer},
	ViewCampaigns: {Owner, Buyer, Reviewer, Reader, Auditor},
	EditCampaigns: {Owner, Buyer},
	ViewResponses: {Owner, Buyer, Reviewer, Reader, Auditor},
	Review:        {Owner, Reviewer},
	ViewReports:   {Owner, Buyer, Reviewer, Reader, Auditor},
	ViewTrail:     {Owner, Auditor},
	ViewDelivery:  {Owner, Buyer},
	ManageUsers:   {Owner},
	ManageOrg:     {Owner},
	ManageAccount: {Owner, Buyer, Reviewer, Reader, Auditor},
}

// linkPermissions are what a supplier's link session holds.
var linkPermissions = []Permission{AnswerRequest}
