package web

import (
	"context"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/jobs"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
)

// Services are the rules and readers that the pages call.
type Services struct {
	Accounts *org.Service
	Trail    trail

	Suppliers *supplier.Service
	Campaigns *campaign.Service
	Responses *response.Service
	Evidence  *evidence.Service
	Links     links
	JobReader jobReader
	Preview   previewer
	Documents *document.Service
	// AnsweredCounts is the little that a buyer reads of drafts, and the walk for exports.
	AnsweredCounts assignmentReader

	Questionnaires []questionnaire.Questionnaire
	Coverage       questionnaire.Coverage
	// CampaignNames lists the campaigns by name, for choosing among them.
	CampaignNames campaignNames
	// Deliveries and Resending are the delivery ledger; Mailbox and Mails show what
	// would have been sent.
	Deliveries deliveryReader
	Resending  *campaign.Ledger
	Sending    sendingReader
	Mailbox    mailboxReader
	Mails      mails
	// WakeMail and WakeJobs make the sender and the job runner look at once, after
	// a request has queued something.
	WakeMail func()
	WakeJobs func()
}

// links finds the assignment that a link names, for whoever then checks the link.
type links interface {
	ByID(ctx context.Context, id string) (campaign.Assignment, error)
}

type jobReader interface {
	Get(ctx context.Context, v access.Viewer, id string) (jobs.Job, error)
	Latest(ctx context.Context, v access.Viewer, subject string) (jobs.Job, error)
}

// previewer words a mail as it would leave.
type previewer interface {
	Preview(o org.Organization, c campaign.Campaign, a campaign.Assignment, kind notify.Kind, link string, now time.Time) (notify.Mail, error)
}

type assignmentReader interface {
	AnsweredCounts(ctx context.Context, v access.Viewer, ids []string) (map[string]int, error)
	EachAssignment(ctx context.Context, v access.Viewer, f campaign.Filter, visit func(campaign.Assignment) error) error
}

type campaignNames interface {
	CampaignNames(ctx context.Context, v access.Viewer) ([]campaign.Campaign, error)
}

// trail is the reader of the audit trail. Add notes what changed nothing: a
// download, a view.
type trail interface {
	Trail(ctx context.Context, v access.Viewer, f audit.Filter) ([]audit.Entry, bool, error)
	Add(ctx context.Context, e audit.Entry) error
}

// routes is the route table: every feature's rows, in one place.
func (s *Server) routes() []route {
	var all []route
	for _, rows := range [][]route{
		s.baseRoutes(),
		s.accountRoutes(),
		s.userRoutes(),
		s.trailRoutes(),
		s.deliveryRoutes(),
		s.mailboxRoutes(),
		s.supplierRoutes(),
		s.campaignRoutes(),
		s.assignmentRoutes(),
		s.reviewRoutes(),
		s.reportRoutes(),
		s.homeRoutes(),
		s.requestRoutes(),
		s.answerRoutes(),
		s.submitRoutes(),
	} {
		all = append(all, rows...)
	}
	return all
}

// menu is what the navigation offers, in order; each entry is shown to those who
// hold its permission.
var menu = []struct {
	key, href  string
	permission access.Permission
}{
	{"nav.home", "/", access.ViewHome},
	{"nav.campaigns", "/campaigns", access.ViewCampaigns},
	{"nav.suppliers", "/suppliers", access.ViewSuppliers},
	{"nav.delivery", "/delivery", access.ViewDelivery},
	{"nav.documents", "/documents", access.ViewReports},
	{"nav.trail", "/trail", access.ViewTrail},
	{"nav.users", "/users", access.ManageUsers},
	{"nav.settings", "/settings", access.ManageOrg},
	{"nav.help", "/help", access.ViewHome},
}

func nav(v access.Viewer, path string) []navItem {
	var items []navItem
	for _, m := range menu {
		if v.Can(m.permission) {
			current := path == m.href || m.href != "/" && len(path) > len(m.href) && path[:len(m.href)+1] == m.href+"/"
			items = append(items, navItem{Key: m.key, Href: m.href, Current: current})
		}
	}
	return items
}
