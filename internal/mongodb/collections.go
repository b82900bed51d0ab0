package mongodb

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// The collections. Each that belongs to an organisation carries org_id, first in
// every index.
const (
	colOrganizations = "organizations"
	colUsers         = "users"
	colMemberships   = "memberships"
	colInvitations   = "invitations"
	colSessions      = "sessions"
	colAttempts      = "attempts"
	colSuppliers     = "suppliers"
	colImports       = "imports"
	colCampaigns     = "campaigns"
	colAssignments   = "assignments"
	colDrafts        = "drafts"
	colSubmissions   = "submissions"
	colReviews       = "reviews"
	colEvidence      = "evidence"
	colOutbox        = "outbox"
	colJobs          = "jobs"
	colAudit         = "audit"
	colAuditHeads    = "audit_heads"
	colDocuments     = "documents"
)

// index is an index over the fields given; a leading "-" means descending.
func index(fields ...string) mongo.IndexModel {
	keys := bson.D{}
	for _, f := range fields {
		direction := 1
		if strings.HasPrefix(f, "-") {
			f, direction = f[1:], -1
		}
		keys = append(keys, bson.E{Key: f, Value: direction})
	}
	return mongo.IndexModel{Keys: keys}
}

func unique(m mongo.IndexModel) mongo.IndexModel {
	m.Options = options.Index().SetUnique(true)
	return m
}

// expiring lets the server remove a document once the time in its field has come.
func expiring(field string) mongo.IndexModel {
	return mongo.IndexModel{Keys: bson.D{{Key: field, Value: 1}}, Options: options.Index().SetExpireAfterSeconds(0)}
}

// indexes lists what every query relies on; a test fails on a query without one.
func indexes() map[string][]mongo.IndexModel {
	return map[string][]mongo.IndexModel{
		colUsers:       {unique(index("email"))},
		colMemberships: {index("user_id"), index("org_id", "role", "_id")},
		colInvitations: {index("org_id", "-_id")},
		colSessions:    {index("user_id"), expiring("expires_at")},
		colAttempts:    {expiring("expires_at")},
		colSuppliers:   supplierIndexes(),
		colImports:     importIndexes(),
		colCampaigns:   campaignIndexes(),
		colAssignments: assignmentIndexes(),
		colSubmissions: {index("org_id", "assignment_id", "-revision"), index("org_id", "campaign_id", "_id")},
		colReviews:     {index("org_id", "assignment_id", "-revision"), index("org_id", "campaign_id", "_id")},
		colEvidence:    {index("org_id", "assignment_id", "kind"), index("org_id", "campaign_id", "_id"), index("file.id")},
		colOutbox:      outboxIndexes(),
		colJobs:        jobIndexes(),
		colAudit: {index("org_id", "-_id"), index("org_id", "campaign_id", "-_id"), index("org_id", "record.id", "-_id"),
			index("org_id", "seal.seq"), index("seal", "_id")},
		colDocuments: documentIndexes(),

		documentBucket + ".chunks": fileIndexes(),
		evidenceBucket + ".chunks": fileIndexes(),
	}
}

func (d *DB) makeIndexes(ctx context.Context) error {
	for name, models := range indexes() {
		if _, err := d.coll(name).Indexes().CreateMany(ctx, models); err != nil {
			return fmt.Errorf("make indexes of %s: %w", name, err)
		}
	}
	return nil
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
