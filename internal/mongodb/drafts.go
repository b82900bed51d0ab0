package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
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
	d, err := findOne[response.Draft](ctx, s.coll(colDrafts), own(v))
	if err == nil && d.Generation != v.Generation {
		return response.Draft{}, fault.New(fault.Gone, "fault.answer.revoked")
	}
	return d, err
}

// SaveAnswer implements response.Store: the link's generation, the closing time,
// the open state and the question's counter are all in the filter of one update.
// The count of answered questions changes in the same update; what it takes to know
// by how much is in the filter too, for the usual case: the sheet was begun, and an
// answer that is changed was not empty. Only when that does not hold is the draft read.
func (s Responses) SaveAnswer(ctx context.Context, save response.Save) (bool, error) {
	answer := func(field string) string { return keyed(field, save.Question) }
	usual := bson.D{gt(fieldBegunAt, time.Time{})}
	if save.Given.Seen > 0 {
		usual = append(usual, or(bson.D{gt(answer(fieldAnswersValue), "")},
			bson.D{exists(answer(fieldAnswersFirst))}))
	}
	saved, err := s.saveIf(ctx, save, usual, save.Given.Seen > 0)
	if err != nil || saved {
		return false, err
	}
	d, err := s.Draft(ctx, save.Viewer, save.Viewer.Assignment)
	if err != nil {
		return false, err
	}
	before := d.Answers[save.Question]
	if d.Open && save.Now.Before(d.ClosesAt) && before.Count == save.Given.Seen {
		if saved, err = s.saveIf(ctx, save, nil, !before.Empty()); err != nil || saved {
			return saved && d.BegunAt.IsZero(), err
		}
		if d, err = s.Draft(ctx, save.Viewer, save.Viewer.Assignment); err != nil {
			return false, err
		}
	}
	return false, s.whyNotSaved(ctx, d, save)
}

// saveIf saves when everything holds that must, and more; given tells whether there
// was an answer before.
func (s Responses) saveIf(ctx context.Context, save response.Save, more bson.D, given bool) (bool, error) {
	var seen any = save.Given.Seen
	if save.Given.Seen == 0 {
		seen = nil // never saved: the field is not there
	}
	filter := append(ownOpen(save.Viewer, save.Now, eq(keyed(fieldAnswersCount, save.Question), seen)), more...)
	change := update(set(to(keyed(fieldAnswersEach, save.Question), save.Saved()), to(fieldUpdatedAt, save.Now)))
	if empty := save.Given.Empty(); empty == given {
		by := 1
		if empty {
			by = -1
		}
		change = append(change, inc(to(fieldAnswered, by)))
	}
	res, err := s.coll(colDrafts).UpdateOne(ctx, filter, change)
	if err != nil {
		return false, known(err)
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

// Begin implements response.Store. Two first saves at once begin once.
func (s Responses) Begin(ctx context.Context, v access.Viewer, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colDrafts).UpdateOne(ctx, ownOpen(v, e.At, eq(fieldBegunAt, nil)), update(set(to(fieldBegunAt, e.At))))
		if err != nil || res.MatchedCount == 0 {
			return err
		}
		res, err = s.coll(colAssignments).UpdateOne(ctx, own(v, oneOf(fieldResponse, campaign.From(campaign.Answering))),
			update(set(to(fieldResponse, campaign.Answering), to(fieldUpdatedAt, e.At))))
		if err != nil || res.MatchedCount == 0 {
			return err // zero: submitted or withdrawn a moment ago
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// Open implements response.Store.
func (s Responses) Open(ctx context.Context, v access.Viewer, now time.Time, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colAssignments).UpdateOne(ctx, ownHeld(v, eq(fieldOpenedAt, nil)), update(set(
			to(fieldOpenedAt, now), to(fieldDelivery, campaign.DeliveryOpened), to(fieldUpdatedAt, now))))
		if err != nil || res.MatchedCount == 0 {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// AskMore implements response.Store.
func (s Responses) AskMore(ctx context.Context, v access.Viewer, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colAssignments).UpdateOne(ctx, ownHeld(v, eq(fieldMoreAskedAt, nil)), update(set(to(fieldMoreAskedAt, e.At))))
		if err != nil || res.MatchedCount == 0 {
			return err // zero: the buyer has been asked
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// whyNotWritten says why a link may not change anything; nil when it may, and something
// else stood in the way.
func (db *DB) whyNotWritten(ctx context.Context, v access.Viewer, now time.Time) error {
	a, err := findOne[campaign.Assignment](ctx, db.coll(colAssignments), own(v))
	if err != nil {
		return err
	}
	return a.CheckWrite(v.Generation, now)
}

// move changes the response state of an assignment, if it still is in one of the
// states and at the revision that was seen, and does the rest in the same transaction.
// A link session does so only while its link may change something.
func (s Responses) move(ctx context.Context, v access.Viewer, a campaign.Assignment, from []campaign.Response, next campaign.Response, more bson.D, then func(context.Context) error) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		fields := append(bson.D{to(fieldResponse, next), to(fieldUpdatedAt, s.now())}, more...)
		still, now := []bson.E{eq(fieldRevision, a.Revision), and(bson.D{oneOf(fieldResponse, from)})}, s.now()
		filter := visibleIn(v, fieldCampaign, append(still, eq(fieldID, a.ID))...)
		if v.Kind == access.Link {
			filter = ownWritable(v, now, still...)
		}
		res, err := s.coll(colAssignments).UpdateOne(ctx, filter, update(set(fields...)))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			if v.Kind == access.Link {
				if err := s.whyNotWritten(ctx, v, now); err != nil {
					return err
				}
			}
			return fault.New(fault.Conflict, "fault.conflict")
		}
		return then(ctx)
	})
}
