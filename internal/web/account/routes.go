// Package account holds the pages of people with accounts: signing in, invitations,
// users, settings, and the built-in mailbox.
package account

import (
	"slices"

	"tsunagi/internal/org"
	"tsunagi/internal/web"
)

// Services are the rules and readers that these pages call.
type Services struct {
	Accounts      *org.Service
	CampaignNames web.CampaignNames
	Invites       inviteMails
	Mailbox       mailboxReader
	Mails         mails
	System        system
}

// Routes are the pages of accounts.
func Routes(f *web.Frame, s Services) []web.Route {
	return slices.Concat(
		accountPages{f, s.Accounts}.routes(),
		userPages{f, s.Accounts, s.CampaignNames, s.Invites}.routes(),
		settingsPages{f, s.Accounts}.routes(),
		systemPages{f, s.Accounts, s.System}.routes(),
		mailboxPages{f, s.Mailbox, s.Mails}.routes(),
	)
}
