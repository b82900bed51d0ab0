package audit

import (
	"slices"
	"strings"
)

// Nature says what an action does to what is recorded.
type Nature string

// The natures.
const (
	Changes Nature = "changes" // something is another than before: its entry says old → new
	Creates Nature = "creates" // something is there that was not: a request, a mail, a session, a job
	Views   Nature = "views"   // nothing is another: somebody looked, took a copy, or was refused
	Hides   Nature = "hides"   // something changed that no entry may hold: what it was and is are secrets
)

// Traits says everything about an action.
type Traits struct {
	Action Action
	Room   string // which room composes its entries
	Nature Nature
	All    []string // the keys of details that each say old → new; a key that ends in a point is that of any such
	Any    []string // one of these does
	// Where is the key of a count: entries where it is 0 changed nothing.
	Where string
}

// actions says everything about every action, by room.
var actions = []Traits{
	{Action: "campaign.created", Room: "campaign", Nature: Creates},
	{Action: "campaign.changed", Room: "campaign", Nature: Changes, Any: []string{"name", "purpose", "necessity", "name-en", "purpose-en",
		"necessity-en", "contact.", "questionnaire", "scale", "stand-in", "coverage", "due", "closes", "keep", "audience", "tags", "tiers", "not-asked", "picked", "left-out"}},
	{Action: "campaign.deleted", Room: "campaign", Nature: Changes, All: []string{"campaign"}},
	{Action: "campaign.issue-started", Room: "campaign", Nature: Changes, All: []string{"campaign"}},
	{Action: "campaign.issued", Room: "campaign", Nature: Changes, All: []string{"campaign"}},
	{Action: "campaign.reminder-started", Room: "campaign", Nature: Creates},
	{Action: "campaign.extended", Room: "campaign", Nature: Changes, All: []string{"due", "closes"}},
	{Action: "campaign.closed", Room: "campaign", Nature: Changes, All: []string{"campaign", "closes"}},
	{Action: "campaign.job-resumed", Room: "campaign", Nature: Changes, All: []string{"job"}},
	{Action: "import.carry-over", Room: "campaign", Nature: Creates},
	{Action: "assignment.reminded", Room: "campaign", Nature: Creates},
	{Action: "assignment.extended", Room: "campaign", Nature: Changes, All: []string{"due"}},
	{Action: "assignment.link-revoked", Room: "campaign", Nature: Changes, All: []string{"link"}},
	{Action: "assignment.withdrawn", Room: "campaign", Nature: Changes, All: []string{"state"}},
	{Action: "assignment.link-shown", Room: "campaign", Nature: Views},
	{Action: "assignment.handed-over", Room: "campaign", Nature: Changes, All: []string{"delivery"}},
	{Action: "assignment.readdressed", Room: "campaign", Nature: Changes, All: []string{"address"}},
	{Action: "assignment.sent-again", Room: "campaign", Nature: Creates},
	{Action: "assignment.mails-allowed", Room: "campaign", Nature: Changes, All: []string{"mails"}},
	{Action: "delivery.failed", Room: "campaign", Nature: Changes, All: []string{"mail"}},
	{Action: "delivery.resent", Room: "campaign", Nature: Changes, All: []string{"address"}},
	{Action: "delivery.again", Room: "campaign", Nature: Changes, All: []string{"mail"}},

	{Action: "assignment.asked", Room: "response", Nature: Creates},
	{Action: "assignment.opened", Room: "response", Nature: Changes, All: []string{"delivery"}},
	{Action: "assignment.answering", Room: "response", Nature: Changes, All: []string{"state"}},
	{Action: "assignment.copies", Room: "response", Nature: Changes, All: []string{"copies"}},
	{Action: "assignment.declined", Room: "response", Nature: Changes, All: []string{"state"}},
	{Action: "assignment.misdirected", Room: "response", Nature: Changes, All: []string{"state", "link"}},
	{Action: "assignment.resumed", Room: "response", Nature: Changes, All: []string{"state"}},
	{Action: "assignment.delegated", Room: "response", Nature: Changes, All: []string{"person", "address"}},
	{Action: "assignment.handed-back", Room: "response", Nature: Changes, All: []string{"person", "address"}},
	{Action: "assignment.mails-asked", Room: "response", Nature: Changes, All: []string{"mails"}},
	{Action: "submission.submitted", Room: "response", Nature: Changes, All: []string{"state"}},
	{Action: "submission.viewed", Room: "response", Nature: Views},
	{Action: "submission.review-started", Room: "response", Nature: Changes, All: []string{"state"}},
	{Action: "submission.commented", Room: "response", Nature: Changes, All: []string{"comment"}},
	{Action: "submission.accepted", Room: "response", Nature: Changes, All: []string{"state"}},
	{Action: "submission.returned", Room: "response", Nature: Changes, All: []string{"state", "due"}},
	{Action: "submission.acceptance-undone", Room: "response", Nature: Changes, All: []string{"state"}},
	{Action: "evidence.verified", Room: "response", Nature: Changes, All: []string{"validity"}},
	{Action: "evidence.rejected", Room: "response", Nature: Changes, All: []string{"validity"}},

	{Action: "evidence.added", Room: "evidence", Nature: Creates},
	{Action: "evidence.removed", Room: "evidence", Nature: Changes, All: []string{"validity"}},
	{Action: "evidence.viewed", Room: "evidence", Nature: Views},

	{Action: "supplier.added", Room: "supplier", Nature: Creates},
	{Action: "supplier.changed", Room: "supplier", Nature: Changes, Any: []string{"supplier."}},
	{Action: "supplier.exported", Room: "supplier", Nature: Views},
	{Action: "import.started", Room: "supplier", Nature: Creates},
	{Action: "import.batch", Room: "supplier", Nature: Changes, Any: []string{"supplier."}, Where: "changed"},
	{Action: "import.undo", Room: "supplier", Nature: Creates},
	{Action: "import.undone", Room: "supplier", Nature: Changes, Any: []string{"supplier."}, Where: "restored"},

	{Action: "org.created", Room: "org", Nature: Creates},
	{Action: "org.changed", Room: "org", Nature: Changes, Any: []string{"name", "name-en", "contact.", "closures"}},
	{Action: "org.server-key-changed", Room: "org", Nature: Changes, All: []string{"server-key"}},
	{Action: "org.job-resumed", Room: "org", Nature: Changes, All: []string{"job"}},
	{Action: ActionKeyLost, Room: "audit", Nature: Changes, All: []string{"key"}},
	{Action: "user.invited", Room: "org", Nature: Creates},
	{Action: "user.invitation-revoked", Room: "org", Nature: Changes, All: []string{"invitation"}},
	{Action: "user.joined", Room: "org", Nature: Creates},
	{Action: "user.changed", Room: "org", Nature: Changes, All: []string{"role"}},
	{Action: "user.removed", Room: "org", Nature: Changes, All: []string{"role"}},
	{Action: "user.signed-in", Room: "org", Nature: Creates},
	{Action: "user.sign-in-failed", Room: "org", Nature: Views},
	{Action: "user.password-changed", Room: "org", Nature: Hides},
	{Action: "user.locked", Room: "org", Nature: Changes, All: []string{"account"}},
	{Action: "user.unlocked", Room: "org", Nature: Changes, All: []string{"account"}},
	{Action: "user.administrator", Room: "org", Nature: Changes, All: []string{"administrator"}},
	{Action: "org.mail-tested", Room: "org", Nature: Creates},
	{Action: "user.reset-link-made", Room: "org", Nature: Creates},
	{Action: "user.sessions-ended", Room: "org", Nature: Changes, All: []string{"sessions"}},
	{Action: "user.profile-changed", Room: "org", Nature: Changes, Any: []string{"name", "lang"}},

	{Action: "backup.restored", Room: "backup", Nature: Creates},
	{Action: "backup.mail-released", Room: "backup", Nature: Changes, All: []string{"sending"}},

	{Action: "report.downloaded", Room: "document", Nature: Views},
	{Action: "report.summary-asked", Room: "document", Nature: Creates},
	{Action: "report.sheets-asked", Room: "document", Nature: Creates},
	{Action: "report.trail-asked", Room: "document", Nature: Creates},
	{Action: "report.entries-asked", Room: "document", Nature: Creates},
}

// Actions lists the traits of every action.
func Actions() []Traits { return slices.Clone(actions) }

// Traits gives the action's row, and whether there is one.
func (a Action) Traits() (Traits, bool) {
	i := slices.IndexFunc(actions, func(row Traits) bool { return row.Action == a })
	if i < 0 {
		return Traits{}, false
	}
	return actions[i], true
}

// Untold is what an entry does not tell of what it changed, "" when it tells all.
func Untold(e Entry) string {
	row, ok := e.Action.Traits()
	switch {
	case !ok:
		return "no row of the table of actions says what it does"
	case row.Nature == Hides && len(e.Details) > 0:
		return "it tells of what is a secret"
	case row.Nature != Changes, row.Where != "" && e.Detail(row.Where) == "0":
		return ""
	}
	for _, key := range row.All {
		if !e.becomes(key) {
			return key + " without what it was and what it is"
		}
	}
	if len(row.Any) > 0 && !slices.ContainsFunc(row.Any, e.becomes) {
		return "what it changed, with what that was and is"
	}
	return ""
}

// becomes tells whether a detail under a key says what was and what is.
func (e Entry) becomes(key string) bool {
	return slices.ContainsFunc(e.Details, func(d Detail) bool {
		named := d.Key == key || strings.HasSuffix(key, ".") && strings.HasPrefix(d.Key, key)
		return named && strings.Contains(d.Value, Became)
	})
}
