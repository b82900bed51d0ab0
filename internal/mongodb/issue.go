package mongodb

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
)

// Batches reads and writes a campaign's requests a batch at a time, for the work that
// takes long.
type Batches struct{ Campaigns }

// Audience implements work.IssueStore.
func (s Batches) Audience(ctx context.Context, v access.Viewer, a campaign.Audience, yearStart time.Time, after string, n int) ([]supplier.Supplier, error) {
	// $and keeps a condition on _id that the audience may have.
	next := bson.D{and(s.audience(v, a, yearStart), bson.D{gt(fieldID, after)})}
	return findAll[supplier.Supplier](ctx, s.coll(colSuppliers), next, options.Find().SetSort(sorted(fieldID)).SetLimit(int64(n)))
}

// Asked is all that is written when one supplier is asked, encoded already while the
// batch before is written.
type Asked struct {
	id         string
	assignment bson.Raw
	draft      bson.Raw
	entry      bson.Raw
	message    bson.Raw // nil when the supplier is not asked by mail
}

// EncodeAsked implements work.IssueStore.
func (s Batches) EncodeAsked(a response.Asked) (Asked, error) {
	out := Asked{id: a.Assignment.ID}
	documents := []struct {
		into *bson.Raw
		of   any
	}{{&out.assignment, a.Assignment}, {&out.draft, a.Draft}, {&out.entry, s.keys.Sign([]audit.Entry{a.Entry})[0]}, {&out.message, a.Message}}
	if a.Message == nil {
		documents = documents[:3]
	}
	for _, d := range documents {
		raw, err := bson.Marshal(d.of)
		if err != nil {
			return out, fmt.Errorf("encode the request %s: %w", a.Assignment.ID, err)
		}
		*d.into = raw
	}
	return out, nil
}

// Ask implements work.IssueStore. Who was asked already is looked for only when
// writing met one: a job goes on after its cursor, so that hardly ever happens.
func (s Batches) Ask(ctx context.Context, job jobs.Job, batch []Asked, cursor string) error {
	err := s.inTx(ctx, func(ctx context.Context) error { return s.ask(ctx, job, batch, len(batch), cursor) })
	if !mongo.IsDuplicateKeyError(err) {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		rest, err := s.notAsked(ctx, job, batch)
		if err != nil {
			return err
		}
		return s.ask(ctx, job, rest, len(batch), cursor)
	})
}

func (s Batches) ask(ctx context.Context, job jobs.Job, batch []Asked, done int, cursor string) error {
	for _, part := range []struct {
		collection string
		of         func(Asked) bson.Raw
	}{
		{colAssignments, func(a Asked) bson.Raw { return a.assignment }},
		{colDrafts, func(a Asked) bson.Raw { return a.draft }},
		{colAudit, func(a Asked) bson.Raw { return a.entry }},
		{colOutbox, func(a Asked) bson.Raw { return a.message }},
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
		if _, err := s.coll(part.collection).InsertMany(ctx, documents, options.InsertMany().SetOrdered(false)); err != nil {
			return err
		}
		if part.collection == colOutbox {
			queuedIn(ctx).mail = true
		}
	}
	return Jobs{s.DB}.Advance(ctx, job, cursor, done, done-len(batch))
}

// notAsked leaves out of a batch who has an assignment.
func (s Batches) notAsked(ctx context.Context, job jobs.Job, batch []Asked) ([]Asked, error) {
	ids := make([]string, len(batch))
	for i, a := range batch {
		ids[i] = a.id
	}
	rows, err := findAll[struct {
		ID string `bson:"_id"`
	}](ctx, s.coll(colAssignments), visible(access.System(job.Org, job.Actor), oneOf(fieldID, ids)), options.Find().SetProjection(only(fieldID)))
	if err != nil {
		return nil, err
	}
	asked := make(map[string]bool, len(rows))
	for _, r := range rows {
		asked[r.ID] = true
	}
	var rest []Asked
	for _, a := range batch {
		if !asked[a.id] {
			rest = append(rest, a)
		}
	}
	return rest, nil
}

// MarkAsked implements work.IssueStore. One transaction costs the server half of what
// as many changes of their own do.
func (s Batches) MarkAsked(ctx context.Context, v access.Viewer, c campaign.Campaign, suppliers []string) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		_, err := s.coll(colSuppliers).UpdateMany(ctx, visible(v, oneOf(fieldID, suppliers)), update(
			set(to(fieldAskedAt, s.now())),
			raise(to(fieldAskedUntil, c.ClosesAt))))
		return err
	})
}

// AskedBy implements work.IssueStore.
func (s Batches) AskedBy(ctx context.Context, v access.Viewer, campaignID string) ([]string, error) {
	var out []string
	err := s.coll(colAssignments).Distinct(ctx, fieldSupplier, visibleIn(v, fieldCampaign, eq(fieldCampaign, campaignID))).Decode(&out)
	return out, known(err)
}

// FinishIssue implements work.IssueStore.
func (s Batches) FinishIssue(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	n, err := s.coll(colAssignments).CountDocuments(ctx, visible(v, eq(fieldCampaign, c.ID)))
	if err != nil {
		return known(err)
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colCampaigns).UpdateOne(ctx, visible(v, eq(fieldID, c.ID), eq(fieldState, campaign.Issuing)),
			update(set(to(fieldState, campaign.Open), to(fieldAsked, n))))
		if err != nil || res.MatchedCount == 0 {
			return err // zero: an earlier run got this far
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}
