package mongodb

import (
	"context"
	"io"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/gridfile"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
)

// Evidence keeps certificates, and their files in GridFS.
type Evidence struct{ *DB }

var _ evidence.Store = Evidence{}

// evidenceBucket names the files of certificates.
const evidenceBucket = "files"

func (s Evidence) bucket() *mongo.GridFSBucket {
	return s.Database.GridFSBucket(options.GridFSBucket().SetName(evidenceBucket))
}

// Of implements evidence.Reader.
func (s Evidence) Of(ctx context.Context, v access.Viewer, assignment string) ([]evidence.Evidence, error) {
	return query.FindAll[evidence.Evidence](ctx, s.Coll(store.Evidence), query.VisibleSheet(v, assignment, query.Seen(v)),
		options.Find().SetSort(query.Sorted(field.ID)).SetLimit(100))
}

// Get implements evidence.Reader.
func (s Evidence) Get(ctx context.Context, v access.Viewer, id string) (evidence.Evidence, error) {
	return query.FindOne[evidence.Evidence](ctx, s.Coll(store.Evidence), query.VisibleEvidence(v, id))
}

// Open implements evidence.Reader. e must have come from Get or Of.
func (s Evidence) Open(ctx context.Context, v access.Viewer, e evidence.Evidence) (io.ReadCloser, error) {
	if err := s.mayOpen(ctx, v, e); err != nil {
		return nil, err
	}
	return gridfile.Open(ctx, s.bucket(), *e.File)
}

// mayOpen judges the right to a file, and to whatever was made of it.
func (s Evidence) mayOpen(ctx context.Context, v access.Viewer, e evidence.Evidence) error {
	if e.File == nil || !query.Sees(v, e.Org) {
		return fault.New(fault.NotFound, "fault.not-found").Because(evidence.ErrNoFile)
	}
	if v.Kind != access.Link {
		return nil
	}
	a, err := query.FindOne[campaign.Assignment](ctx, s.Coll(store.Assignments), query.Own(v))
	if err == nil {
		err = a.CheckLink(v.Generation) // no byte for a link whose right has ended
	}
	return err
}

// Put implements evidence.Store.
func (s Evidence) Put(ctx context.Context, id, name string, r io.Reader) error {
	_, err := gridfile.Put(ctx, s.Database, evidenceBucket, id, name, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
	return err
}

// Drop implements evidence.Store.
func (s Evidence) Drop(ctx context.Context, id string) error {
	return meaning.Of(s.bucket().Delete(ctx, id))
}

// Add implements evidence.Store. The sheet must still be open: the same condition
// as for an answer. Each writes to the sheet first, so that what is read then is what
// there is: of many at once as many pass as there is room for.
func (s Evidence) Add(ctx context.Context, v access.Viewer, e evidence.Evidence, entry audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.touchOpen(ctx, v); err != nil {
			return err
		}
		given, err := s.Of(ctx, v, e.Assignment)
		if err == nil {
			err = evidence.Fits(given, e)
		}
		if err != nil {
			return err
		}
		if _, err := s.Coll(store.Evidence).InsertOne(ctx, e); err != nil {
			return err
		}
		if e.File != nil && e.File.Pending() {
			if err := s.Jobs().Add(ctx, s.Order(v, s.Orders.Look(), e.ID, 1)); err != nil {
				return err
			}
		}
		return s.Record(ctx, []audit.Entry{entry}, nil)
	})
}

func (s Evidence) touchOpen(ctx context.Context, v access.Viewer) error {
	now := s.Now()
	res, err := s.Coll(store.Drafts).UpdateOne(ctx, query.OwnOpen(v, now), query.Update(query.Set(query.To(field.UpdatedAt, now)), query.Inc(query.To(field.Uploads, 1))))
	if err == nil && res.MatchedCount == 0 {
		if err = s.whyNotWritten(ctx, v, now); err == nil {
			err = fault.New(fault.Gone, "fault.answer.closed")
		}
	}
	return err
}

// Remove implements evidence.Store: taken back before the next submission. What an
// earlier submission relied on stays in that submission.
func (s Evidence) Remove(ctx context.Context, v access.Viewer, e evidence.Evidence, now time.Time, entry audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.touchOpen(ctx, v); err != nil {
			return err
		}
		there := query.VisibleSheet(v, e.Assignment, query.Eq(field.ID, e.ID), query.Eq(field.RemovedAt, nil))
		res, err := s.Coll(store.Evidence).UpdateOne(ctx, there, query.Update(query.Set(query.To(field.RemovedAt, now))))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 { // somebody has taken it back a moment ago
			return fault.New(fault.NotFound, "fault.not-found")
		}
		return s.Record(ctx, []audit.Entry{entry}, nil)
	})
}
