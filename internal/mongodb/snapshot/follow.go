package snapshot

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/backup"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
)

// following notes what is written while a database is copied.
type following struct {
	ctx    context.Context // ends when nobody knows any more what is written
	record string
	marks  chan marked

	mu      sync.Mutex
	written *spool // since the last mark
}

// marked is a moment: its place in the history, and what was written from the mark before
// until then.
type marked struct {
	at      bson.Timestamp
	written *spool
}

// change is what the stream tells of a write.
type change struct {
	Kind string         `bson:"operationType"`
	At   bson.Timestamp `bson:"clusterTime"`
	NS   struct {
		Collection string `bson:"coll"`
	} `bson:"ns"`
	Key struct {
		ID bson.RawValue `bson:"_id"`
	} `bson:"documentKey"`
}

// follow notes the beginning of a backup, and from there on everything that is written.
func (c *Copying) follow(ctx context.Context, r backup.Record) (*following, func(), error) {
	begun, err := c.begin(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	stream, err := c.primary().Watch(ctx, mongo.Pipeline{query.Op("$project", query.Only("operationType", "clusterTime", "ns", "documentKey"))},
		options.ChangeStream().SetStartAtOperationTime(&begun).SetMaxAwaitTime(200*time.Millisecond))
	if err != nil {
		return nil, nil, explain(err)
	}
	first, err := newSpool()
	if err != nil {
		return nil, nil, errors.Join(err, stream.Close(ctx))
	}
	ctx, fail := context.WithCancelCause(ctx)
	f := &following{ctx: ctx, record: r.ID, marks: make(chan marked, 1), written: first}
	var ended sync.WaitGroup
	ended.Go(func() {
		defer func() { _ = stream.Close(context.WithoutCancel(ctx)) }()
		fail(f.run(stream))
	})
	return f, func() { fail(nil); ended.Wait(); _ = f.written.close() }, nil
}

// begin writes the record, and tells its place in the history: what is read from then on is
// as it was there, or later.
func (c *Copying) begin(ctx context.Context, r backup.Record) (bson.Timestamp, error) {
	session, err := c.Client.StartSession()
	if err != nil {
		return bson.Timestamp{}, err
	}
	defer session.EndSession(context.WithoutCancel(ctx))
	if err := (Records{c.DB}).Begin(mongo.NewSessionContext(ctx, session), r); err != nil {
		return bson.Timestamp{}, err
	}
	at := session.OperationTime()
	if at == nil {
		return bson.Timestamp{}, errors.New("the server tells no place in its history: a replica set does")
	}
	return *at, nil
}

// run notes until the context ends.
func (f *following) run(stream *mongo.ChangeStream) error {
	for f.ctx.Err() == nil {
		if !stream.TryNext(f.ctx) {
			if err := stream.Err(); err != nil && f.ctx.Err() == nil {
				return explain(err)
			}
			continue
		}
		var ch change
		if err := stream.Decode(&ch); err != nil {
			return fmt.Errorf("read the history of the database: %w", err)
		}
		if err := f.note(ch); err != nil {
			return err
		}
	}
	return nil
}

// note takes down one write.
func (f *following) note(ch change) error {
	switch ch.Kind {
	case "insert", "update", "replace", "delete":
	default:
		return errReshaped
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.written.add(ch.NS.Collection, ch.Key.ID); err != nil {
		return err
	}
	if id, _ := ch.Key.ID.StringValueOK(); ch.NS.Collection != store.Backups || id != f.record || ch.Kind == "insert" {
		return nil
	}
	next, err := newSpool()
	if err != nil {
		return err
	}
	m := marked{ch.At, f.written}
	f.written = next
	select {
	case f.marks <- m:
	case <-f.ctx.Done():
		return m.written.close()
	}
	return nil
}

// noteID takes down an id that must be read again.
func (f *following) noteID(collection string, id bson.RawValue) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.written.add(collection, id)
}

// add takes down once more what was left to read.
func (f *following) add(left *spool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return left.each(1000, func(collection string, ids []bson.RawValue) error {
		for _, id := range ids {
			if err := f.written.add(collection, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// explain says what the end of a stream means.
func explain(err error) error {
	var se mongo.ServerError
	if errors.As(err, &se) && (se.HasErrorCode(286) || se.HasErrorCode(280)) { // ChangeStreamHistoryLost, ChangeStreamFatalError
		return fmt.Errorf("%w (%w)", errRolledOver, err)
	}
	if errors.As(err, &se) && se.HasErrorCode(13) {
		return fmt.Errorf("the database's user may not follow what is written: give it the role readWrite on the database (%w)", err)
	}
	return fmt.Errorf("follow what is written to the database: %w", err)
}

// spool keeps ids in a file without a name, so that memory stays small however many there
// are. Those that came a little before are kept once.
type spool struct {
	file  *os.File
	out   *bufio.Writer
	known map[string]bool
	read  int64 // how many of them were visited
}

// maxKnown is how many ids are remembered.
const maxKnown = 1 << 16

func newSpool() (*spool, error) {
	file, err := os.CreateTemp("", "backup-*")
	if err != nil {
		return nil, fmt.Errorf("note what is written: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &spool{file: file, out: bufio.NewWriter(file), known: map[string]bool{}}, nil
}

// entry is one id in the file.
type entry struct {
	Collection string        `bson:"c"`
	ID         bson.RawValue `bson:"i"`
}

func (s *spool) add(collection string, id bson.RawValue) error {
	raw, err := bson.Marshal(entry{collection, id})
	if err != nil || s.known[string(raw)] {
		return err
	}
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[string(raw)] = true
	_, err = s.out.Write(raw)
	return err
}

// each visits the ids of each collection, up to n at once. After an error another walk
// begins with those whose visit failed.
func (s *spool) each(n int, visit func(collection string, ids []bson.RawValue) error) error {
	if err := s.out.Flush(); err != nil {
		return err
	}
	if _, err := s.file.Seek(s.read, io.SeekStart); err != nil {
		return err
	}
	in, from := bufio.NewReader(s.file), s.read
	for {
		some, bytes, err := take(in, n)
		if err != nil || len(some) == 0 {
			return err
		}
		for collection, ids := range some {
			if err := visit(collection, ids); err != nil {
				return err
			}
		}
		from += bytes
		s.read = from
	}
}

// take reads the next n entries.
func take(in *bufio.Reader, n int) (map[string][]bson.RawValue, int64, error) {
	some, size := map[string][]bson.RawValue{}, int64(0)
	for range n {
		raw, err := bson.ReadDocument(in)
		if errors.Is(err, io.EOF) {
			return some, size, nil
		}
		if err != nil {
			return nil, 0, fmt.Errorf("read what was noted: %w", err)
		}
		var e entry
		if err := bson.Unmarshal(raw, &e); err != nil {
			return nil, 0, err
		}
		size += int64(len(raw))
		some[e.Collection] = append(some[e.Collection], e.ID)
	}
	return some, size, nil
}

func (s *spool) close() error { return s.file.Close() }
