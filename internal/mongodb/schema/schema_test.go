package schema

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/dump"
)

// asVictim makes the test's own program migrate the database that it names, slowly.
const asVictim = "TSUNAGI_TEST_MIGRATE"

func TestMain(m *testing.M) {
	if at := os.Getenv(asVictim); at != "" {
		uri, name, _ := strings.Cut(at, " ")
		client, err := mongo.Connect(options.Client().ApplyURI(uri))
		if err == nil {
			slow := raise("slow", func() { time.Sleep(20 * time.Millisecond) })
			err = migrating(client.Database(name), nil, raise("first", nil), slow).Upgrade(context.Background())
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	mongodtest.Run(m)
}

// database is an empty one of the test's own.
func database(t *testing.T) *mongo.Database {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(mongodtest.URI(t)))
	if err != nil {
		t.Fatal(err)
	}
	db := client.Database("m" + ulid.Make().String())
	t.Cleanup(func() {
		_ = db.Drop(context.Background())
		_ = client.Disconnect(context.Background())
	})
	return db
}

const (
	things = 100
	atOnce = 7
)

// old is a database that a program without versions wrote.
func old(t *testing.T) *mongo.Database {
	t.Helper()
	db := database(t)
	var rows []bson.D
	for i := range things {
		rows = append(rows, bson.D{{Key: "_id", Value: fmt.Sprintf("t%03d", i)}})
	}
	if _, err := db.Collection("things").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	return db
}

// raise is a step of many batches that may not run twice over anything: it counts.
func raise(field string, before func()) Step {
	return Step{Name: "raise " + field, What: "counts " + field,
		Count: func(ctx context.Context, db *mongo.Database) (int, error) {
			n, err := db.Collection("things").CountDocuments(ctx, bson.D{{Key: field, Value: nil}})
			return int(n), err
		},
		Batch: func(ctx context.Context, db *mongo.Database, after string) (Batch, error) {
			if before != nil {
				before()
			}
			c := db.Collection("things")
			cursor, err := c.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}},
				options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(atOnce))
			if err != nil {
				return Batch{}, err
			}
			var rows []struct {
				ID string `bson:"_id"`
			}
			if err := cursor.All(ctx, &rows); err != nil || len(rows) == 0 {
				return Batch{Done: true}, err
			}
			ids := bson.A{}
			for _, r := range rows {
				ids = append(ids, r.ID)
			}
			_, err = c.UpdateMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, bson.D{{Key: "$inc", Value: bson.D{{Key: field, Value: 1}}}})
			return Batch{Position: rows[len(rows)-1].ID, Changed: len(rows)}, err
		}}
}

func migrating(db *mongo.Database, log *bytes.Buffer, steps ...Step) Data {
	if log == nil {
		log = &bytes.Buffer{}
	}
	d := New(db, slog.New(slog.NewTextHandler(log, nil)))
	d.Steps, d.lease, d.pause = steps, 400*time.Millisecond, 20*time.Millisecond
	return d
}

// onceEach fails unless every thing went through each step once.
func onceEach(t *testing.T, db *mongo.Database, fields ...string) {
	t.Helper()
	for _, f := range fields {
		n, err := db.Collection("things").CountDocuments(t.Context(), bson.D{{Key: f, Value: 1}})
		if err != nil || n != things {
			t.Errorf("%d of %d things went through %s once (%v)", n, things, f, err)
		}
	}
}

func TestDataWithoutADocumentAreMigrated(t *testing.T) {
	db := old(t)
	var log bytes.Buffer
	d := migrating(db, &log, raise("first", nil), raise("second", nil))
	if v, err := d.Version(t.Context()); v != 0 || err != nil {
		t.Fatalf("version %d, %v; want 0", v, err)
	}
	if err := d.Check(t.Context()); !errors.As(err, new(*OlderError)) {
		t.Errorf("Check: %v; want an *OlderError", err)
	}
	if err := d.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	onceEach(t, db, "first", "second")
	if err := d.Check(t.Context()); err != nil {
		t.Error(err)
	}
	for _, want := range []string{`step="raise second" version=2 changed=0 records=100`, "from=0 to=2"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %s:\n%s", want, log.String())
		}
	}
	if err := migrating(db, nil, raise("first", nil), raise("second", nil), raise("third", nil)).Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	onceEach(t, db, "first", "second", "third")
	var doc struct {
		Steps []struct {
			Name    string
			Records int
			At      time.Time
		}
	}
	if err := d.coll().FindOne(t.Context(), bson.D{}).Decode(&doc); err != nil || len(doc.Steps) != 3 || doc.Steps[2].Records != things || doc.Steps[2].At.IsZero() {
		t.Errorf("the document tells of the steps %+v (%v)", doc.Steps, err)
	}
}

func TestAnEmptyDatabaseIsNewAtOnce(t *testing.T) {
	d := migrating(database(t), nil, Step{Name: "never", Batch: func(context.Context, *mongo.Database, string) (Batch, error) {
		return Batch{}, errors.New("ran")
	}})
	if err := d.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, err := d.read(t.Context()); err != nil || s.Version != 1 {
		t.Errorf("version %d, %v", s.Version, err)
	}
}

func TestNewerDataStopTheStart(t *testing.T) {
	db := old(t)
	if err := migrating(db, nil, raise("first", nil), raise("second", nil)).Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := migrating(db, nil, raise("first", nil))
	newer := new(NewerError)
	for name, err := range map[string]error{"Upgrade": d.Upgrade(t.Context()), "Check": d.Check(t.Context())} {
		if !errors.As(err, &newer) || newer.Have != 2 || newer.Known != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, want := range []string{"version 2", "up to 1", "backup"} {
		if !strings.Contains(newer.Error(), want) {
			t.Errorf("%q does not tell %q", newer, want)
		}
	}
}

// TestAMigrationThatFailsGoesOn lets each batch of the first step fail once, after it
// has written: what was written is undone, and nothing is done twice.
func TestAMigrationThatFailsGoesOn(t *testing.T) {
	db := old(t)
	step, failed := raise("first", nil), map[string]bool{}
	whole := step.Batch
	step.Batch = func(ctx context.Context, db *mongo.Database, after string) (Batch, error) {
		b, err := whole(ctx, db, after)
		if err == nil && !failed[after] {
			failed[after] = true
			err = errors.New("killed")
		}
		return b, err
	}
	d := migrating(db, nil, step, raise("second", nil))
	tries := 1
	for ; d.Upgrade(t.Context()) != nil; tries++ {
		if tries > things {
			t.Fatal("it never ends")
		}
	}
	if want := things/atOnce + 3; tries != want {
		t.Errorf("%d tries, want %d", tries, want)
	}
	onceEach(t, db, "first", "second")
}

// TestAMigrationThatIsKilledGoesOn kills processes of their own at any moment.
func TestAMigrationThatIsKilledGoesOn(t *testing.T) {
	db := old(t)
	forgetKilled(t, db, 1)
	t.Cleanup(func() { forgetKilled(t, db, 30) })
	d := migrating(db, nil, raise("first", nil), raise("slow", nil))
	kills := 0
	for ; kills < 4; kills++ {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), asVictim+"="+mongodtest.URI(t)+" "+db.Name())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		before, _ := d.read(t.Context())
		for came := before; came.Version == before.Version && came.Position == before.Position; came, _ = d.read(t.Context()) {
			time.Sleep(time.Millisecond)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if s, err := d.read(t.Context()); err != nil || s.Version == 2 {
			t.Fatalf("not killed in the middle: %+v %v", s, err)
		}
	}
	if err := d.Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	onceEach(t, db, "first", "slow")
}

// forgetKilled tells the server how many seconds to keep the locks of a transaction
// whose process was killed: others wait for them.
func forgetKilled(t *testing.T, db *mongo.Database, seconds int) {
	t.Helper()
	command := bson.D{{Key: "setParameter", Value: 1}, {Key: "transactionLifetimeLimitSeconds", Value: seconds}}
	if err := db.Client().Database("admin").RunCommand(context.Background(), command).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestTwoProcessesMigrateOnce(t *testing.T) {
	db := old(t)
	var running, most atomic.Int32
	step := raise("first", func() {
		most.Store(max(most.Load(), running.Add(1)))
		time.Sleep(3 * time.Millisecond)
		running.Add(-1)
	})
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := migrating(db, nil, step, raise("second", nil)).Upgrade(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	onceEach(t, db, "first", "second")
	if most.Load() != 1 {
		t.Errorf("%d processes migrated at once", most.Load())
	}
}

// TestAStalledProcessIsOvertaken: whoever was silent for longer than its lease finds
// its batch undone, waits for the other, and then starts.
func TestAStalledProcessIsOvertaken(t *testing.T) {
	db := old(t)
	stalls, stalled, overtaken := 0, make(chan struct{}), make(chan struct{})
	slow := migrating(db, nil, raise("first", func() {
		if stalls++; stalls == 3 {
			close(stalled)
			<-overtaken
		}
	}))
	done := make(chan error)
	go func() { done <- slow.Upgrade(t.Context()) }()
	<-stalled
	var log bytes.Buffer
	if err := migrating(db, &log, raise("first", nil)).Upgrade(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(overtaken)
	if err := <-done; err != nil {
		t.Error(err)
	}
	onceEach(t, db, "first")
	if !strings.Contains(log.String(), "waiting for it") {
		t.Errorf("the log does not say that it waits:\n%s", log.String())
	}
}

// TestThePlanChangesNothing compares the whole database, indexes too.
func TestThePlanChangesNothing(t *testing.T) {
	db := old(t)
	all := func() string {
		var out bytes.Buffer
		if err := dump.Write(t.Context(), db, &out, nil); err != nil {
			t.Fatal(err)
		}
		names, err := db.ListCollectionNames(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		indexes, err := db.Collection("things").Indexes().ListSpecifications(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%x %v %d", out.Bytes(), names, len(indexes))
	}
	before := all()
	d := migrating(db, nil, raise("first", nil), raise("second", nil))
	plan, err := d.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range plan {
		got = append(got, fmt.Sprint(p.Version, " ", p.Name, " ", p.Records))
	}
	if diff := cmp.Diff([]string{"1 raise first 100", "2 raise second 100"}, got); diff != "" {
		t.Error(diff)
	}
	if all() != before {
		t.Error("the plan changed something")
	}
}

// TestTheSteps holds what makes the list of the program usable.
func TestTheSteps(t *testing.T) {
	names := map[string]bool{}
	for i, s := range Steps() {
		if s.Name == "" || s.What == "" || s.Count == nil || s.Batch == nil || names[s.Name] {
			t.Errorf("step %d (%q) is not whole, or its name is taken", i+1, s.Name)
		}
		names[s.Name] = true
	}
}
