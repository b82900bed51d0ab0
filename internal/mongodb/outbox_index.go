package mongodb

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/notify"
)

// outboxIndexes serve the sender's claim, the delivery ledger and its counts, the
// delivery history of one request, and what waits of the links to an account. The ledger
// always names the states, so that one index serves a page of one state and, merged, of
// all.
func outboxIndexes() []mongo.IndexModel {
	accounts := index(fieldOrg, fieldKind, fieldState)
	accounts.Options = options.Index().SetPartialFilterExpression(bson.D{oneOf(fieldKind, []notify.Kind{notify.Invite, notify.Reset})})
	return []mongo.IndexModel{
		index(fieldState, fieldNextAt),
		index(fieldOrg, fieldCampaign, fieldState, "-"+fieldCreatedAt),
		index(fieldOrg, fieldState, "-"+fieldCreatedAt),
		index(fieldOrg, fieldAssignment),
		accounts,
	}
}
