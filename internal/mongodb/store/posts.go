package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/once"
)

// Forms keeps the keys of forms that were posted, and what became of them.
type Forms struct{ *DB }

// Forms gives the store of the keys of forms.
func (d *DB) Forms() Forms { return Forms{d} }

// Post is a form that has had its effect.
type Post struct {
	ID          string `bson:"_id"`
	once.Posted `bson:",inline"`
	Expires     time.Time `bson:"expires_at"`
}

// postsKept is for how long a form has one effect: longer than a page stays open.
const postsKept = 7 * 24 * time.Hour

// errPosted says that the key of a change was written down before.
var errPosted = errors.New("posted before")

// NoteKey writes down the key of the form that caused the change, in its transaction.
func (d *DB) NoteKey(ctx context.Context, record string) error {
	key, notes := once.Key(ctx), queuedIn(ctx)
	if key == "" || notes.keyed {
		return nil
	}
	_, err := d.Coll(Posts).InsertOne(ctx, Post{ID: key, Posted: once.Posted{Record: record}, Expires: d.Now().Add(postsKept)})
	if mongo.IsDuplicateKeyError(err) {
		return errPosted
	}
	notes.keyed = err == nil
	return err
}

// twice is the error of a change whose form has had its effect.
func (d *DB) twice(ctx context.Context) error {
	p, found, err := d.Forms().Posted(ctx, once.Key(ctx))
	if err == nil && !found { // it expired this moment
		err = fault.New(fault.Conflict, "fault.conflict")
	}
	if err != nil {
		return err
	}
	return &once.Twice{Posted: p}
}

// Posted tells what a form has led to; false when it has had no effect so far.
func (s Forms) Posted(ctx context.Context, key string) (once.Posted, bool, error) {
	p, err := query.FindOne[Post](ctx, s.Coll(Posts), query.ByID(key))
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return once.Posted{}, false, nil
	}
	return p.Posted, err == nil, err
}

// Answered notes where the browser was sent after a form's effect. A form that changed
// nothing has no key here, and may be posted again.
func (s Forms) Answered(ctx context.Context, key, path, said string) error {
	_, err := s.Coll(Posts).UpdateOne(ctx, query.ByID(key), query.Update(query.Set(query.To(field.Path, path), query.To(field.Said, said))))
	return meaning.Of(err)
}
