// Package server knows the database server itself: how it is reached, what its errors
// mean, whether it takes writes and agrees with our clock.
package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"tsunagi/internal/mongodb/meaning"
)

// errStandalone tells an administrator how to give us transactions.
var errStandalone = errors.New("the MongoDB server is standalone, and Tsunagi needs transactions: " +
	"start mongod with --replSet rs0 and run rs.initiate() once in mongosh (a set of one node is enough), " +
	"then add replicaSet=rs0 to the address")

// Connect reaches the server at an address, and refuses one without transactions.
func Connect(ctx context.Context, uri string, monitor *event.CommandMonitor) (*mongo.Client, error) {
	journaled := true
	wc := writeconcern.Majority()
	wc.Journal = &journaled
	opts := options.Client().ApplyURI(uri).SetWriteConcern(wc).SetReadConcern(readconcern.Majority()).
		SetAppName("tsunagi").SetMonitor(monitor).SetRegistry(registry()).
		SetBSONOptions(&options.BSONOptions{NilSliceAsEmpty: false, UseLocalTimeZone: false})
	// The address may say how long to wait (serverSelectionTimeoutMS, timeoutMS).
	if opts.ServerSelectionTimeout == nil {
		opts.SetServerSelectionTimeout(5 * time.Second)
	}
	if opts.Timeout == nil {
		opts.SetTimeout(30 * time.Second)
	}
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("connect to MongoDB: %w", err)
	}
	if err := greet(ctx, client); err != nil {
		_ = client.Disconnect(context.WithoutCancel(ctx))
		return nil, err
	}
	return client, nil
}

// greeting is what the server tells of itself.
type greeting struct {
	SetName   string    `bson:"setName"`
	Msg       string    `bson:"msg"`
	Local     time.Time `bson:"localTime"`
	LastWrite struct {
		OpTime struct {
			At bson.Timestamp `bson:"ts"`
		} `bson:"opTime"`
	} `bson:"lastWrite"`
}

func hello(ctx context.Context, client *mongo.Client) (g greeting, err error) {
	err = client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&g)
	return g, err
}

func greet(ctx context.Context, client *mongo.Client) error {
	g, err := hello(ctx, client)
	if err != nil {
		return fmt.Errorf("reach MongoDB: %w", err)
	}
	if g.SetName == "" && g.Msg != "isdbgrid" {
		return errStandalone
	}
	return nil
}

// readyWithin lets health answer within two seconds, whatever the database does.
const readyWithin = 1500 * time.Millisecond

// Ready tells whether a database takes writes now.
func Ready(ctx context.Context, db *mongo.Database, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	_, err := db.Collection("health").UpdateOne(ctx, bson.D{{Key: "_id", Value: "ready"}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "at", Value: now}}}}, options.UpdateOne().SetUpsert(true))
	return meaning.Of(err)
}
