package mongodb

import "go.mongodb.org/mongo-driver/v2/mongo"

// outboxIndexes serve the sender's claim, the delivery ledger and its counts, and
// the delivery history of one request. The ledger always names the states, so
// that one index serves a page of one state and, merged, of all.
func outboxIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{
		index(fieldState, fieldNextAt),
		index(fieldOrg, fieldCampaign, fieldState, "-"+fieldCreatedAt),
		index(fieldOrg, fieldState, "-"+fieldCreatedAt),
		index(fieldOrg, fieldAssignment),
	}
}
