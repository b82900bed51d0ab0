package main

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// profileBytes holds the profile of the longest measurement.
const profileBytes = 64 << 20

// profile makes the database note every command, or no longer. Noting costs time, so
// requests of a few milliseconds are counted apart from being timed.
func (b *bench) profile(ctx context.Context, on bool) error {
	set := func(level int) error {
		return b.kept.RunCommand(ctx, bson.D{{Key: "profile", Value: level}}).Err()
	}
	if err := set(0); err != nil || !on {
		return err
	}
	if err := b.kept.Collection("system.profile").Drop(ctx); err != nil {
		return err
	}
	if err := b.kept.CreateCollection(ctx, "system.profile", options.CreateCollection().SetCapped(true).SetSizeInBytes(profileBytes)); err != nil {
		return err
	}
	return set(2)
}

// noted counts what the program asked of the database, without the driver's own
// upkeep and without ours.
func (b *bench) noted(ctx context.Context) (int, error) {
	n, err := b.kept.Collection("system.profile").CountDocuments(ctx, bson.D{
		{Key: "appName", Value: bson.D{{Key: "$ne", Value: ourName}}},
		{Key: "ns", Value: bson.D{{Key: "$ne", Value: "tsunagi.system.profile"}}}})
	if err != nil {
		return 0, fmt.Errorf("count the profile: %w", err)
	}
	return int(n), nil
}

// counted lets something long be done while the database counts.
func (b *bench) counted(ctx context.Context, do func() error) (int, error) {
	if err := b.profile(ctx, true); err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	n, err := b.noted(ctx)
	if err != nil {
		return 0, err
	}
	return n, b.profile(ctx, false)
}

// countedOnce tells how many commands one request makes: the middle of several, since
// the workers now and then ask something at the same time.
func (b *bench) countedOnce(ctx context.Context, request func(i int) error) (int, error) {
	if err := b.profile(ctx, true); err != nil {
		return 0, err
	}
	var counts []int
	before := 0
	for i := range 21 {
		if err := request(i); err != nil {
			return 0, err
		}
		after, err := b.noted(ctx)
		if err != nil {
			return 0, err
		}
		counts = append(counts, after-before)
		before = after
	}
	slices.Sort(counts)
	return counts[len(counts)/2], b.profile(ctx, false)
}
