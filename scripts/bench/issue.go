package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/calendar"
	"tsunagi/internal/locale"
)

// issueCampaigns asks every supplier, several times over, each time beside the
// driver's bulk inserts of the same assignments, drafts, messages and entries.
func (b *bench) issueCampaigns(ctx context.Context) (Result, error) {
	r := Result{Name: "issue-10000", Clients: 1}
	var ours, raws []time.Duration
	for i := range b.campaigns {
		var took time.Duration
		queries, err := b.counted(ctx, func() (err error) {
			took, err = b.issue(ctx, i)
			return err
		})
		if err != nil {
			return r, err
		}
		r.Queries = max(r.Queries, queries)
		asked, raw, err := b.insertIssued(ctx)
		if err != nil {
			return r, err
		}
		r.Errors += b.suppliers - asked
		ours, raws = append(ours, took), append(raws, raw)
	}
	r.spread(append([]time.Duration{}, ours...))
	r.compare(sum(ours), sum(raws), len(ours)*b.suppliers, len(raws)*b.suppliers)
	r.N = b.suppliers
	return r, b.readAsked(ctx)
}

// issue writes a campaign, and times the click and the job behind it.
func (b *bench) issue(ctx context.Context, i int) (time.Duration, error) {
	days := calendar.New(nil)
	draft, err := b.clerk.post("/campaigns/new", url.Values{"questionnaire": {"basic25"}, "name": {fmt.Sprintf("測定 %d", i+1)}, "purpose": {"測定"},
		"necessity": {"測定のため"}, "due": {locale.FormDate(days.Add(time.Now(), 15))}, "stand_in": {"1"}, "who": {"all"},
		"contact_department": {"調達部"}, "contact_phone": {"000-0000-0000"}, "contact_email": {"ask@example.jp"}})
	if err != nil {
		return 0, fmt.Errorf("write a campaign: %w", err)
	}
	base := draft.to[:max(strings.LastIndex(draft.to, "/"), 0)]
	b.campaign = strings.TrimPrefix(base, "/campaigns/")
	n := strconv.Itoa(b.suppliers)
	start := time.Now()
	if _, err := b.clerk.post(base+"/issue", url.Values{"expected": {n}, "confirm": {n}}); err != nil {
		return 0, fmt.Errorf("issue: %w", err)
	}
	err = b.worked(ctx, "issue")
	return time.Since(start), err
}

// insertIssued inserts what the last issue wrote, with the driver alone, and tells
// how many suppliers were asked.
func (b *bench) insertIssued(ctx context.Context) (asked int, took time.Duration, err error) {
	of := bson.D{{Key: "campaign_id", Value: b.campaign}}
	for _, name := range []string{"assignments", "drafts", "outbox", "audit"} {
		documents, err := b.documents(ctx, name, of)
		if err != nil {
			return 0, 0, err
		}
		if name == "assignments" {
			asked = len(documents)
		}
		part, err := b.insert(ctx, name, documents)
		if err != nil {
			return 0, 0, err
		}
		took += part
	}
	return asked, took, nil
}

func (b *bench) readAsked(ctx context.Context) error {
	return b.kept.Collection("assignments").Distinct(ctx, "_id", bson.D{{Key: "campaign_id", Value: b.campaign}}).Decode(&b.asked)
}
