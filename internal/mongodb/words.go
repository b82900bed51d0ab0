package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/response"
)

// undecided is the filter of a request's review while nobody has decided.
func undecided(v access.Viewer, a campaign.Assignment, more ...bson.E) bson.D {
	return visibleIn(v, fieldCampaign, append(more, eq(fieldID, response.SubmissionID(a.ID, a.Revision)), eq(fieldVerdict, response.Undecided))...)
}

// SaveWords implements response.Store. The first words on a subject are a transaction
// with their entry and the beginning of the review; what is typed on is one update.
func (s Responses) SaveWords(ctx context.Context, v access.Viewer, a campaign.Assignment, c response.Comment, e *audit.Entry) error {
	if e == nil {
		before := some(fieldComments, eq(fieldCommentsID, c.ID), eq(fieldCommentsN, c.Count-1))
		return s.changeWords(ctx, undecided(v, a, before), set(to(fieldMatchedComment, c)))
	}
	none := nor(bson.D{some(fieldComments, eq(fieldCommentsQuestion, c.Question), eq(fieldCommentsUser, c.User))})
	return s.inTx(ctx, func(ctx context.Context) error {
		// What the filter asks to be equal stands in a review that is made now.
		_, err := s.coll(colReviews).UpdateOne(ctx, undecided(v, a, none), update(eq("$push", bson.D{to(fieldComments, c)}),
			inc(to(fieldVersion, 1)), eq("$setOnInsert", bson.D{to(fieldCampaign, a.Campaign), to(fieldAssignment, a.ID), to(fieldRevision, a.Revision)})),
			options.UpdateOne().SetUpsert(true))
		if mongo.IsDuplicateKeyError(err) { // there is one, and it is not as it must be
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err == nil {
			err = s.openStill(ctx, v, a, *e)
		}
		return err
	})
}

// DropWords implements response.Store.
func (s Responses) DropWords(ctx context.Context, v access.Viewer, a campaign.Assignment, c response.Comment, e audit.Entry) error {
	is := []bson.E{eq(fieldCommentsID, c.ID)}
	if c.Count > 0 {
		is = append(is, eq(fieldCommentsN, c.Count))
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		err := s.changeWords(ctx, undecided(v, a, some(fieldComments, is...)), eq("$pull", bson.D{to(fieldComments, bson.D{eq("id", c.ID)})}))
		if err == nil {
			err = s.openStill(ctx, v, a, e)
		}
		return err
	})
}

// changeWords changes one review; its version makes a decision at the same moment look
// at it again.
func (s Responses) changeWords(ctx context.Context, filter bson.D, change bson.E) error {
	res, err := s.coll(colReviews).UpdateOne(ctx, filter, update(change, inc(to(fieldVersion, 1))))
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return known(err)
}

// openStill ends what is written on a submission that nobody decided: the review has
// begun, and the entry is recorded.
func (s Responses) openStill(ctx context.Context, v access.Viewer, a campaign.Assignment, e audit.Entry) error {
	if err := s.requireOpen(ctx, v, a); err != nil {
		return err
	}
	if _, err := s.beginReview(ctx, v, a, e); err != nil {
		return err
	}
	return s.record(ctx, []audit.Entry{e}, nil)
}
