// Package bucket is how a budget stands in the database, and spends of it in one write.
package bucket

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/budget"
	"tsunagi/internal/mongodb/meaning"
)

// Bucket is what one actor has spent of one kind. Who it is cannot be read from it.
type Bucket struct {
	ID      string    `bson:"_id"`
	Spent   float64   `bson:"spent"` // as of At; it comes back evenly
	At      time.Time `bson:"at"`
	Granted bool      `bson:"granted"` // the last spending
	Expires time.Time `bson:"expires_at"`
}

// Spend takes one token for each of the spendings, or none: TooMany names the first whose
// bucket is empty, and what was taken before it is given back.
func Spend(ctx context.Context, c *mongo.Collection, now time.Time, spendings ...budget.Spending) error {
	for i, s := range spendings {
		b, err := spend(ctx, c, now, s)
		if err != nil {
			return meaning.Of(err)
		}
		if !b.Granted {
			return cmp.Or(Refund(ctx, c, spendings[:i]...), s.Kind.Empty(b.Spent))
		}
	}
	return nil
}

func spend(ctx context.Context, c *mongo.Collection, now time.Time, s budget.Spending) (Bucket, error) {
	var b Bucket
	err := c.FindOneAndUpdate(ctx, byID(s), spending(s.Kind.Traits(), now),
		options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(&b)
	if mongo.IsDuplicateKeyError(err) && mongo.SessionFromContext(ctx) == nil { // two first ones at once: the other made it
		return spend(ctx, c, now, s)
	}
	return b, err
}

// Refund gives back one token for each of the spendings.
func Refund(ctx context.Context, c *mongo.Collection, spendings ...budget.Spending) error {
	for _, s := range spendings {
		if _, err := c.UpdateOne(ctx, byID(s), refund()); err != nil {
			return meaning.Of(err)
		}
	}
	return nil
}

// Fill makes buckets full again.
func Fill(ctx context.Context, c *mongo.Collection, spendings ...budget.Spending) error {
	for _, s := range spendings {
		if _, err := c.DeleteOne(ctx, byID(s)); err != nil {
			return meaning.Of(err)
		}
	}
	return nil
}

// byID finds the bucket from which is spent.
func byID(s budget.Spending) bson.D {
	sum := sha256.Sum256([]byte(s.Actor))
	return bson.D{{Key: "_id", Value: string(s.Kind) + ":" + hex.EncodeToString(sum[:16])}}
}

// spending is the change that takes a token, if one is left, and notes whether it was: what
// has come back, what is left and what is taken are one write.
func spending(t budget.Traits, now time.Time) bson.A {
	since := op("$max", bson.A{0, op("$subtract", bson.A{now, op("$ifNull", bson.A{"$at", now})})})
	left := op("$max", bson.A{0, op("$subtract", bson.A{op("$ifNull", bson.A{"$spent", 0}), op("$multiply", bson.A{since, t.Leaks()})})})
	more := op("$add", bson.A{"$spent", 1})
	return bson.A{
		op("$set", bson.D{{Key: "spent", Value: left}, {Key: "at", Value: now}, {Key: "expires_at", Value: now.Add(t.Per)}}),
		op("$set", op("granted", op("$lte", bson.A{more, t.Most}))),
		op("$set", op("spent", op("$cond", bson.A{"$granted", more, "$spent"}))),
	}
}

// refund is the change that gives a token back.
func refund() bson.A {
	return bson.A{op("$set", op("spent", op("$max", bson.A{0, op("$subtract", bson.A{"$spent", 1})})))}
}

func op(name string, value any) bson.D { return bson.D{{Key: name, Value: value}} }
