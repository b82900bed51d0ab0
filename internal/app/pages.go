package app

import (
	"slices"

	"tsunagi/internal/document"
	"tsunagi/internal/mail"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/report"
	"tsunagi/internal/web"
	"tsunagi/internal/web/account"
	"tsunagi/internal/web/answer"
	"tsunagi/internal/web/desk"
	"tsunagi/templates"
)

// pages joins the rooms of pages into the one route table that is served, guarded and
// walked by the tests.
func (a *App) pages(set *templates.Set, fonts *report.Fonts, renderer *mail.Renderer) (*web.Server, error) {
	outbox, campaigns, documents := a.DB.Outbox(), mongodb.Campaigns{DB: a.DB}, a.DB.Documents()
	frame := web.NewFrame(web.Config{Base: a.Base, Mode: a.Mode, TrustedProxies: a.TrustedProxies, MailSet: a.MailServer != nil,
		Now: a.Now, NewID: NewID, Log: a.Log, Keys: a.Keys, Catalog: a.Catalog, Templates: set, Fonts: fonts, Health: a.Health, Trouble: a.trouble,
		While:   a.DB.Pulse.While,
		Metrics: a.Metrics, MetricsToken: a.MetricsToken, Observe: a.Metrics.Request,
		Concerns: a.health.concerns, Low: a.low,
		Sending: outbox, Held: a.hold.on, Posts: a.DB.Forms()})
	return web.New(frame, a.Accounts, campaigns, a.Campaigns, slices.Concat(
		account.Routes(frame, account.Services{Accounts: a.Accounts, System: a, CampaignNames: outbox, Invites: outbox, Mailbox: outbox,
			Mails: mail.Reader{Records: outbox, Renderer: renderer, Now: a.Now}}),
		desk.Routes(frame, desk.Services{Accounts: a.Accounts, Trail: mongodb.Audit{DB: a.DB}, Suppliers: a.Suppliers,
			Campaigns: a.Campaigns, Responses: a.Responses, Evidence: a.Evidence, Jobs: a.DB.Jobs(), Preview: renderer,
			Documents:   document.NewService(documents, campaigns, a.Now, NewID),
			Assignments: campaigns, Questionnaires: a.Questionnaires, Coverage: a.Coverage, CampaignNames: outbox,
			Deliveries: outbox, Resending: a.Ledger}),
		answer.Routes(frame, answer.Services{Accounts: a.Accounts, Responses: a.Responses, Evidence: a.Evidence, Links: campaigns, Campaigns: a.Campaigns}),
	))
}
