package queue

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
	"tsunagi/internal/watch"
)

// Depths counts what waits in the whole installation, up to watch.MostCounted of each:
// what it costs does not grow with the number of suppliers. It gives no record.
type Depths struct{ *store.DB }

// Mails counts the mails that are owed, and those that were given up.
func (s Depths) Mails(ctx context.Context, now time.Time) ([]watch.Depth, error) {
	var out []watch.Depth
	for _, d := range []struct {
		state string
		which bson.D
	}{
		{watch.Due, due(now)},
		{watch.Later, bson.D{query.Eq(field.State, notify.Queued), query.Gt(field.NextAt, now)}},
		{watch.Failed, bson.D{query.Eq(field.State, notify.Failed)}},
	} {
		n, err := s.Coll(store.Outbox).CountDocuments(ctx, d.which, options.Count().SetLimit(watch.MostCounted))
		if err != nil {
			return nil, meaning.Of(err)
		}
		out = append(out, watch.Depth{State: d.state, N: n})
	}
	oldest, err := query.FindOne[notify.Message](ctx, s.Coll(store.Outbox), due(now),
		options.FindOne().SetSort(query.Sorted(field.NextAt)).SetProjection(query.Only(field.NextAt)))
	if fault.KindOf(err) == fault.NotFound {
		return out, nil
	}
	out[0].Age = now.Sub(oldest.NextAt)
	return out, err
}

// Jobs counts the jobs of each kind that wait, run or were given up.
func (s Depths) Jobs(ctx context.Context, now time.Time) ([]watch.Depth, error) {
	cursor, err := s.Coll(store.Jobs).Aggregate(ctx, mongo.Pipeline{
		query.Op("$match", bson.D{query.OneOf(field.State, []jobs.State{jobs.Waiting, jobs.Running, jobs.Failed})}),
		query.Op("$limit", watch.MostCounted),
		query.Group(bson.D{query.To("kind", query.Ref(field.Kind)), query.To("state", query.Ref(field.State)),
			query.To("due", query.Op("$lte", bson.A{query.Ref(field.NextAt), now}))},
			query.To("n", query.Op("$sum", 1)), query.To("oldest", query.Op("$min", query.Ref(field.NextAt)))),
	})
	if err != nil {
		return nil, meaning.Of(err)
	}
	var groups []struct {
		Of struct {
			Kind  jobs.Kind  `bson:"kind"`
			State jobs.State `bson:"state"`
			Due   bool       `bson:"due"`
		} `bson:"_id"`
		N      int64     `bson:"n"`
		Oldest time.Time `bson:"oldest"`
	}
	if err := cursor.All(ctx, &groups); err != nil {
		return nil, meaning.Of(err)
	}
	var out []watch.Depth
	for _, g := range groups {
		d := watch.Depth{Kind: string(g.Of.Kind), State: watch.Later, N: g.N}
		switch {
		case g.Of.State == jobs.Failed:
			d.State = watch.Failed
		case g.Of.Due:
			d.State, d.Age = watch.Due, now.Sub(g.Oldest)
		}
		out = watch.Add(out, d)
	}
	return out, nil
}
