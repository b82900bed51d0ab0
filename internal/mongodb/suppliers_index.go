package mongodb

import (
	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
)

// supplierIndexes serve the directory's lists (by kana, code, newest), its search
// by grams, and the audience filters.
func supplierIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{
		query.Unique(query.Index(field.Org, field.Code)),
		query.Index(field.Org, field.CodeKey),
		query.Index(field.Org, field.CorporateNumber),
		query.Index(field.Org, field.Kana, field.ID),
		query.Index(field.Org, field.ID), // the order in which a campaign asks
		query.Index(field.Org, field.Search),
		query.Index(field.Org, field.Tags, field.ID),
		query.Index(field.Org, field.Tier, field.ID),
	}
}

func importIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{query.Index(field.Org, "-"+field.ID), query.Expiring()}
}

func partIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{query.Index(field.Org, field.Import, field.ID), query.Expiring()}
}

func shapeIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{query.Index(field.Org, field.Key), query.Expiring()}
}
