package mongodb

import "go.mongodb.org/mongo-driver/v2/mongo"

// supplierIndexes serve the directory's lists (by kana, code, newest), its search
// by grams, and the audience filters.
func supplierIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{
		unique(index("org_id", "code")),
		index("org_id", "kana", "_id"),
		index("org_id", "_id"), // the order in which a campaign asks
		index("org_id", "search"),
		index("org_id", "tags", "_id"),
		index("org_id", "tier", "_id"),
	}
}

func importIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{index("org_id", "-_id"), expiring("expires_at")}
}
