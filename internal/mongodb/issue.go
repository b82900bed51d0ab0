package mongodb

import (
	"context"
	"errors"

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

// issueBatch is how many suppliers one transaction asks; a kill costs no more than
// this work again.
const issueBatch = 2000

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
	for b := range s.prepareBatches(ctx, v, c, job) {
		if b.err != nil {
			return b.err
		}
		if err := s.issueBatch(ctx, v, job, b); err != nil {
			return err
		}
		asked <- b.suppliers
	}
	return nil
}

// batch is what one transaction of an issue writes.
type batch struct {
	err         error
	suppliers   []string
	cursor      string
	assignments []bson.Raw // encoded already, while the batch before is written
	drafts      []bson.Raw
	entries     []bson.Raw
	messages    []bson.Raw
}

// prepareBatches reads the audience in the order of ids from where the job stands.
// The channel ends after the last batch, an error, or with the context.
func (s Campaigns) prepareBatches(ctx context.Context, v access.Viewer, c campaign.Campaign, job jobs.Job) <-chan batch {
	out := make(chan batch, 1)
	filter := s.audience(v, c.Audience, calendar.FiscalYearStart(c.IssuedAt))
	go func() {
		defer close(out)
		for cursor := job.Cursor; ; {
			suppliers, err := s.suppliersAfter(ctx, filter, cursor, issueBatch)
			if err == nil && len(suppliers) == 0 {
				return
			}
			b := batch{err: err}
			if err == nil {
				b = s.prepare(v, c, suppliers)
				cursor, err = b.cursor, b.err
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

func (s Campaigns) prepare(v access.Viewer, c campaign.Campaign, suppliers []supplier.Supplier) batch {
	now, n := s.now(), len(suppliers)
	b := batch{suppliers: make([]string, 0, n), cursor: suppliers[n-1].ID}
	for _, one := range suppliers {
		a, m := campaign.Assign(c, one, now)
		b.suppliers = append(b.suppliers, one.ID)
		b.encode(&b.assignments, a)
		b.encode(&b.drafts, response.NewDraft(a, now))
		b.encode(&b.entries, audit.New(v, s.newID(), now, campaign.ActionAsked, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}).In(c.ID))
		if m != nil {
			b.encode(&b.messages, m)
		}
	}
	return b
}

func (b *batch) encode(into *[]bson.Raw, document any) {
	raw, err := bson.Marshal(document)
	if err != nil && b.err == nil {
		b.err = err
	}
	*into = append(*into, raw)
}

func (s Campaigns) issueBatch(ctx context.Context, v access.Viewer, job jobs.Job, b batch) error {
	unordered := options.InsertMany().SetOrdered(false)
	return s.inTx(ctx, func(ctx context.Context) error {
		for _, part := range []struct {
			collection string
			documents  []bson.Raw
		}{{colAssignments, b.assignments}, {colDrafts, b.drafts}, {colAudit, b.entries}, {colOutbox, b.messages}} {
			if len(part.documents) == 0 {
				continue
			}
			if _, err := s.coll(part.collection).InsertMany(ctx, part.documents, unordered); err != nil {
				return err
			}
		}
		return Jobs(s).Advance(ctx, job, b.cursor, len(b.assignments), 0)
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
