package demo

import (
	"context"
	"fmt"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/org"
)

// issueCampaign asks every supplier of the demo, as a clerk would, and lets the job
// and the mails run, so that they are in the built-in mailbox.
func issueCampaign(ctx context.Context, a *app.App, v access.Viewer, contact org.Contact) (campaign.Campaign, error) {
	words, days := a.Catalog.For("ja"), calendar.New(nil)
	due := days.Add(a.Now(), calendar.DefaultDays)
	c, err := a.Campaigns.Create(ctx, v, campaign.Campaign{
		Name:    words.T("campaigns.example-name", "Year", calendar.FiscalYear(a.Now())),
		Purpose: words.T("campaigns.example-purpose"), Necessity: words.T("campaigns.example-necessity"),
		Contact: contact, Questionnaire: a.Questionnaires[0], Coverage: a.Coverage, StandIn: true,
		DueAt: calendar.EndOfDay(due), ClosesAt: calendar.EndOfDay(days.Add(due, calendar.GraceDays)), Audience: campaign.Audience{All: true},
	})
	if err != nil {
		return c, fmt.Errorf("create the campaign: %w", err)
	}
	if err := a.Campaigns.Issue(ctx, v, c.ID, suppliers, 0); err != nil {
		return c, fmt.Errorf("issue the campaign: %w", err)
	}
	return c, work(ctx, a)
}

// work does what the workers would do in this moment.
func work(ctx context.Context, a *app.App) error {
	for {
		worked, err := a.Jobs.Once(ctx)
		if err != nil {
			return fmt.Errorf("run the jobs: %w", err)
		}
		sent, err := a.Sender.Once(ctx)
		if err != nil {
			return fmt.Errorf("send the mails: %w", err)
		}
		if !worked && sent == 0 {
			return nil
		}
	}
}
