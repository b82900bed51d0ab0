package mongodb

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func campaignIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{index(fieldOrg, "-"+fieldID), index(fieldOrg, fieldState, fieldDueAt)}
}

// listIndex holds everything that lists of assignments filter and sort by, so that
// counts, and pages in an order without an index of its own, never read documents.
const listIndex = "assignments_list"

// assignmentIndexes serve the campaign page: the usual orders, search by grams,
// certificates, everything else by listIndex; and a supplier's own history.
func assignmentIndexes() []mongo.IndexModel {
	list := index(fieldOrg, fieldCampaign, fieldResponse, fieldDelivery, fieldDueAt, fieldTier, fieldScore, fieldSubmittedAt, fieldKana, fieldCode, fieldID)
	list.Options = options.Index().SetName(listIndex)
	asking := index(fieldOrg, fieldMoreAskedAt)
	asking.Options = options.Index().SetPartialFilterExpression(bson.D{gt(fieldMoreAskedAt, time.Time{})})
	return []mongo.IndexModel{
		list,
		asking,
		index(fieldOrg, fieldCampaign, fieldKana, fieldID),
		index(fieldOrg, fieldCampaign, fieldResponse, fieldKana, fieldID),
		index(fieldOrg, fieldCampaign, fieldCode, fieldID),
		index(fieldOrg, fieldCampaign, fieldSearch),
		index(fieldOrg, fieldCampaign, fieldCertificatesKind),
		index(fieldOrg, fieldSupplier, "-"+fieldID),
	}
}
