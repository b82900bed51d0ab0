package main

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// profileBytes is the size of the profile: enough for a few requests.
const profileBytes = 16 << 20

// profile makes the database note every command, or no longer. Noting costs time (an
// issue took half as long again), so what is short is counted apart from being timed.
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

// askedBefore is how many commands the server was ever asked by the program: by its own
// counters, which cost nothing, so that what is long can be counted while it is timed.
// The driver's upkeep is not counted, nor what we ask ourselves.
func (b *bench) askedBefore(ctx context.Context) (int, error) {
	ours := int(b.own.Load())
	var status struct {
		Metrics struct {
			Commands map[string]bson.RawValue `bson:"commands"`
		} `bson:"metrics"`
	}
	if err := b.client.Database("admin").RunCommand(ctx, bson.D{{Key: "serverStatus", Value: 1}}).Decode(&status); err != nil {
		return 0, fmt.Errorf("read the server's counters: %w", err)
	}
	total := -ours
	for _, name := range counting {
		var command struct {
			Total int `bson:"total"`
		}
		if err := status.Metrics.Commands[name].Unmarshal(&command); err != nil {
			return 0, fmt.Errorf("read the counter of %s: %w", name, err)
		}
		total += command.Total
	}
	return total, nil
}

// counting are the commands that are counted.
var counting = []string{"find", "getMore", "aggregate", "count", "distinct", "insert", "update", "delete", "findAndModify", "commitTransaction", "abortTransaction"}

// ownCommands counts those of them that the bench itself asks.
func ownCommands(own *atomic.Int64) *event.CommandMonitor {
	return &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		if slices.Contains(counting, e.CommandName) {
			own.Add(1)
		}
	}}
}

// counted does something long and tells how many commands the program asked meanwhile.
func (b *bench) counted(ctx context.Context, do func() error) (int, error) {
	before, err := b.askedBefore(ctx)
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := b.askedBefore(ctx)
	return after - before, err
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
