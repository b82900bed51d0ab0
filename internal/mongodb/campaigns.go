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
)

// Campaigns keeps campaigns and their assignments.
type Campaigns struct{ *DB }

var _ campaign.Store = Campaigns{}

// withoutSnapshot leaves the questionnaire's questions out of lists.
var withoutSnapshot = except(fieldQuestionnaireSections, fieldCoverage)

// List implements campaign.Reader: the newest first.
func (s Campaigns) List(ctx context.Context, v access.Viewer, page, size int) ([]campaign.Campaign, bool, error) {
	return readPage[campaign.Campaign](ctx, s.coll(colCampaigns), listing{filter: published(v), order: sorted("-" + fieldID), fields: withoutSnapshot,
		page: page, size: size})
}

// Get implements campaign.Reader.
func (s Campaigns) Get(ctx context.Context, v access.Viewer, id string) (campaign.Campaign, error) {
	return findOne[campaign.Campaign](ctx, s.coll(colCampaigns), published(v, eq(fieldID, id)))
}

// Create implements campaign.Store.
func (s Campaigns) Create(ctx context.Context, c campaign.Campaign, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		if _, err := s.coll(colCampaigns).InsertOne(ctx, c); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// Save implements campaign.Store.
func (s Campaigns) Save(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	return s.replaceDraft(ctx, v, c, func(ctx context.Context) error { return s.record(ctx, []audit.Entry{e}, nil) })
}

func (s Campaigns) replaceDraft(ctx context.Context, v access.Viewer, c campaign.Campaign, then func(context.Context) error) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colCampaigns).ReplaceOne(ctx, visible(v, eq(fieldID, c.ID),
			eq(fieldState, campaign.Draft), eq(fieldRevision, c.Revision-1)), c)
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
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colCampaigns).DeleteOne(ctx, visible(v, eq(fieldID, c.ID), eq(fieldState, campaign.Draft), eq(fieldRevision, c.Revision)))
		if err != nil {
			return err
		}
		if res.DeletedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// StartIssue implements campaign.Store. Two clicks at once start one job: the
// second finds no draft.
func (s Campaigns) StartIssue(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error {
	c.Revision++
	return s.replaceDraft(ctx, v, c, func(ctx context.Context) error {
		if err := Jobs(s).Add(ctx, s.order(v, s.orders.Issue(), c.ID, c.Asked)); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// CountsOf implements campaign.Reader: the counts of several campaigns by one
// query, for lists.
func (s Campaigns) CountsOf(ctx context.Context, v access.Viewer, ids []string, now time.Time) (map[string]campaign.Counts, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	match := visibleIn(v, fieldCampaign, oneOf(fieldCampaign, ids))
	late := bson.D{and(
		op("$lt", bson.A{ref(fieldDueAt), now}),
		op("$in", bson.A{ref(fieldResponse), waiting()}))}
	cursor, err := s.coll(colAssignments).Aggregate(ctx, bson.A{
		op("$match", match),
		group(bson.D{to("c", ref(fieldCampaign)), to("r", ref(fieldResponse)), to("d", ref(fieldDelivery))},
			to("n", op("$sum", 1)), to("late", op("$sum", oneIf(late))),
			to("given", op("$sum", oneIf(op("$gt", bson.A{ref(fieldSubmittedAt), nil}))))),
	}, options.Aggregate().SetHint(listIndex))
	if err != nil {
		return nil, known(err)
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
		return nil, known(err)
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
	cursor, err := s.coll(colAssignments).Aggregate(ctx, bson.A{
		op("$match", visibleIn(v, fieldCampaign, oneOf(fieldCampaign, ids), oneOf(fieldResponse, campaign.InHands))),
		group(ref(fieldCampaign), to("n", op("$sum", 1))),
	}, options.Aggregate().SetHint(listIndex))
	if err != nil {
		return nil, known(err)
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
	return out, known(err)
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
