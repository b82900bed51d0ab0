package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/locale"
	"tsunagi/internal/notify"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
)

// issueBatch is how many suppliers one transaction asks.
const issueBatch = 500

// RunIssue is the handler of jobs.Issue. Each batch of suppliers is one
// transaction: assignments, drafts, messages, audit entries and the job's cursor.
// Killed anywhere, it goes on after the last batch that was committed; the
// deterministic ids make doubling impossible even so.
func (s Campaigns) RunIssue(ctx context.Context, job jobs.Job) error {
	v := access.System(job.Org, job.Actor)
	c, err := s.Get(ctx, v, job.Subject)
	if err != nil {
		return err
	}
	filter := s.audience(v, c.Audience, locale.FiscalYearStart(c.IssuedAt))
	for cursor := job.Cursor; ; {
		batch, err := s.suppliersAfter(ctx, filter, cursor, issueBatch)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			return s.finishIssue(ctx, v, c, job)
		}
		cursor = batch[len(batch)-1].ID
		if err := s.issueTo(ctx, v, c, job, batch, cursor); err != nil {
			return err
		}
	}
}

func (s Campaigns) suppliersAfter(ctx context.Context, filter bson.D, cursor string, n int64) ([]supplier.Supplier, error) {
	// $and keeps a condition on _id that the audience may have.
	after := bson.D{{Key: "$and", Value: bson.A{filter, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: cursor}}}}}}}
	return findAll[supplier.Supplier](ctx, s.coll(colSuppliers), after, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(n))
}

func (s Campaigns) issueTo(ctx context.Context, v access.Viewer, c campaign.Campaign, job jobs.Job, batch []supplier.Supplier, cursor string) error {
	now := s.now()
	assignments := make([]campaign.Assignment, 0, len(batch))
	drafts := make([]response.Draft, 0, len(batch))
	entries := make([]audit.Entry, 0, len(batch))
	ids := make([]string, 0, len(batch))
	var messages []notify.Message
	for _, supplier := range batch {
		ids = append(ids, supplier.ID)
		a, m := campaign.Assign(c, supplier, now)
		assignments = append(assignments, a)
		drafts = append(drafts, response.NewDraft(a, now))
		entries = append(entries, audit.New(v, s.newID(), now, campaign.ActionAsked, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}).In(c.ID))
		if m != nil {
			messages = append(messages, *m)
		}
	}
	unordered := options.InsertMany().SetOrdered(false)
	return s.inTx(ctx, func(ctx context.Context) error {
		if _, err := s.coll(colAssignments).InsertMany(ctx, assignments, unordered); err != nil {
			return err
		}
		if _, err := s.coll(colDrafts).InsertMany(ctx, drafts, unordered); err != nil {
			return err
		}
		if err := s.record(ctx, entries, messages); err != nil {
			return err
		}
		if _, err := s.coll(colSuppliers).UpdateMany(ctx, visible(v, bson.E{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}),
			set("asked_at", now)); err != nil {
			return err
		}
		return Jobs{s.DB}.Advance(ctx, job, cursor, len(batch), 0)
	})
}

func (s Campaigns) finishIssue(ctx context.Context, v access.Viewer, c campaign.Campaign, job jobs.Job) error {
	n, err := s.coll(colAssignments).CountDocuments(ctx, visible(v, bson.E{Key: "campaign_id", Value: c.ID}))
	if err != nil {
		return known(err)
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colCampaigns).UpdateOne(ctx, visible(v, bson.E{Key: "_id", Value: c.ID}, bson.E{Key: "state", Value: campaign.Issuing}),
			bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: campaign.Open}, {Key: "asked", Value: n}}}})
		if err != nil || res.MatchedCount == 0 {
			return err // zero: an earlier run got this far
		}
		e := audit.New(v, s.newID(), s.now(), campaign.ActionIssued, audit.Ref{Kind: "campaign", ID: c.ID, Name: c.Name}).In(c.ID)
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// reminded finds who is to be reminded: in one of the states, with an address.
func reminded(org, id string, states []campaign.Response) bson.D {
	return bson.D{{Key: "org_id", Value: org}, {Key: "campaign_id", Value: id},
		{Key: "response", Value: bson.D{{Key: "$in", Value: states}}}, {Key: "email", Value: bson.D{{Key: "$gt", Value: ""}}}}
}

// RunRemind is the handler of jobs.Remind. The ids of its messages derive from the
// job, so that a job that goes on after a kill doubles nothing.
func (s Campaigns) RunRemind(ctx context.Context, job jobs.Job) error {
	var states []campaign.Response
	for _, state := range campaign.Remindable {
		if job.Params[string(state)] != "" {
			states = append(states, state)
		}
	}
	filter := reminded(job.Org, job.Subject, states)
	for cursor := job.Cursor; ; {
		batch, err := findAll[campaign.Assignment](ctx, s.coll(colAssignments),
			append(filter[:len(filter):len(filter)], bson.E{Key: "_id", Value: bson.D{{Key: "$gt", Value: cursor}}}),
			options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(issueBatch).SetProjection(bson.D{{Key: "search", Value: 0}}))
		if err != nil || len(batch) == 0 {
			return err
		}
		cursor = batch[len(batch)-1].ID
		if err := s.remind(ctx, job, batch, cursor); err != nil {
			return err
		}
	}
}

func (s Campaigns) remind(ctx context.Context, job jobs.Job, batch []campaign.Assignment, cursor string) error {
	v, now := access.System(job.Org, job.Actor), s.now()
	ids := make([]string, 0, len(batch))
	messages := make([]notify.Message, 0, len(batch))
	entries := make([]audit.Entry, 0, len(batch))
	for _, a := range batch {
		ids = append(ids, a.ID)
		messages = append(messages, campaign.Message(a, "remind:"+job.ID+":"+a.ID, notify.Reminder, now))
		entries = append(entries, audit.New(v, s.newID(), now, campaign.ActionReminded, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}).In(a.Campaign))
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		_, err := s.coll(colAssignments).UpdateMany(ctx, bson.D{{Key: "org_id", Value: job.Org}, {Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}},
			bson.D{{Key: "$inc", Value: bson.D{{Key: "reminders", Value: 1}}}, {Key: "$set", Value: bson.D{{Key: "reminded_at", Value: now}}}})
		if err != nil {
			return err
		}
		if err := s.record(ctx, entries, messages); err != nil {
			return err
		}
		return Jobs{s.DB}.Advance(ctx, job, cursor, len(batch), 0)
	})
}
