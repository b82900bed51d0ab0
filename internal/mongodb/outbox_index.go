package mongodb

import "go.mongodb.org/mongo-driver/v2/mongo"

// outboxIndexes serve the sender's claim, the delivery ledger and its counts, and
// the delivery history of one request.
func outboxIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{
		index("state", "next_at"),
		index("org_id", "campaign_id", "-_id"),
		index("org_id", "campaign_id", "state", "-_id"),
		index("org_id", "state", "-_id"),
		index("org_id", "assignment_id", "-_id"),
	}
}
