// Package desk holds the pages of the buyer's people: home, suppliers, imports,
// campaigns, review, delivery, documents and the trail.
package desk

import (
	"slices"

	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
	"tsunagi/internal/web"
)

// Services are the rules and readers that these pages call.
type Services struct {
	Accounts  *org.Service
	Trail     trail
	Suppliers *supplier.Service
	Campaigns *campaign.Service
	Responses *response.Service
	Evidence  *evidence.Service
	Jobs      jobReader
	Preview   previewer
	Documents *document.Service
	// Assignments is the little that a buyer reads of drafts, and the walk for exports.
	Assignments    assignmentReader
	Questionnaires []questionnaire.Questionnaire
	Coverage       questionnaire.Coverage
	CampaignNames  web.CampaignNames
	Deliveries     deliveryReader
	Resending      *campaign.Ledger
}

// Routes are the pages of the buyer's people.
func Routes(f *web.Frame, s Services) []web.Route {
	list := campaignList{f, s.Campaigns}
	drafts := drafts{s.Campaigns}
	return slices.Concat(
		homePages{list, s.Deliveries}.routes(),
		supplierPages{f, s.Suppliers, s.Trail, s.Campaigns, s.Deliveries}.routes(),
		importPages{f, running{s.Jobs}, s.Suppliers, s.Campaigns, s.Trail}.routes(),
		campaignPages{list, running{s.Jobs}, s.Assignments, s.Trail, s.Questionnaires}.routes(),
		draftPages{f, drafts, s.Accounts, s.Suppliers, s.Questionnaires, s.Coverage}.routes(),
		issuePages{f, drafts, s.Accounts, s.Preview}.routes(),
		runPages{f, running{s.Jobs}, s.Accounts, s.Campaigns, s.Preview}.routes(),
		assignmentPages{f, s.Campaigns, s.Assignments, s.Deliveries, s.Trail, directory{s.Suppliers}}.routes(),
		reviewPages{f, s.Campaigns, s.Responses, s.Evidence, s.Trail}.routes(),
		deliveryPages{f, s.Deliveries, s.Resending, s.CampaignNames, directory{s.Suppliers}}.routes(),
		documentPages{f, s.Documents, s.Trail}.routes(),
		trailPages{f, s.Trail, s.CampaignNames, s.Campaigns}.routes(),
	)
}
