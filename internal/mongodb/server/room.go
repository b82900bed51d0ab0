package server

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/mongodb/meaning"
)

// errNoRoom says that a server does not tell how full its disk is, as one of several shards.
var errNoRoom = errors.New("the database does not tell how much room is left on its disk")

// Room tells how many bytes are left on the disk of the database, wherever that is.
func Room(ctx context.Context, db *mongo.Database) (int64, error) {
	var stats struct {
		Total float64 `bson:"fsTotalSize"`
		Used  float64 `bson:"fsUsedSize"`
	}
	err := db.RunCommand(ctx, bson.D{{Key: "dbStats", Value: 1}}).Decode(&stats)
	if err == nil && stats.Total == 0 {
		err = errNoRoom
	}
	return int64(stats.Total - stats.Used), meaning.Of(err)
}

// Size tells how many bytes the data and their indexes take on the disk.
func Size(ctx context.Context, db *mongo.Database) (int64, error) {
	var stats struct {
		Data    float64 `bson:"storageSize"`
		Indexes float64 `bson:"indexSize"`
	}
	err := db.RunCommand(ctx, bson.D{{Key: "dbStats", Value: 1}}).Decode(&stats)
	return int64(stats.Data + stats.Indexes), meaning.Of(err)
}
