package mongodb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/address"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
)

// Batches reads and writes a campaign's requests a batch at a time, for the work that
// takes long.
type Batches struct{ Campaigns }

// Audience implements work.IssueStore.
func (s Batches) Audience(ctx context.Context, v access.Viewer, a campaign.Audience, yearStart time.Time, after string, n int) ([]supplier.Supplier, error) {
	// $and keeps a condition on _id that the audience may have.
	next := bson.D{query.And(s.audience(v, a, yearStart), bson.D{query.Gt(field.ID, after)})}
	return query.FindAll[supplier.Supplier](ctx, s.Coll(store.Suppliers), next, options.Find().SetSort(query.Sorted(field.ID)).SetLimit(int64(n)))
}

// Asked is all that is written when one supplier is asked, encoded already while the
// batch before is written.
type Asked struct {
	id         string
	assignment bson.Raw
	draft      bson.Raw
	entry      bson.Raw
	messages   []bson.Raw // none when the supplier is not asked by mail
}

// EncodeAsked implements work.IssueStore.
func (s Batches) EncodeAsked(a response.Asked) (Asked, error) {
	out := Asked{id: a.Assignment.ID}
	type document struct {
		into *bson.Raw
		of   any
	}
	documents := []document{{&out.assignment, a.Assignment}, {&out.draft, a.Draft}, {&out.entry, s.Keys.Sign([]audit.Entry{a.Entry})[0]}}
	out.messages = make([]bson.Raw, len(a.Messages))
	for i, m := range a.Messages {
		documents = append(documents, document{&out.messages[i], m})
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
	err := s.InTx(ctx, func(ctx context.Context) error { return s.ask(ctx, job, batch, len(batch), cursor) })
	if !mongo.IsDuplicateKeyError(err) {
		return err
	}
	return s.InTx(ctx, func(ctx context.Context) error {
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
		of         func(Asked) []bson.Raw
	}{
		{store.Assignments, func(a Asked) []bson.Raw { return []bson.Raw{a.assignment} }},
		{store.Drafts, func(a Asked) []bson.Raw { return []bson.Raw{a.draft} }},
		{store.Audit, func(a Asked) []bson.Raw { return []bson.Raw{a.entry} }},
		{store.Outbox, func(a Asked) []bson.Raw { return a.messages }},
	} {
		documents := make([]bson.Raw, 0, len(batch))
		for _, a := range batch {
			documents = append(documents, part.of(a)...)
		}
		if len(documents) == 0 {
			continue
		}
		if err := s.InsertEncoded(ctx, part.collection, documents); err != nil {
			return err
		}
		if part.collection == store.Outbox {
			store.MailQueued(ctx)
		}
	}
	return s.Jobs().Advance(ctx, job, cursor, done, done-len(batch))
}

// notAsked leaves out of a batch who has an assignment.
func (s Batches) notAsked(ctx context.Context, job jobs.Job, batch []Asked) ([]Asked, error) {
	ids := make([]string, len(batch))
	for i, a := range batch {
		ids[i] = a.id
	}
	rows, err := query.FindAll[struct {
		ID string `bson:"_id"`
	}](ctx, s.Coll(store.Assignments), query.Visible(access.System(job.Org, job.Actor), query.OneOf(field.ID, ids)), options.Find().SetProjection(query.Only(field.ID)))
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
func (s Batches) MarkAsked(ctx context.Context, v access.Viewer, c campaign.Campaign, asked map[string]string) error {
	for suppliers := range slices.Chunk(slices.Sorted(maps.Keys(asked)), markedAtOnce) {
		if err := s.InTx(ctx, func(ctx context.Context) error { return s.mark(ctx, v, c, asked, suppliers) }); err != nil {
			return err
		}
	}
	return nil
}

// markedAtOnce is how many suppliers one transaction marks: as many as one batch asks.
const markedAtOnce = 500

// mark changes each supplier, so that whoever changes its address does so before or after:
// before, the new address is found here; after, the request is there to be noted on.
func (s Batches) mark(ctx context.Context, v access.Viewer, c campaign.Campaign, asked map[string]string, suppliers []string) error {
	of := query.Visible(v, query.OneOf(field.ID, suppliers))
	if _, err := s.Coll(store.Suppliers).UpdateMany(ctx, of, query.Update(
		query.Set(query.To(field.AskedAt, s.Now())),
		query.Raise(query.To(field.AskedUntil, c.ClosesAt)))); err != nil {
		return err
	}
	now, err := query.FindAll[supplier.Supplier](ctx, s.Coll(store.Suppliers), of, options.Find().SetProjection(query.Only(field.Email)))
	if err != nil {
		return err
	}
	moved := slices.DeleteFunc(now, func(one supplier.Supplier) bool { return one.Email == asked[one.ID] })
	return address.Note(ctx, s.DB.DB, v.Org, "", moved...)
}

// AskedBy implements work.IssueStore.
func (s Batches) AskedBy(ctx context.Context, v access.Viewer, campaignID string) (map[string]string, error) {
	rows, err := query.FindAll[campaign.Assignment](ctx, s.Coll(store.Assignments), query.VisibleIn(v, field.Campaign, query.Eq(field.Campaign, campaignID)),
		options.Find().SetProjection(query.Only(field.Supplier, field.Email)))
	out := make(map[string]string, len(rows))
	for _, a := range rows {
		out[a.Supplier] = a.Email
	}
	return out, err
}

// FinishIssue implements work.IssueStore.
func (s Batches) FinishIssue(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	n, err := s.Coll(store.Assignments).CountDocuments(ctx, query.Visible(v, query.Eq(field.Campaign, c.ID)))
	if err != nil {
		return meaning.Of(err)
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Campaigns).UpdateOne(ctx, query.Visible(v, query.Eq(field.ID, c.ID), query.Eq(field.State, campaign.Issuing)),
			query.Update(query.Set(query.To(field.State, campaign.Open), query.To(field.Asked, n))))
		if err != nil || res.MatchedCount == 0 {
			return err // zero: an earlier run got this far
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}
