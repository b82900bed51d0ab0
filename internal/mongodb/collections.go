package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongodb/gridfile"
)

// The collections. Each that belongs to an organisation carries org_id, first in
// every index.
const (
	colOrganizations = "organizations"
	colUsers         = "users"
	colMemberships   = "memberships"
	colInvitations   = "invitations"
	colSessions      = "sessions"
	colBudgets       = "budgets"
	colPosts         = "posts"
	colSuppliers     = "suppliers"
	colImports       = "imports"
	colImportParts   = "import_parts"
	colImportShapes  = "import_shapes"
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

// index is an index over the fields given, in the order of sorted.
func index(fields ...string) mongo.IndexModel { return mongo.IndexModel{Keys: sorted(fields...)} }

func unique(m mongo.IndexModel) mongo.IndexModel {
	m.Options = options.Index().SetUnique(true)
	return m
}

// expiring lets the server remove a document once its time has come.
func expiring() mongo.IndexModel {
	return mongo.IndexModel{Keys: sorted(fieldExpiresAt), Options: options.Index().SetExpireAfterSeconds(0)}
}

// indexes lists what every query relies on; a test fails on a query without one.
func indexes() map[string][]mongo.IndexModel {
	pieces := []mongo.IndexModel{unique(index(gridfile.File, gridfile.Number))}
	return map[string][]mongo.IndexModel{
		colUsers:       {unique(index(fieldEmail))},
		colMemberships: {index(fieldUser), index(fieldOrg, fieldRole, fieldID)},
		colInvitations: {index(fieldOrg, "-"+fieldID)},
		colSessions:    {index(fieldUser), expiring()},
		colBudgets:     {expiring()},
		colPosts:       {expiring()},
		colSuppliers:   supplierIndexes(),
		colImports:     importIndexes(),

		colImportParts:  partIndexes(),
		colImportShapes: shapeIndexes(),

		colCampaigns:   campaignIndexes(),
		colAssignments: assignmentIndexes(),
		colSubmissions: {index(fieldOrg, fieldAssignment, "-"+fieldRevision), index(fieldOrg, fieldCampaign, fieldID)},
		colReviews:     {index(fieldOrg, fieldAssignment, "-"+fieldRevision), index(fieldOrg, fieldCampaign, fieldID)},
		colEvidence:    {index(fieldOrg, fieldAssignment, fieldKind), index(fieldOrg, fieldCampaign, fieldID), index(fieldFileID)},
		colOutbox:      outboxIndexes(),
		colJobs:        jobIndexes(),
		colAudit: {index(fieldOrg, "-"+fieldAt, "-"+fieldID), index(fieldOrg, fieldCampaign, "-"+fieldAt, "-"+fieldID),
			index(fieldOrg, fieldRecordID, "-"+fieldAt, "-"+fieldID), index(fieldOrg, fieldActorID, "-"+fieldAt, "-"+fieldID), index(fieldOrg, fieldSealSeq), index(fieldSealSeq, fieldRefusedReason, fieldID)},
		colDocuments: documentIndexes(),

		documentBucket + ".chunks": pieces,
		evidenceBucket + ".chunks": pieces,
	}
}

// retired are indexes of earlier versions that no query uses any more.
var retired = map[string][]string{colAudit: {"seal_1__id_1", "org_id_1__id_-1", "org_id_1_campaign_id_1__id_-1", "org_id_1_record.id_1__id_-1"}}

func (d *DB) makeIndexes(ctx context.Context) error {
	for name, old := range retired {
		for _, index := range old {
			err := d.coll(name).Indexes().DropOne(ctx, index)
			if err != nil && !isNoIndex(err) {
				return fmt.Errorf("drop an index of %s: %w", name, err)
			}
		}
	}
	for name, models := range indexes() {
		if _, err := d.coll(name).Indexes().CreateMany(ctx, models); err != nil {
			return fmt.Errorf("make indexes of %s: %w", name, err)
		}
	}
	return nil
}

// isNoIndex tells whether there is no such index, or no collection that has any.
func isNoIndex(err error) bool {
	var answer mongo.CommandError
	return errors.As(err, &answer) && (answer.Code == 26 || answer.Code == 27)
}
