package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
)

// RunIssue is the handler of jobs.Issue. Each batch of suppliers is one
// transaction: assignments, drafts, messages, audit entries and the job's cursor.
// Killed anywhere, it goes on after the last batch that was committed; the
// deterministic ids make doubling impossible even so. While a batch is written,
// the next one is read and prepared.
func (s Campaigns) RunIssue(ctx context.Context, job jobs.Job) error {
	v := access.System(job.Org, job.Actor)
	c, err := s.Get(ctx, v, job.Subject)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked, marked := s.startMarking(ctx, v, c)
	if err := errors.Join(s.askAll(ctx, v, c, job, asked), <-marked); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err // the batches ended because of it
	}
	return s.finishIssue(ctx, v, c, job)
}

// askAll asks batch after batch, and tells who was asked, until it closes asked.
func (s Campaigns) askAll(ctx context.Context, v access.Viewer, c campaign.Campaign, job jobs.Job, asked chan<- []string) error {
	defer close(asked)
	if job.Cursor != "" { // what a killed run asked, and may not have marked
		before, err := s.askedBy(ctx, v, c.ID)
		if err != nil {
			return err
		}
		asked <- before
	}
	sizer := jobs.NewSizer(job)
	for b := range s.prepareBatches(ctx, v, c, job) {
		if b.err != nil {
			return b.err
		}
		err := jobs.Commit(sizer, b.asked, func(part []asking) error {
			if err := s.ask(ctx, job, part); err != nil {
				return err
			}
			asked <- suppliersOf(part)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// asking is all that is written when one supplier is asked, encoded already while
// the batch before is written.
type asking struct {
	supplier   string
	assignment bson.Raw
	draft      bson.Raw
	entry      bson.Raw
	message    bson.Raw // nil when the supplier is not asked by mail
}

func suppliersOf(asked []asking) []string {
	out := make([]string, len(asked))
	for i, a := range asked {
		out[i] = a.supplier
	}
	return out
}

// prepared is a batch that was read, or why it could not be.
type prepared struct {
	asked []asking
	err   error
}

// prepareBatches reads the audience in the order of ids from where the job stands.
// The channel ends after the last batch, an error, or with the context.
func (s Campaigns) prepareBatches(ctx context.Context, v access.Viewer, c campaign.Campaign, job jobs.Job) <-chan prepared {
	out := make(chan prepared, 1)
	filter := s.audience(v, c.Audience, calendar.FiscalYearStart(c.IssuedAt))
	go func() {
		defer close(out)
		for cursor := job.Cursor; ; {
			suppliers, err := s.suppliersAfter(ctx, filter, cursor, jobs.Batch)
			if err == nil && len(suppliers) == 0 {
				return
			}
			b := prepared{err: err}
			if err == nil {
				cursor = suppliers[len(suppliers)-1].ID
				b.asked, err = s.prepare(v, c, suppliers)
				b.err = err
			}
			select {
			case out <- b:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return out
}

func (s Campaigns) suppliersAfter(ctx context.Context, filter bson.D, cursor string, n int64) ([]supplier.Supplier, error) {
	// $and keeps a condition on _id that the audience may have.
	after := bson.D{{Key: "$and", Value: bson.A{filter, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: cursor}}}}}}}
	return findAll[supplier.Supplier](ctx, s.coll(colSuppliers), after, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(n))
}

func (s Campaigns) prepare(v access.Viewer, c campaign.Campaign, suppliers []supplier.Supplier) ([]asking, error) {
	now, out := s.now(), make([]asking, 0, len(suppliers))
	for _, one := range suppliers {
		a, m := campaign.Assign(c, one, now)
		e := audit.New(v, s.newID(), now, campaign.ActionAsked, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}).In(c.ID)
		next := asking{supplier: one.ID}
		documents := []struct {
			into *bson.Raw
			of   any
		}{{&next.assignment, a}, {&next.draft, response.NewDraft(a, now)}, {&next.entry, e}, {&next.message, m}}
		if m == nil {
			documents = documents[:3]
		}
		for _, d := range documents {
			raw, err := bson.Marshal(d.of)
			if err != nil {
				return nil, fmt.Errorf("encode the request to %s: %w", one.ID, err)
			}
			*d.into = raw
		}
		out = append(out, next)
	}
	return out, nil
}

// ask writes a batch with the job's cursor, all of it or nothing.
func (s Campaigns) ask(ctx context.Context, job jobs.Job, batch []asking) error {
	unordered := options.InsertMany().SetOrdered(false)
	return s.inTx(ctx, func(ctx context.Context) error {
		for _, part := range []struct {
			collection string
			of         func(asking) bson.Raw
		}{
			{colAssignments, func(a asking) bson.Raw { return a.assignment }},
			{colDrafts, func(a asking) bson.Raw { return a.draft }},
			{colAudit, func(a asking) bson.Raw { return a.entry }},
			{colOutbox, func(a asking) bson.Raw { return a.message }},
		} {
			documents := make([]bson.Raw, 0, len(batch))
			for _, a := range batch {
				if raw := part.of(a); raw != nil {
					documents = append(documents, raw)
				}
			}
			if len(documents) == 0 {
				continue
			}
			if _, err := s.coll(part.collection).InsertMany(ctx, documents, unordered); err != nil {
				return err
			}
		}
		return Jobs(s).Advance(ctx, job, batch[len(batch)-1].supplier, len(batch), 0)
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
