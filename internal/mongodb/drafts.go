package mongodb

import (
	"context"
	"errors"
	"time"

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

// Responses keeps drafts, submissions and reviews.
type Responses struct{ *DB }

var _ response.Store = Responses{}

// Draft implements response.Reader. Gone when the link was revoked meanwhile.
func (s Responses) Draft(ctx context.Context, v access.Viewer, assignment string) (response.Draft, error) {
	if v.Assignment != assignment {
		return response.Draft{}, fault.New(fault.NotFound, "fault.not-found")
	}
	d, err := query.FindOne[response.Draft](ctx, s.Coll(store.Drafts), query.Own(v))
	if err == nil && d.Generation != v.Generation {
		return response.Draft{}, fault.New(fault.Gone, "fault.answer.revoked")
	}
	return d, err
}

// SaveAnswer implements response.Store: the link's generation, the closing time,
// the open state and the question's counter are all in the filter of one update. That
// the sheet was begun is in the filter too, for the usual case; only when that does not
// hold is the draft read.
func (s Responses) SaveAnswer(ctx context.Context, save response.Save) error {
	begun := query.Gt(field.BegunAt, time.Time{})
	saved, err := s.saveIf(ctx, save, begun)
	for range 2 { // again when somebody began the sheet meanwhile
		if err != nil || saved {
			return err
		}
		var d response.Draft
		if d, err = s.Draft(ctx, save.Viewer, save.Viewer.Assignment); err != nil {
			return err
		}
		if !d.Open || !save.Now.Before(d.ClosesAt) || d.Answers[save.Question].Count != save.Given.Seen {
			return s.whyNotSaved(ctx, d, save)
		}
		if d.BegunAt.IsZero() {
			saved, err = s.saveFirst(ctx, save)
		} else {
			saved, err = s.saveIf(ctx, save, begun)
		}
	}
	if err != nil || saved {
		return err
	}
	d, err := s.Draft(ctx, save.Viewer, save.Viewer.Assignment)
	if err != nil {
		return err
	}
	return s.whyNotSaved(ctx, d, save)
}

// saveFirst saves the first answer since the sheet was issued or returned, and notes that
// the supplier began: both or neither. Two at once begin once.
func (s Responses) saveFirst(ctx context.Context, save response.Save) (saved bool, err error) {
	if save.Begins == nil {
		return false, response.ErrFirst
	}
	err = s.InTx(ctx, func(ctx context.Context) error {
		saved, err = s.saveIf(ctx, save, query.Eq(field.BegunAt, nil), query.To(field.BegunAt, save.Begins.At))
		if err != nil || !saved {
			return err
		}
		was, found, err := s.stood(ctx, query.Own(save.Viewer, query.OneOf(field.Response, campaign.From(campaign.Answering))),
			query.Update(query.Set(query.To(field.Response, campaign.Answering), query.To(field.UpdatedAt, save.Begins.At))))
		if err != nil || !found {
			return err // not found: submitted or withdrawn a moment ago
		}
		return s.Record(ctx, []audit.Entry{response.Stood(*save.Begins, was, campaign.Answering)}, nil)
	})
	return saved && err == nil, err
}

// saveIf saves when everything holds that must, and the sheet is begun as it says. Other
// fields are set beside it.
func (s Responses) saveIf(ctx context.Context, save response.Save, begun bson.E, beside ...bson.E) (bool, error) {
	var seen any = save.Given.Seen
	if save.Given.Seen == 0 {
		seen = nil // never saved: the field is not there
	}
	filter := query.OwnOpen(save.Viewer, save.Now, begun, query.Eq(query.Keyed(field.AnswersCount, save.Question), seen))
	change := query.Update(query.Set(append(beside, query.To(query.Keyed(field.AnswersEach, save.Question), save.Saved()), query.To(field.UpdatedAt, save.Now))...))
	res, err := s.Coll(store.Drafts).UpdateOne(ctx, filter, change)
	if err != nil {
		return false, meaning.Of(err)
	}
	return res.MatchedCount > 0, nil
}

// whyNotSaved says which condition of a save did not hold.
func (s Responses) whyNotSaved(ctx context.Context, d response.Draft, save response.Save) error {
	if err := s.whyNotWritten(ctx, save.Viewer, save.Now); err != nil {
		return err
	}
	switch {
	case !d.Open:
		return fault.New(fault.Gone, "fault.answer.submitted")
	case !save.Now.Before(d.ClosesAt):
		return fault.New(fault.Gone, "fault.answer.closed")
	}
	return &response.Conflict{Saved: d.Answers[save.Question]}
}

// Open implements response.Store.
func (s Responses) Open(ctx context.Context, v access.Viewer, now time.Time, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		was, found, err := s.stood(ctx, query.OwnHeld(v, query.Eq(field.OpenedAt, nil)), query.Update(query.Set(
			query.To(field.OpenedAt, now), query.To(field.Delivery, campaign.DeliveryOpened), query.To(field.UpdatedAt, now))))
		if err != nil || !found {
			return err
		}
		return s.Record(ctx, []audit.Entry{response.Opened(e, was)}, nil)
	})
}

// AskMore implements response.Store.
func (s Responses) AskMore(ctx context.Context, v access.Viewer, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Assignments).UpdateOne(ctx, query.OwnHeld(v, query.Eq(field.MoreAskedAt, nil)), query.Update(query.Set(query.To(field.MoreAskedAt, e.At))))
		if err != nil || res.MatchedCount == 0 {
			return err // zero: the buyer has been asked
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// whyNotWritten says why a link may not change anything; nil when it may, and something
// else stood in the way.
func (db *DB) whyNotWritten(ctx context.Context, v access.Viewer, now time.Time) error {
	a, err := query.FindOne[campaign.Assignment](ctx, db.Coll(store.Assignments), query.Own(v))
	if err != nil {
		return err
	}
	return a.CheckWrite(v.Generation, now)
}

// move changes the response state of an assignment, if it still is in one of the
// states and at the revision that was seen, and does the rest in the same transaction,
// with the entry as response.Stood has it. A link session does so only while its link may
// change something.
func (s Responses) move(ctx context.Context, v access.Viewer, a campaign.Assignment, from []campaign.Response, next campaign.Response, more bson.D,
	e audit.Entry, then func(context.Context, audit.Entry) error) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		fields := append(bson.D{query.To(field.Response, next), query.To(field.UpdatedAt, s.Now())}, more...)
		still, now := []bson.E{query.Eq(field.Revision, a.Revision), query.And(bson.D{query.OneOf(field.Response, from)})}, s.Now()
		filter := query.VisibleIn(v, field.Campaign, append(still, query.Eq(field.ID, a.ID))...)
		if v.Kind == access.Link {
			filter = query.OwnWritable(v, now, still...)
		}
		was, found, err := s.stood(ctx, filter, query.Update(query.Set(fields...)))
		if err != nil {
			return err
		}
		if !found {
			if v.Kind == access.Link {
				if err := s.whyNotWritten(ctx, v, now); err != nil {
					return err
				}
			}
			return fault.New(fault.Conflict, "fault.conflict")
		}
		return then(ctx, response.Stood(e, was, next))
	})
}

// stood changes a request, and tells how it stood just before.
func (s Responses) stood(ctx context.Context, filter, change bson.D) (was campaign.Assignment, found bool, err error) {
	err = s.Coll(store.Assignments).FindOneAndUpdate(ctx, filter, change,
		options.FindOneAndUpdate().SetProjection(query.Only(field.Response, field.Delivery))).Decode(&was)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return was, false, nil
	}
	return was, err == nil, err
}
