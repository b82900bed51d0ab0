package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
)

// Campaigns keeps campaigns and their assignments.
type Campaigns struct{ *DB }

var _ campaign.Store = Campaigns{}

// withoutSnapshot leaves the questionnaire's questions out of lists.
var withoutSnapshot = query.Except(field.QuestionnaireSections, field.Coverage)

// List implements campaign.Reader: the newest first.
func (s Campaigns) List(ctx context.Context, v access.Viewer, page, size int) ([]campaign.Campaign, bool, error) {
	return query.ReadPage[campaign.Campaign](ctx, s.Coll(store.Campaigns), query.Listing{Filter: query.Published(v), Order: query.Sorted("-" + field.ID), Fields: withoutSnapshot,
		Page: page, Size: size})
}

// Get implements campaign.Reader.
func (s Campaigns) Get(ctx context.Context, v access.Viewer, id string) (campaign.Campaign, error) {
	return query.FindOne[campaign.Campaign](ctx, s.Coll(store.Campaigns), query.Published(v, query.Eq(field.ID, id)))
}

// Names implements campaign.Reader.
func (s Campaigns) Names(ctx context.Context, v access.Viewer, ids []string) (map[string]string, error) {
	rows, err := query.FindAll[campaign.Campaign](ctx, s.Coll(store.Campaigns), query.Published(v, query.OneOf(field.ID, nonNil(ids))), options.Find().SetProjection(query.Only(field.Name)))
	out := make(map[string]string, len(rows))
	for _, c := range rows {
		out[c.ID] = c.Name
	}
	return out, err
}

// Create implements campaign.Store.
func (s Campaigns) Create(ctx context.Context, c campaign.Campaign, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.Coll(store.Campaigns).InsertOne(ctx, c); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// Save implements campaign.Store.
func (s Campaigns) Save(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	return s.replaceDraft(ctx, v, c, func(ctx context.Context) error { return s.Record(ctx, []audit.Entry{e}, nil) })
}

func (s Campaigns) replaceDraft(ctx context.Context, v access.Viewer, c campaign.Campaign, then func(context.Context) error) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Campaigns).ReplaceOne(ctx, query.Visible(v, query.Eq(field.ID, c.ID),
			query.Eq(field.State, campaign.Draft), query.Eq(field.Revision, c.Revision-1)), c)
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		return then(ctx)
	})
}

// DeleteDraft implements campaign.Store.
func (s Campaigns) DeleteDraft(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Campaigns).DeleteOne(ctx, query.Visible(v, query.Eq(field.ID, c.ID), query.Eq(field.State, campaign.Draft), query.Eq(field.Revision, c.Revision)))
		if err != nil {
			return err
		}
		if res.DeletedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// StartIssue implements campaign.Store. Two clicks at once start one job: the
// second finds no draft.
func (s Campaigns) StartIssue(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	c.Revision++
	return s.replaceDraft(ctx, v, c, func(ctx context.Context) error {
		if err := s.Jobs().Add(ctx, s.Order(v, s.Orders.Issue(), c.ID, c.Asked)); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// CountsOf implements campaign.Reader: the counts of several campaigns by one
// query, for lists.
func (s Campaigns) CountsOf(ctx context.Context, v access.Viewer, ids []string, now time.Time) (map[string]campaign.Counts, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	match := query.VisibleIn(v, field.Campaign, query.OneOf(field.Campaign, ids))
	late := bson.D{query.And(
		query.Op("$lt", bson.A{query.Ref(field.DueAt), now}),
		query.Op("$in", bson.A{query.Ref(field.Response), waiting()}))}
	cursor, err := s.Coll(store.Assignments).Aggregate(ctx, bson.A{
		query.Op("$match", match),
		query.Group(bson.D{query.To("c", query.Ref(field.Campaign)), query.To("r", query.Ref(field.Response)), query.To("d", query.Ref(field.Delivery))},
			query.To("n", query.Op("$sum", 1)), query.To("late", query.Op("$sum", query.OneIf(late))),
			query.To("given", query.Op("$sum", query.OneIf(query.Op("$gt", bson.A{query.Ref(field.SubmittedAt), nil}))))),
	}, options.Aggregate().SetHint(listIndex))
	if err != nil {
		return nil, meaning.Of(err)
	}
	var rows []struct {
		ID struct {
			C string            `bson:"c"`
			R campaign.Response `bson:"r"`
			D campaign.Delivery `bson:"d"`
		} `bson:"_id"`
		N     int `bson:"n"`
		Late  int `bson:"late"`
		Given int `bson:"given"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, meaning.Of(err)
	}
	out := map[string]campaign.Counts{}
	for _, r := range rows {
		c, ok := out[r.ID.C]
		if !ok {
			c = campaign.Counts{Response: map[campaign.Response]int{}, Delivery: map[campaign.Delivery]int{}}
		}
		c.Total += r.N
		c.Overdue += r.Late
		c.Given += r.Given
		c.Response[r.ID.R] += r.N
		c.Delivery[r.ID.D] += r.N
		out[r.ID.C] = c
	}
	return out, nil
}

// Counts implements campaign.Reader.
func (s Campaigns) Counts(ctx context.Context, v access.Viewer, id string, now time.Time) (campaign.Counts, error) {
	all, err := s.CountsOf(ctx, v, []string{id}, now)
	if c, ok := all[id]; ok {
		return c, err
	}
	return campaign.Counts{Response: map[campaign.Response]int{}, Delivery: map[campaign.Delivery]int{}}, err
}

// InHandsOf implements campaign.Reader. It reads nothing but the rows that it counts,
// however many campaigns are over.
func (s Campaigns) InHandsOf(ctx context.Context, v access.Viewer, ids []string) (map[string]int, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	cursor, err := s.Coll(store.Assignments).Aggregate(ctx, bson.A{
		query.Op("$match", query.VisibleIn(v, field.Campaign, query.OneOf(field.Campaign, ids), query.OneOf(field.Response, campaign.InHands))),
		query.Group(query.Ref(field.Campaign), query.To("n", query.Op("$sum", 1))),
	}, options.Aggregate().SetHint(listIndex))
	if err != nil {
		return nil, meaning.Of(err)
	}
	var rows []struct {
		ID string `bson:"_id"`
		N  int    `bson:"n"`
	}
	err = cursor.All(ctx, &rows)
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.ID] = r.N
	}
	return out, meaning.Of(err)
}

func waiting() bson.A {
	var out bson.A
	for _, r := range campaign.Responses {
		if r.Waits() {
			out = append(out, r)
		}
	}
	return out
}
