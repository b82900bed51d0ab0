package queue

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/notify"
)

// OutboxIndexes serve the sender's claim, the delivery ledger and its counts, the
// delivery history of one request, and what waits of the links to an account. The ledger
// always names the states, so that one index serves a page of one state and, merged, of
// all.
func OutboxIndexes() []mongo.IndexModel {
	accounts := query.Index(field.Org, field.Kind, field.State)
	accounts.Options = options.Index().SetPartialFilterExpression(bson.D{query.OneOf(field.Kind, []notify.Kind{notify.Invite, notify.Reset})})
	return []mongo.IndexModel{
		query.Index(field.State, field.NextAt),
		query.Index(field.Org, field.Campaign, field.State, "-"+field.CreatedAt),
		query.Index(field.Org, field.State, "-"+field.CreatedAt),
		query.Index(field.Org, field.Assignment),
		accounts,
	}
}
