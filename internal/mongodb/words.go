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
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/response"
)

// undecided is the filter of a request's review while nobody has decided.
func undecided(v access.Viewer, a campaign.Assignment, more ...bson.E) bson.D {
	return query.VisibleIn(v, field.Campaign, append(more, query.Eq(field.ID, response.SubmissionID(a.ID, a.Revision)), query.Eq(field.Verdict, response.Undecided))...)
}

// SaveWords implements response.Store. The first words on a subject are a transaction
// with their entry and the beginning of the review; what is typed on is one update.
func (s Responses) SaveWords(ctx context.Context, v access.Viewer, a campaign.Assignment, c response.Comment, first *response.FirstWords) error {
	if first == nil {
		before := query.Some(field.Comments, query.Eq(field.CommentsID, c.ID), query.Eq(field.CommentsN, c.Count-1))
		return s.changeWords(ctx, undecided(v, a, before), query.Set(query.To(field.MatchedComment, c)))
	}
	none := query.Nor(bson.D{query.Some(field.Comments, query.Eq(field.CommentsQuestion, c.Question), query.Eq(field.CommentsUser, c.User))})
	return s.InTx(ctx, func(ctx context.Context) error {
		// What the filter asks to be equal stands in a review that is made now.
		_, err := s.Coll(store.Reviews).UpdateOne(ctx, undecided(v, a, none), query.Update(query.Eq("$push", bson.D{query.To(field.Comments, c)}),
			query.Inc(query.To(field.Version, 1)), query.Eq("$setOnInsert", bson.D{query.To(field.Campaign, a.Campaign), query.To(field.Assignment, a.ID), query.To(field.Revision, a.Revision)})),
			options.UpdateOne().SetUpsert(true))
		if mongo.IsDuplicateKeyError(err) { // there is one, and it is not as it must be
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err == nil {
			err = s.beginOpen(ctx, v, a, *first)
		}
		return err
	})
}

// DropWords implements response.Store.
func (s Responses) DropWords(ctx context.Context, v access.Viewer, a campaign.Assignment, c response.Comment, e audit.Entry) error {
	is := []bson.E{query.Eq(field.CommentsID, c.ID)}
	if c.Count > 0 {
		is = append(is, query.Eq(field.CommentsN, c.Count))
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		err := s.changeWords(ctx, undecided(v, a, query.Some(field.Comments, is...)), query.Eq("$pull", bson.D{query.To(field.Comments, bson.D{query.Eq("id", c.ID)})}))
		if err == nil {
			err = s.requireOpen(ctx, v, a)
		}
		if err == nil {
			err = s.Record(ctx, []audit.Entry{e}, nil)
		}
		return err
	})
}

// changeWords changes one review; its version makes a decision at the same moment look
// at it again.
func (s Responses) changeWords(ctx context.Context, filter bson.D, change bson.E) error {
	res, err := s.Coll(store.Reviews).UpdateOne(ctx, filter, query.Update(change, query.Inc(query.To(field.Version, 1))))
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return meaning.Of(err)
}

// beginOpen ends what is first written on a submission that nobody decided: the review
// has begun with it, unless it had, and the entries are recorded.
func (s Responses) beginOpen(ctx context.Context, v access.Viewer, a campaign.Assignment, first response.FirstWords) error {
	if err := s.requireOpen(ctx, v, a); err != nil {
		return err
	}
	began, err := s.beginReview(ctx, v, a, first.Begins)
	if err != nil {
		return err
	}
	entries := []audit.Entry{first.Written}
	if began {
		entries = []audit.Entry{first.Begins, first.Written}
	}
	return s.Record(ctx, entries, nil)
}
