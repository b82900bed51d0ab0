package mongodb

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
)

func campaignIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{query.Index(field.Org, "-"+field.ID), query.Index(field.Org, field.State, field.DueAt)}
}

// listIndex holds everything that lists of assignments filter and sort by, so that
// counts, and pages in an order without an index of its own, never read documents.
const listIndex = "assignments_list"

// elsewhereIndex holds the requests that wait at another address than the directory's.
const elsewhereIndex = "assignments_elsewhere"

// assignmentIndexes serve the campaign page: the usual orders, search by grams,
// certificates, everything else by listIndex; and a supplier's own history.
func assignmentIndexes() []mongo.IndexModel {
	list := query.Index(field.Org, field.Campaign, field.Response, field.Delivery, field.DueAt, field.Tier, field.Score, field.SubmittedAt, field.Kana, field.Code, field.ID)
	list.Options = options.Index().SetName(listIndex)
	asking := query.Index(field.Org, field.MoreAskedAt)
	asking.Options = options.Index().SetPartialFilterExpression(bson.D{query.Gt(field.MoreAskedAt, time.Time{})})
	other := query.Index(field.Org, field.Campaign, field.Response, field.Kana, field.ID)
	other.Options = options.Index().SetName(elsewhereIndex).SetPartialFilterExpression(bson.D{query.Gt(field.Elsewhere, "")})
	brought := query.Index(field.Org, field.ElsewhereBy, field.ID)
	brought.Options = options.Index().SetPartialFilterExpression(bson.D{query.Gt(field.ElsewhereBy, "")})
	return []mongo.IndexModel{
		list,
		asking,
		other,
		brought,
		query.Index(field.Org, field.Campaign, field.Kana, field.ID),
		query.Index(field.Org, field.Campaign, field.Response, field.Kana, field.ID),
		query.Index(field.Org, field.Campaign, field.Code, field.ID),
		query.Index(field.Org, field.Campaign, field.Search),
		query.Index(field.Org, field.Campaign, field.CertificatesKind),
		query.Index(field.Org, field.Supplier, "-"+field.ID),
	}
}
