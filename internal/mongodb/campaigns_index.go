package mongodb

import (
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func campaignIndexes() []mongo.IndexModel {
	return []mongo.IndexModel{index("org_id", "-_id"), index("org_id", "state", "due_at")}
}

// listIndex holds everything that lists of assignments filter and sort by, so that
// counts, and pages in an order without an index of its own, never read documents.
const listIndex = "assignments_list"

// assignmentIndexes serve the campaign page: the usual orders, search by grams,
// certificates, everything else by listIndex; and a supplier's own history.
func assignmentIndexes() []mongo.IndexModel {
	list := index("org_id", "campaign_id", "response", "delivery", "due_at", "tier", "score", "submitted_at", "kana", "code", "_id")
	list.Options = options.Index().SetName(listIndex)
	return []mongo.IndexModel{
		list,
		index("org_id", "campaign_id", "kana", "_id"),
		index("org_id", "campaign_id", "response", "kana", "_id"),
		index("org_id", "campaign_id", "code", "_id"),
		index("org_id", "campaign_id", "search"),
		index("org_id", "campaign_id", "certificates.kind"),
		index("org_id", "supplier_id", "-_id"),
	}
}
