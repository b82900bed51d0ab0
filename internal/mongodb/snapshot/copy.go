package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"tsunagi/internal/backup"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
)

// Copying copies a database to one point in time while others write.
//
// A snapshot reaches back only as far as the server's history (300 seconds unless it is set
// otherwise), and copying may take hours. So every collection is read in pieces, while a
// change stream notes the ids of all that is written meanwhile. Then a moment is marked by
// a write: its place in the history is the point. What the stream has noted up to there is
// read again, as it was at the point, in one snapshot; where that takes longer than the
// history reaches, another moment is marked, and what is left is read with what was written
// since. What nobody wrote between the beginning and the point was read as it is at the
// point, and everything else was read at it.
//
// The other way would be to keep the oplog's entries and to apply them when the archive is
// restored. It was not taken: entries hold differences in a form that is the server's own
// and changes with its versions, transactions lie in them nested and in parts, and applying
// them asks for rights that nobody gives a program on a shared server. The stream needs the
// right to read, tells transactions like any other write, and says when the history was
// lost; and an archive that holds documents alone can be read by anything.
type Copying struct {
	*store.DB
	// Told is called now and then with how many documents were read, of how many.
	Told func(done, total int64)

	page  int64 // documents read by one query
	again int   // ids asked for by one query
}

// Copying gives what copies the database.
func (s Records) Copying() *Copying { return &Copying{DB: s.DB, page: 1000, again: 200} }

// Sink takes what was copied.
type Sink interface {
	Put(kind backup.Kind, collection string, doc []byte) error
}

// What keeps a database from being copied.
var (
	errRolledOver = errors.New("the server forgot its history (the oplog) while it was copied, so that nobody knows what was written meanwhile: " +
		"make the oplog larger (replSetResizeOplog), or back up when less is written")
	errReshaped = errors.New("a collection was dropped or renamed while the database was copied: back up again")
	errNothing  = errors.New("there is nothing to back up: the database has no collection")
	errTooMuch  = errors.New("more is written than can be copied: back up when less is written, or let the server keep more history " +
		"(minSnapshotHistoryWindowInSeconds)")
)

// maxRounds is how many moments are marked at most.
const maxRounds = 20

// Copy notes the beginning of a backup in the database, copies that to a moment, and tells
// which one. What was put counts when there is no error. It is the caller's to note the end.
func (c *Copying) Copy(ctx context.Context, r backup.Record, to Sink) (backup.End, error) {
	names, err := c.collections(ctx)
	if err != nil {
		return backup.End{}, err
	}
	f, stop, err := c.follow(ctx, r)
	if err != nil {
		return backup.End{}, err
	}
	defer stop()
	ctx = f.ctx // ends when the stream does
	if err = c.copyAll(ctx, names, f, to); err == nil {
		var end backup.End
		if end, err = c.rounds(ctx, f, r.ID, to); err == nil {
			return end, nil
		}
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return backup.End{}, meaning.Of(err)
}

// primary is the database as the member sees it that takes the writes, whatever the
// address of the set says.
func (c *Copying) primary() *mongo.Database {
	return c.Client.Database(c.Database.Name(), options.Database().SetReadPreference(readpref.Primary()))
}

// Begun fails where the database has nothing to be copied.
func (c *Copying) Begun(ctx context.Context) error {
	_, err := c.collections(ctx)
	return err
}

// collections lists those that are copied, in the order of their names.
func (c *Copying) collections(ctx context.Context) ([]string, error) {
	names, err := c.primary().ListCollectionNames(ctx, bson.D{query.Eq("type", "collection")})
	if err != nil {
		return nil, fmt.Errorf("list the collections: %w", meaning.Of(err))
	}
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "system.") })
	if len(names) == 0 {
		return nil, errNothing
	}
	slices.Sort(names)
	return names, nil
}

// copyAll reads every collection once.
func (c *Copying) copyAll(ctx context.Context, names []string, f *following, to Sink) error {
	var done, total int64
	for _, name := range names {
		n, err := c.primary().Collection(name).EstimatedDocumentCount(ctx)
		if err != nil {
			return err
		}
		total += n
	}
	for _, name := range names {
		err := c.each(ctx, name, f, func(doc bson.Raw) error {
			if done++; c.Told != nil && done%1000 == 0 {
				c.Told(done, max(done, total))
			}
			return to.Put(backup.Documents, name, doc)
		})
		if err != nil {
			return fmt.Errorf("copy %s: %w", name, err)
		}
	}
	if c.Told != nil {
		c.Told(done, done)
	}
	return nil
}

// each visits the documents of a collection in the order of their ids, piece by piece: no
// cursor waits while a slow pipe takes what was read. Whatever is not written meanwhile is
// visited once, but for the one with the last id: it is noted as written. What comes behind
// it was written since, and would keep us running after whoever writes faster.
func (c *Copying) each(ctx context.Context, name string, f *following, visit func(bson.Raw) error) error {
	end, err := query.FindOne[bson.Raw](ctx, c.primary().Collection(name), bson.D{},
		options.FindOne().SetHint(query.Sorted(field.ID)).SetSort(query.Sorted("-"+field.ID)).SetProjection(query.Only(field.ID)))
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil
	}
	if err == nil {
		err = f.noteID(name, end.Lookup(field.ID))
	}
	if err != nil {
		return err
	}
	var last bson.RawValue
	for {
		opts := options.Find().SetHint(query.Sorted(field.ID)).SetSort(query.Sorted(field.ID)).SetLimit(c.page).SetMax(bson.D{query.Eq(field.ID, end.Lookup(field.ID))})
		if last.Type != 0 {
			opts.SetMin(bson.D{query.Eq(field.ID, last)}) // includes it, and knows ids of every type
		}
		n, err := c.piece(ctx, name, opts, &last, visit)
		if err != nil || n < c.page {
			return err
		}
	}
}

// piece visits what one query finds beyond the last document, and tells how many it found.
func (c *Copying) piece(ctx context.Context, name string, opts *options.FindOptionsBuilder, last *bson.RawValue, visit func(bson.Raw) error) (int64, error) {
	cursor, err := c.primary().Collection(name).Find(ctx, bson.D{}, opts)
	if err != nil {
		return 0, err
	}
	defer query.Shut(ctx, cursor)
	before, n := *last, int64(0)
	for ; cursor.Next(ctx); n++ {
		id := cursor.Current.Lookup(field.ID)
		if id.Equal(before) {
			continue
		}
		if err := visit(cursor.Current); err != nil {
			return n, err
		}
		*last = bson.RawValue{Type: id.Type, Value: bytes.Clone(id.Value)}
	}
	return n, cursor.Err()
}

// rounds marks moments until everything that was written before the last of them was read
// as it was then.
func (c *Copying) rounds(ctx context.Context, f *following, record string, to Sink) (backup.End, error) {
	for range maxRounds {
		written, at, err := c.mark(ctx, f, record)
		if err != nil {
			return backup.End{}, err
		}
		end, left, err := c.readAt(ctx, written, at, to)
		if err == nil || !tooOld(err) {
			return end, errors.Join(err, written.close())
		}
		if err := errors.Join(f.add(left), left.close()); err != nil {
			return backup.End{}, err
		}
	}
	return backup.End{}, errTooMuch
}

// mark writes to the record of the backup, and waits until the stream has come to that.
func (c *Copying) mark(ctx context.Context, f *following, record string) (*spool, bson.Timestamp, error) {
	_, err := c.Coll(store.Backups).UpdateOne(ctx, query.ByID(record), query.Update(query.Inc(query.To(field.Marks, 1))))
	if err != nil {
		return nil, bson.Timestamp{}, err
	}
	select {
	case m := <-f.marks:
		return m.written, m.at, nil
	case <-ctx.Done():
		return nil, bson.Timestamp{}, ctx.Err()
	}
}

// readAt reads what was written as it was at a moment, and counts everything then. Where
// the server's history does not reach back so far any more, what is left to read is given.
func (c *Copying) readAt(ctx context.Context, written *spool, at bson.Timestamp, to Sink) (backup.End, *spool, error) {
	end := backup.End{Point: time.Unix(int64(at.T), 0).UTC(), Documents: map[string]int64{}}
	session, err := c.Client.StartSession(options.Session().SetSnapshot(true).SetSnapshotTime(at))
	if err != nil {
		return end, written, err
	}
	defer session.EndSession(context.WithoutCancel(ctx))
	in := mongo.NewSessionContext(ctx, session)
	err = written.each(c.again, func(collection string, ids []bson.RawValue) error { return c.readAgain(in, collection, ids, to) })
	if err != nil {
		return end, written, err
	}
	names, err := c.collections(ctx)
	if err != nil {
		return end, written, err
	}
	for _, name := range names {
		if end.Documents[name], err = c.count(in, name); err != nil {
			return end, written, err
		}
	}
	return end, written, nil
}

// readAgain puts documents as they are in the session's snapshot.
func (c *Copying) readAgain(ctx context.Context, collection string, ids []bson.RawValue, to Sink) error {
	found, err := query.FindAll[bson.Raw](ctx, c.primary().Collection(collection), bson.D{query.OneOf(field.ID, ids)})
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, doc := range found {
		there[doc.Lookup(field.ID).String()] = true
		if err := to.Put(backup.Changed, collection, doc); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if there[id.String()] {
			continue
		}
		gone, err := bson.Marshal(bson.D{query.Eq(field.ID, id)})
		if err != nil {
			return err
		}
		if err := to.Put(backup.Gone, collection, gone); err != nil {
			return err
		}
	}
	return nil
}

// longestCount is how long counting a collection may take.
const longestCount = 10 * time.Minute

func (c *Copying) count(ctx context.Context, name string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, longestCount)
	defer cancel()
	return c.primary().Collection(name).CountDocuments(ctx, bson.D{}, options.Count().SetHint(query.Sorted(field.ID)))
}

// tooOld tells whether a snapshot was asked for that the server does not have any more.
func tooOld(err error) bool {
	var se mongo.ServerError
	return errors.As(err, &se) && (se.HasErrorCode(239) || se.HasErrorCode(246)) // SnapshotTooOld, SnapshotUnavailable
}
