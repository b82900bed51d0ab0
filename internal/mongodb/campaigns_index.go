package mongodb

import "go.mongodb.org/mongo-driver/v2/mongo"

func campaignIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{index("org_id", "-_id"), index("org_id", "state", "due_at")}
}

// assignmentIndexes serve the campaign page: each sort with the state filter
// before it, search by grams, and "asked this year" by supplier.
func assignmentIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{
		index("org_id", "campaign_id", "kana", "_id"),
		index("org_id", "campaign_id", "response", "kana", "_id"),
		index("org_id", "campaign_id", "delivery", "kana", "_id"),
		index("org_id", "campaign_id", "search"),
		index("org_id", "campaign_id", "response", "delivery", "due_at"), // covers the counts
		index("org_id", "campaign_id", "score", "_id"),
		index("org_id", "campaign_id", "code", "_id"),
		index("org_id", "supplier_id", "-_id"),
	}
}
