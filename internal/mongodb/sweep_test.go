package mongodb_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/evidence"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/supplier"
	"tsunagi/internal/work"
)

// sweeping sweeps the stored files of a database.
func sweeping(db *mongodb.DB, now func() time.Time) work.Sweeping {
	w := work.Sweeping{Now: now}
	for _, files := range db.Files() {
		w.Files = append(w.Files, files)
	}
	return w
}

// ids in a collection, sorted.
func storedIDs(t *testing.T, db *mongodb.DB, collection, field string) []string {
	t.Helper()
	var out []string
	if err := db.Raw(collection).Distinct(t.Context(), field, bson.D{{Key: field, Value: bson.D{{Key: "$gt", Value: ""}}}}).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSweepRemovesOnlyWhatNothingNames(t *testing.T) {
	at := issueDay
	clock := func() time.Time { return at }
	db := dbtest.OpenAt(t, clock)
	idAt := func(age time.Duration) string {
		return ulid.MustNew(ulid.Timestamp(issueDay.Add(-age)), ulid.DefaultEntropy()).String()
	}
	suppliers, files := mongodb.Suppliers{DB: db}, mongodb.Evidence{DB: db}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	list := func(age time.Duration) string {
		id := idAt(age)
		must(suppliers.SaveUpload(t.Context(), supplier.Import{ID: id, Org: "o1", Name: "a.csv", ExpiresAt: issueDay.AddDate(100, 0, 0)}, []byte("コード,会社名\n"), nil))
		return id
	}
	waiting, over, fresh := list(2*time.Hour), list(25*time.Hour), list(time.Minute)
	_, err := db.Raw("imports").DeleteMany(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: bson.A{over, fresh}}}}})
	must(err) // as the server does when a day is over, and as if the fresh one were just being stored

	file := func(age time.Duration) string {
		id := idAt(age)
		must(files.Put(t.Context(), id, "登録証.pdf", bytes.NewReader(bytes.Repeat([]byte("%PDF"), 200_000)))) // several pieces
		return id
	}
	name := func(id string, submitted bool, removed time.Time) string {
		_, err := db.Raw("evidence").InsertOne(t.Context(), evidence.Evidence{ID: ulid.Make().String(), Org: "o1", Campaign: "c1", Assignment: "c1:s1",
			Submitted: submitted, RemovedAt: removed, File: &evidence.File{ID: id}})
		must(err)
		return id
	}
	day := 24 * time.Hour
	working := name(file(day), false, time.Time{})
	submitted := name(file(400*day), true, time.Time{})
	reliedOn := name(file(day), true, issueDay) // taken back for the second submission; the first one shows it
	takenBack := name(file(day), false, issueDay)
	shared := name(name(file(day), false, issueDay), true, time.Time{})
	lost, coming := file(day), file(time.Minute)
	cutOff := file(day)
	_, err = db.Raw("files.files").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: cutOff}}) // killed while receiving
	must(err)

	sweeper := sweeping(db, clock)
	removed, err := sweeper.Once(t.Context())
	if err != nil || removed != 4 {
		t.Errorf("removed %d files, %v; want 4", removed, err)
	}
	for id, want := range map[string]bool{working: true, submitted: true, reliedOn: true, shared: true, coming: true,
		takenBack: false, lost: false, cutOff: false} {
		whole, _ := db.Raw("files.files").CountDocuments(t.Context(), bson.D{{Key: "_id", Value: id}})
		pieces, _ := db.Raw("files.chunks").CountDocuments(t.Context(), bson.D{{Key: "files_id", Value: id}})
		if (whole == 1) != want || (pieces > 1) != want || (pieces > 0) != want {
			t.Errorf("file %s: %d records, %d pieces; kept should be %v", id, whole, pieces, want)
		}
	}
	for id, want := range map[string]int64{waiting: 1, over: 0, fresh: 1} {
		if n, _ := db.Raw("uploads.chunks").CountDocuments(t.Context(), bson.D{{Key: "files_id", Value: id}}); n != want {
			t.Errorf("list %s: %d pieces, want %d", id, n, want)
		}
	}
	if removed, err := sweeper.Once(t.Context()); err != nil || removed != 0 {
		t.Errorf("a second time: %d, %v", removed, err)
	}
	at = issueDay.Add(day) // what nobody came to name is gone tomorrow
	if removed, err := sweeper.Once(t.Context()); err != nil || removed != 2 {
		t.Errorf("tomorrow: %d, %v; want 2", removed, err)
	}
	if removed, err := sweeping(dbtest.Open(t), time.Now).Once(t.Context()); err != nil || removed != 0 {
		t.Errorf("an empty database: %d, %v", removed, err)
	}
}

// More files than are looked up at once.
func TestSweepWalksOn(t *testing.T) {
	db := dbtest.Open(t)
	old := time.Now().Add(-48 * time.Hour)
	var pieces, named []any
	for n := range 1200 {
		id := ulid.MustNew(ulid.Timestamp(old.Add(time.Duration(n)*time.Second)), ulid.DefaultEntropy()).String()
		pieces = append(pieces, bson.D{{Key: "files_id", Value: id}, {Key: "n", Value: 0}, {Key: "data", Value: []byte("x")}})
		if n%2 == 0 {
			named = append(named, supplier.Import{ID: id, Org: "o1", ExpiresAt: time.Now().Add(time.Hour)})
		}
	}
	if err := (mongodb.Suppliers{DB: db}).SaveUpload(t.Context(), supplier.Import{ID: "x", Org: "o1", ExpiresAt: time.Now().Add(time.Hour)}, []byte("x"), nil); err != nil {
		t.Fatal(err) // makes the bucket's indexes
	}
	for collection, rows := range map[string][]any{"uploads.chunks": pieces, "imports": named} {
		if _, err := db.Raw(collection).InsertMany(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
	}
	if removed, err := sweeping(db, time.Now).Once(t.Context()); err != nil || removed != 600 {
		t.Errorf("removed %d, %v; want 600", removed, err)
	}
	if kept := storedIDs(t, db, "uploads.chunks", "files_id"); len(kept) != 601 {
		t.Errorf("%d kept, want 601", len(kept))
	}
}
