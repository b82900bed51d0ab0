package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/campaign"
	"tsunagi/internal/supplier"
)

const pageSize = 50

// listPages turns the pages of the directory, the last as often as the first.
func (b *bench) listPages(ctx context.Context) (Result, error) {
	return b.turn(ctx, "list-page", "/suppliers?page=%d", func(ctx context.Context, skip int64) error {
		var rows []supplier.Supplier
		return b.page(ctx, "suppliers", bson.D{{Key: "org_id", Value: b.org}}, skip, &rows)
	})
}

// campaignPages turns the pages of a campaign, counts and all; the driver makes the
// list and the counts.
func (b *bench) campaignPages(ctx context.Context) (Result, error) {
	match := bson.D{{Key: "org_id", Value: b.org}, {Key: "campaign_id", Value: b.campaign}}
	return b.turn(ctx, "campaign-page", "/campaigns/"+b.campaign+"?page=%d", func(ctx context.Context, skip int64) error {
		cursor, err := b.kept.Collection("assignments").Aggregate(ctx, bson.A{bson.D{{Key: "$match", Value: match}},
			bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: bson.D{{Key: "r", Value: "$response"}, {Key: "d", Value: "$delivery"}}},
				{Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}}})
		if err != nil {
			return err
		}
		var counts []bson.D
		if err := cursor.All(ctx, &counts); err != nil {
			return err
		}
		var rows []campaign.Assignment
		return b.page(ctx, "assignments", match, skip, &rows)
	})
}

func (b *bench) page(ctx context.Context, name string, filter bson.D, skip int64, into any) error {
	cursor, err := b.kept.Collection(name).Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "kana", Value: 1}, {Key: "_id", Value: 1}}).
		SetSkip(skip).SetLimit(pageSize).SetProjection(bson.D{{Key: "search", Value: 0}}))
	if err != nil {
		return err
	}
	return cursor.All(ctx, into)
}

// turn asks for pages from the first to the last, ours and the driver's in turn.
func (b *bench) turn(ctx context.Context, name, path string, raw func(ctx context.Context, skip int64) error) (Result, error) {
	r := Result{Name: name, Clients: 1}
	var ours, raws []time.Duration
	last := max((b.suppliers+pageSize-1)/pageSize, 1)
	for i := range b.pages + 5 { // the first five fill caches
		page := 1 + i*(last-1)/max(b.pages+4, 1)
		start := time.Now()
		res, err := b.clerk.get(fmt.Sprintf(path, page))
		took := time.Since(start)
		if err != nil {
			return r, err
		}
		start = time.Now()
		if err := raw(ctx, int64((page-1)*pageSize)); err != nil {
			return r, err
		}
		if i < 5 {
			continue
		}
		ours, raws = append(ours, took), append(raws, time.Since(start))
		if bytes.Count(res.body, []byte(`<th scope="row">`)) != min(pageSize, b.suppliers-(page-1)*pageSize) {
			r.Errors++
		}
	}
	r.compare(sum(ours), sum(raws), len(ours), len(raws))
	r.spread(ours)
	var err error
	r.Queries, err = b.countedOnce(ctx, func(i int) error {
		_, err := b.clerk.get(fmt.Sprintf(path, 1+i%last))
		return err
	})
	return r, err
}
