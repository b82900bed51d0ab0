package query

import (
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongodb/field"
)

// Index is an index over the fields given, in the order of sorted.
func Index(fields ...string) mongo.IndexModel { return mongo.IndexModel{Keys: Sorted(fields...)} }

func Unique(m mongo.IndexModel) mongo.IndexModel {
	m.Options = options.Index().SetUnique(true)
	return m
}

// Expiring lets the server remove a document once its time has come.
func Expiring() mongo.IndexModel {
	return mongo.IndexModel{Keys: Sorted(field.ExpiresAt), Options: options.Index().SetExpireAfterSeconds(0)}
}
