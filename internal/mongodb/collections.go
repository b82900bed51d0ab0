package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/gridfile"
	"tsunagi/internal/mongodb/paper"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/mongodb/store"
)

// indexes lists what every query relies on; a test fails on a query without one.
func indexes() map[string][]mongo.IndexModel {
	pieces := []mongo.IndexModel{query.Unique(query.Index(gridfile.File, gridfile.Number))}
	return map[string][]mongo.IndexModel{
		store.Users:       {query.Unique(query.Index(field.Email))},
		store.Memberships: {query.Index(field.User), query.Index(field.Org, field.Roles, field.ID)},
		store.Invitations: {query.Index(field.Org, "-"+field.ID)},
		store.Sessions:    {query.Index(field.User), query.Expiring()},
		store.Budgets:     {query.Expiring()},
		store.Posts:       {query.Expiring()},
		store.Suppliers:   supplierIndexes(),
		store.Imports:     importIndexes(),

		store.ImportParts:  partIndexes(),
		store.ImportShapes: shapeIndexes(),

		store.Campaigns:   campaignIndexes(),
		store.Assignments: assignmentIndexes(),
		store.Submissions: {query.Index(field.Org, field.Assignment, "-"+field.Revision), query.Index(field.Org, field.Campaign, field.ID)},
		store.Reviews:     {query.Index(field.Org, field.Assignment, "-"+field.Revision), query.Index(field.Org, field.Campaign, field.ID)},
		store.Evidence:    {query.Index(field.Org, field.Assignment, field.Kind), query.Index(field.Org, field.Campaign, field.ID), query.Index(field.FileID)},
		store.Pictures:    {query.Index(field.Org, field.OfFile, field.At, field.ID, field.Size), query.Index(field.Org, field.At, field.ID, field.Size)},
		store.Outbox:      queue.OutboxIndexes(),
		store.Jobs:        queue.JobIndexes(),
		store.Audit: {query.Index(field.Org, "-"+field.At, "-"+field.ID), query.Index(field.Org, field.Campaign, "-"+field.At, "-"+field.ID),
			query.Index(field.Org, field.RecordID, "-"+field.At, "-"+field.ID), query.Index(field.Org, field.ActorID, "-"+field.At, "-"+field.ID), query.Index(field.Org, field.SealSeq), query.Index(field.SealSeq, field.RefusedReason, field.ID)},
		store.Documents: paper.Indexes(),
		store.Backups:   {query.Index("-" + field.At)},

		paper.Bucket + ".chunks":   pieces,
		evidenceBucket + ".chunks": pieces,
	}
}

// retired are indexes of earlier versions that no query uses any more.
var retired = map[string][]string{
	store.Audit:       {"seal_1__id_1", "org_id_1__id_-1", "org_id_1_campaign_id_1__id_-1", "org_id_1_record.id_1__id_-1"},
	store.Memberships: {"org_id_1_role_1__id_1"},
}

func (d *DB) makeIndexes(ctx context.Context) error {
	for name, old := range retired {
		for _, index := range old {
			err := d.Coll(name).Indexes().DropOne(ctx, index)
			if err != nil && !isNoIndex(err) {
				return fmt.Errorf("drop an index of %s: %w", name, err)
			}
		}
	}
	for name, models := range indexes() {
		if _, err := d.Coll(name).Indexes().CreateMany(ctx, models); err != nil {
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
