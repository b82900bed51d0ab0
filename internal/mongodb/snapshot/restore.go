package snapshot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/audit"
	"tsunagi/internal/backup"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/schema"
	"tsunagi/internal/mongodb/store"
)

// Restoring puts a copy into an empty database, which no program opens until it is done.
type Restoring struct {
	*store.DB
	right   *schema.Restore
	renewed time.Time
	version bson.Raw // the note of the data's version, which comes last
	told    func(done int64)
	done    int64
	ended   bool
}

// Restore begins to put a copy into an empty database, or into one that was left half.
// Told is called with how many documents were put.
func (s Records) Restore(ctx context.Context, shapes schema.Data, told func(done int64)) (*Restoring, error) {
	right, err := shapes.BeginRestore(ctx)
	if err != nil {
		return nil, meaning.Of(err)
	}
	return &Restoring{DB: s.DB, right: right, renewed: time.Now(), told: told}, nil
}

// leftOut are collections that a copy has and a restore does not put back: a session that
// ended since would live again.
var leftOut = map[string]bool{store.Sessions: true}

// Take puts documents of a collection, in the order of the archive.
func (r *Restoring) Take(ctx context.Context, kind backup.Kind, collection string, docs [][]byte) error {
	if time.Since(r.renewed) > 5*time.Second {
		if err := r.right.Renew(ctx); err != nil {
			return err
		}
		r.renewed = time.Now()
	}
	switch {
	case collection == schema.Collection:
		for _, doc := range docs {
			if r.version = doc; kind == backup.Gone {
				r.version = nil
			}
		}
		return nil
	case leftOut[collection]:
		return nil
	}
	if err := r.put(ctx, kind, r.Coll(collection), docs); err != nil {
		return fmt.Errorf("restore %s: %w", collection, meaning.Of(err))
	}
	r.done += int64(len(docs))
	if r.told != nil {
		r.told(r.done)
	}
	return nil
}

// atOnce is how many bytes are written by one command: the server takes 48 MB.
const atOnce = 8 << 20

func (r *Restoring) put(ctx context.Context, kind backup.Kind, to *mongo.Collection, docs [][]byte) error {
	for len(docs) > 0 {
		n, size := 0, 0
		for n < len(docs) && n < 1000 && (n == 0 || size+len(docs[n]) <= atOnce) {
			size += len(docs[n])
			n++
		}
		if err := write(ctx, kind, to, docs[:n]); err != nil {
			return err
		}
		docs = docs[n:]
	}
	return nil
}

func write(ctx context.Context, kind backup.Kind, to *mongo.Collection, docs [][]byte) error {
	if kind == backup.Documents {
		rows := make([]bson.Raw, len(docs))
		for i, doc := range docs {
			rows[i] = doc
		}
		_, err := to.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false))
		return err
	}
	writes := make([]mongo.WriteModel, len(docs))
	for i, doc := range docs {
		same := bson.D{query.Eq(field.ID, bson.Raw(doc).Lookup(field.ID))}
		if kind == backup.Gone {
			writes[i] = mongo.NewDeleteOneModel().SetFilter(same)
		} else {
			writes[i] = mongo.NewReplaceOneModel().SetFilter(same).SetReplacement(bson.Raw(doc)).SetUpsert(true)
		}
	}
	_, err := to.BulkWrite(ctx, writes)
	return err
}

// Let lets another try begin at once, where this one was broken off.
func (r *Restoring) Let(ctx context.Context) {
	if r.ended {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = r.right.Let(ctx) // else it waits half a minute
}

// Check counts what was put.
func (r *Restoring) Check(ctx context.Context, end backup.End) error {
	for name, want := range end.Documents {
		if leftOut[name] || name == schema.Collection {
			continue
		}
		got, err := r.Coll(name).CountDocuments(ctx, bson.D{}, options.Count().SetHint(query.Sorted(field.ID)))
		if err != nil && want > 0 {
			return meaning.Of(err)
		}
		if got != want {
			return fmt.Errorf("%w: %s has %d records, and had %d when it was backed up", backup.ErrDamaged, name, got, want)
		}
	}
	return nil
}

// pastLinks is by how much the generation of a reset link is raised: more than links can
// have been made since the backup.
const pastLinks = 1 << 16

// endResets ends the links by which a new password is set: one that was used since the
// backup would work again, and so would one that is made anew with its number.
func (r *Restoring) endResets(ctx context.Context) error {
	_, err := r.Coll(store.Users).UpdateMany(ctx, bson.D{query.Gt(field.ID, "")},
		query.Update(query.Inc(query.To(field.ResetGeneration, pastLinks)), query.Unset(field.ResetUntil, field.ResetMadeAt)))
	return meaning.Of(err)
}

// Done notes where the data come from, and makes them the installation's.
func (r *Restoring) Done(ctx context.Context, made backup.Record, note backup.Restored) error {
	if err := (Records{r.DB}).End(ctx, made); err != nil {
		return err
	}
	if err := r.endResets(ctx); err != nil {
		return err
	}
	_, err := r.Coll(store.Restored).ReplaceOne(ctx, query.ByID(note.ID), note, options.Replace().SetUpsert(true))
	if err != nil {
		return meaning.Of(err)
	}
	if err = r.right.Done(ctx, r.version); err == nil {
		r.ended = true
	}
	return meaning.Of(err)
}

// Restored is the note of a restore, zero where the data were never restored.
func (s Records) Restored(ctx context.Context) (backup.Restored, error) {
	var r backup.Restored
	err := s.Coll(store.Restored).FindOne(ctx, query.ByID(backup.RestoredID)).Decode(&r)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return r, nil
	}
	return r, meaning.Of(err)
}

// Tell writes a restore into the trail of every organisation, once.
func (s Records) Tell(ctx context.Context) error {
	note, err := s.Restored(ctx)
	if err != nil || note.ID == "" || note.Told {
		return err
	}
	return s.change(ctx, field.Told, false, true, func(org string) audit.Entry { return note.Entry(org, s.NewID()) })
}

// Release lets mail leave again, and tells so in the trail of every organisation; false
// when it was not held.
func (s Records) Release(ctx context.Context) (bool, error) {
	note, err := s.Restored(ctx)
	if err != nil || !note.Held {
		return false, err
	}
	err = s.change(ctx, field.Held, true, false, func(org string) audit.Entry { return note.Released(org, s.NewID(), s.Now()) })
	return err == nil, err
}

// change changes the note of a restore, with an entry for each organisation. What another
// process has changed stays as it is.
func (s Records) change(ctx context.Context, name string, was, is bool, entry func(org string) audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Restored).UpdateOne(ctx, bson.D{query.Eq(field.ID, backup.RestoredID), query.Eq(name, was)},
			query.Update(query.Set(query.To(name, is))))
		if err != nil || res.MatchedCount == 0 {
			return err
		}
		found, err := query.FindAll[struct {
			ID string `bson:"_id"`
		}](ctx, s.Coll(store.Organizations), bson.D{query.Gt(field.ID, "")}, options.Find().SetProjection(query.Only(field.ID)))
		if err != nil {
			return err
		}
		var entries []audit.Entry
		for _, o := range found {
			entries = append(entries, entry(o.ID))
		}
		return s.Record(ctx, entries, nil)
	})
}
