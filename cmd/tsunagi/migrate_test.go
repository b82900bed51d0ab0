package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/schema"
)

// before is a database as it was before there were versions, and the flags that name it.
func before(t *testing.T) (*mongo.Database, []string) {
	t.Helper()
	uri, name := mongodtest.URI(t), "v"+ulid.Make().String()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	db := client.Database(name)
	t.Cleanup(func() {
		_ = db.Drop(context.Background())
		_ = client.Disconnect(context.Background())
	})
	if _, err := db.Collection("users").InsertOne(t.Context(), bson.D{{Key: "_id", Value: "u1"}, {Key: "email", Value: "owner@example.jp"}}); err != nil {
		t.Fatal(err)
	}
	return db, []string{"--mongodb-uri", uri, "--mongodb-name", name, "--data", t.TempDir()}
}

// TestMigrate tells first what would be done, changing nothing; until it is done, what
// only looks at the data refuses them; afterwards check tells the version.
func TestMigrate(t *testing.T) {
	db, flags := before(t)
	newest := len(schema.Steps())
	stdout, stderr, code := command(t, append([]string{"migrate", "--dry-run"}, flags...)...)
	if code != 0 || !strings.Contains(stdout, fmt.Sprintf("have version 0, this program writes version %d", newest)) || !strings.Contains(stdout, "Nothing was changed") {
		t.Errorf("the dry run: exit %d\n%s%s", code, stdout, stderr)
	}
	for _, step := range schema.Steps() {
		if !strings.Contains(stdout, step.Name) {
			t.Errorf("the dry run does not name %q:\n%s", step.Name, stdout)
		}
	}
	if names, err := db.ListCollectionNames(t.Context(), bson.D{}); err != nil || len(names) != 1 {
		t.Errorf("after the dry run there are %v (%v)", names, err)
	}
	if newest > 0 {
		if _, stderr, code = command(t, append([]string{"check"}, flags...)...); code == 0 || !strings.Contains(stderr, "the data have version 0") {
			t.Errorf("check before the migration: exit %d\n%s", code, stderr)
		}
	}
	stdout, stderr, code = command(t, append([]string{"migrate"}, flags...)...)
	if want := fmt.Sprintf("The data have version %d.", newest); code != 0 || !strings.Contains(stdout, want) {
		t.Errorf("migrate: exit %d\n%s%s", code, stdout, stderr)
	}
	stdout, stderr, code = command(t, append([]string{"check"}, flags...)...)
	if want := fmt.Sprintf("data have version %d", newest); code != 0 || !strings.Contains(stdout, want) {
		t.Errorf("check: exit %d\n%s%s", code, stdout, stderr)
	}
}

func TestNewerDataStopEveryCommand(t *testing.T) {
	db, flags := before(t)
	if _, err := db.Collection(schema.Collection).InsertOne(t.Context(), bson.D{{Key: "_id", Value: "schema"}, {Key: "version", Value: 999}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"serve", "work", "demo", "migrate", "migrate --dry-run", "check", "audit verify"} {
		_, stderr, code := command(t, append(strings.Fields(name), flags...)...)
		if code == 0 || !strings.Contains(stderr, "the data have version 999") || !strings.Contains(stderr, "backup") || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
			t.Errorf("%s: exit %d\n%s", name, code, stderr)
		}
	}
	if names, err := db.ListCollectionNames(t.Context(), bson.D{}); err != nil || len(names) != 2 {
		t.Errorf("newer data were touched: %v (%v)", names, err)
	}
}
