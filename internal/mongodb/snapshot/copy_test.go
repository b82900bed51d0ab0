package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/backup"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
)

// copied keeps what a copy says, as a restore would have it in the end.
type copied struct {
	docs map[string]map[string]bson.Raw // by collection and id
	slow func(kind backup.Kind)         // called before each document
}

func (c *copied) Put(kind backup.Kind, collection string, doc []byte) error {
	if c.slow != nil {
		c.slow(kind)
	}
	if c.docs == nil {
		c.docs = map[string]map[string]bson.Raw{}
	}
	of, ok := c.docs[collection]
	if !ok {
		of = map[string]bson.Raw{}
		c.docs[collection] = of
	}
	raw := bson.Raw(strings.Clone(string(doc)))
	id := raw.Lookup("_id").String()
	if _, twice := of[id]; twice && kind == backup.Documents {
		return errors.New("copied twice: " + id)
	}
	if of[id] = raw; kind == backup.Gone {
		delete(of, id)
	}
	return nil
}

// writers move between accounts in transactions, add, and remove, until they are stopped.
// What was acknowledged is noted with the time.
type writers struct {
	t    *testing.T
	db   *mongodb.DB
	stop context.CancelFunc
	all  sync.WaitGroup
	mu   sync.Mutex
	acks map[string]time.Time
}

const accounts = 40

func startWriters(t *testing.T, db *mongodb.DB) *writers {
	t.Helper()
	var rows []bson.D
	for n := range accounts {
		rows = append(rows, bson.D{{Key: "_id", Value: fmt.Sprintf("a%02d", n)}, {Key: "amount", Value: 100}})
	}
	if _, err := db.Coll("accounts").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &writers{t: t, db: db, stop: stop, acks: map[string]time.Time{}}
	for n := range 4 {
		w.all.Go(func() {
			for i := n; ctx.Err() == nil; i += 4 {
				w.write(i)
			}
		})
	}
	t.Cleanup(w.end)
	return w
}

func (w *writers) end() { w.stop(); w.all.Wait() }

// write moves something between two accounts, of which one may come and go, and keeps a
// row of it, all in one.
func (w *writers) write(i int) {
	ctx := context.Background()
	from, to, row := fmt.Sprintf("a%02d", i%accounts), fmt.Sprintf("a%02d", (i*7+3)%accounts), fmt.Sprintf("r%06d", i)
	err := w.db.InTx(ctx, func(ctx context.Context) error {
		for id, by := range map[string]int{from: -1, to: 1} {
			if from == to {
				break
			}
			if _, err := w.db.Coll("accounts").UpdateOne(ctx, bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$inc", Value: bson.D{{Key: "amount", Value: by}}}},
				options.UpdateOne().SetUpsert(true)); err != nil {
				return err
			}
		}
		if i%5 == 0 {
			if _, err := w.db.Coll("rows").DeleteOne(ctx, bson.D{{Key: "_id", Value: "gone"}}); err != nil {
				return err
			}
		}
		if i%5 == 1 {
			if _, err := w.db.Coll("rows").UpdateOne(ctx, bson.D{{Key: "_id", Value: "gone"}}, bson.D{{Key: "$set", Value: bson.D{{Key: "i", Value: i}}}},
				options.UpdateOne().SetUpsert(true)); err != nil {
				return err
			}
		}
		_, err := w.db.Coll("rows").InsertOne(ctx, bson.D{{Key: "_id", Value: row}})
		return err
	})
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.acks[row] = time.Now()
}

// hold fails unless a copy has everything that was acknowledged before its point, no half
// of a transaction, and as many documents as it says.
func (w *writers) hold(end backup.End, got *copied) {
	w.t.Helper()
	sum, missing, acked := 0, 0, 0
	for _, doc := range got.docs["accounts"] {
		sum += int(doc.Lookup("amount").AsInt64())
	}
	if sum != accounts*100 {
		w.t.Errorf("the accounts hold %d, want %d: half a transaction was copied", sum, accounts*100)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for row, at := range w.acks {
		if !at.Before(end.Point) {
			continue
		}
		if acked++; got.docs["rows"][bson.RawValue{Type: bson.TypeString, Value: text(row)}.String()] == nil {
			missing++
		}
	}
	if missing > 0 || acked < 20 {
		w.t.Errorf("of %d writes that were acknowledged before the point %d are missing", acked, missing)
	}
	for collection, n := range end.Documents {
		if int64(len(got.docs[collection])) != n {
			w.t.Errorf("%s: %d documents were copied, and there were %d at the point", collection, len(got.docs[collection]), n)
		}
	}
}

// text is a string as BSON has it.
func text(s string) []byte {
	raw, _ := bson.Marshal(bson.D{{Key: "v", Value: s}})
	return bson.Raw(raw).Lookup("v").Value
}

func copyOf(t *testing.T, db *mongodb.DB, got *copied) (backup.End, error) {
	t.Helper()
	return db.Backups().Copying().Small(10, 15).Copy(t.Context(), backup.Record{ID: db.NewID(), At: db.Now()}, got)
}

// TestACopyIsOfOneMoment: while others write, move and remove, a copy has all that was
// acknowledged before its point, and nothing by half.
func TestACopyIsOfOneMoment(t *testing.T) {
	db := dbtest.Open(t)
	w := startWriters(t, db)
	got := &copied{slow: func(kind backup.Kind) {
		if kind == backup.Documents { // so that there are writes before, between and behind what was read
			time.Sleep(time.Millisecond)
		}
	}}
	time.Sleep(1200 * time.Millisecond)
	end, err := copyOf(t, db, got)
	w.end()
	if err != nil {
		t.Fatal(err)
	}
	w.hold(end, got)
}

// TestACopyMayTakeLongerThanTheHistory: what the server's snapshots do not reach any more
// is read at a later point.
func TestACopyMayTakeLongerThanTheHistory(t *testing.T) {
	db := dbtest.Open(t)
	history(t, db, 1)
	defer history(t, db, 300)
	w := startWriters(t, db)
	time.Sleep(time.Second)
	rounds := 0
	got := &copied{slow: func(kind backup.Kind) {
		if kind != backup.Documents && rounds < 1 {
			rounds++
			time.Sleep(2200 * time.Millisecond)
		}
	}}
	end, err := copyOf(t, db, got)
	w.end()
	if err != nil {
		t.Fatal(err)
	}
	w.hold(end, got)
	var r backup.Record
	if err := db.Coll("backups").FindOne(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: ""}}}}).Decode(&r); err != nil || r.Marks < 2 {
		t.Errorf("%d moments were marked, %v; want more than one", r.Marks, err)
	}
}

// history says for how many seconds the server keeps what snapshots read.
func history(t *testing.T, db *mongodb.DB, seconds int) {
	t.Helper()
	err := db.Client.Database("admin").RunCommand(context.Background(), bson.D{{Key: "setParameter", Value: 1},
		{Key: "minSnapshotHistoryWindowInSeconds", Value: seconds}}).Err()
	if err != nil {
		t.Fatal(err)
	}
}

// TestACopyThatCannotBe says why, and gives nothing.
func TestACopyThatCannotBe(t *testing.T) {
	fill := func(t *testing.T, db *mongodb.DB) {
		t.Helper()
		var rows []bson.D
		for n := range 100 {
			rows = append(rows, bson.D{{Key: "_id", Value: n}})
		}
		if _, err := db.Coll("rows").InsertMany(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
	}
	full := errors.New("no room")
	for name, c := range map[string]struct {
		during func(t *testing.T, db *mongodb.DB) error
		want   string
	}{
		"the history was lost": {func(t *testing.T, db *mongodb.DB) error {
			return db.Client.Database("admin").RunCommand(t.Context(), bson.D{{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: bson.D{{Key: "times", Value: 1}}},
				{Key: "data", Value: bson.D{{Key: "failCommands", Value: bson.A{"getMore"}}, {Key: "errorCode", Value: 286}}}}).Err()
		}, "make the oplog larger"},
		"a collection was dropped": {func(t *testing.T, db *mongodb.DB) error { return db.Coll("rows").Drop(t.Context()) }, "back up again"},
		"the disk is full":         {func(*testing.T, *mongodb.DB) error { return full }, "no room"},
	} {
		t.Run(name, func(t *testing.T) {
			db := dbtest.Open(t)
			fill(t, db)
			var once sync.Once
			var failed error
			got := &copied{slow: func(backup.Kind) {
				once.Do(func() { failed = c.during(t, db) })
				time.Sleep(5 * time.Millisecond)
			}}
			_, err := db.Backups().Copying().Small(10, 15).Copy(t.Context(), backup.Record{ID: db.NewID(), At: db.Now()}, sinkOf(func(k backup.Kind, coll string, doc []byte) error {
				if err := got.Put(k, coll, doc); err != nil || errors.Is(failed, full) {
					return errors.Join(err, failed)
				}
				return nil
			}))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q (%v)", err, c.want, failed)
			}
		})
	}
}

type sinkOf func(kind backup.Kind, collection string, doc []byte) error

func (s sinkOf) Put(kind backup.Kind, collection string, doc []byte) error {
	return s(kind, collection, doc)
}
