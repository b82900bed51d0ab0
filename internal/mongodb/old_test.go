package mongodb_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/mongodb/dump"
)

// TestRecordsOfOldVersionsAreUnderstood: after its migration no record has a field
// that today's records do not have. A field that gets another name without a step
// would be lost in silence; one that is no longer wanted goes by a step, too.
func TestRecordsOfOldVersionsAreUnderstood(t *testing.T) {
	own := mongodtest.NewOwn(t) // migrations read before there are indexes
	client, err := mongo.Connect(options.Client().ApplyURI(own.URI()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(t.Context()) }()
	db := client.Database("old")
	raw, err := os.Open("../app/testdata/schema-0.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	if _, err := dump.Read(t.Context(), db, raw); err != nil {
		t.Fatal(err)
	}
	d, err := mongodb.Open(t.Context(), mongodb.Config{URI: own.URI(), Name: "old", Now: time.Now, NewID: func() string { return "" }, Trail: dbtest.Keys})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close(t.Context()) }()
	names, err := db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, name := range names {
		cursor, err := db.Collection(name).Find(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		var rows []bson.D
		if err := cursor.All(t.Context(), &rows); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, row := range rows {
			all = append(all, pathsIn(row, "")...)
			checked++
		}
		slices.Sort(all)
		for _, path := range mongodb.Unkept(name, slices.Compact(all)) {
			t.Errorf("%s had %s, which its records do not have now", name, path)
		}
	}
	if checked < 500 {
		t.Errorf("only %d records were looked at", checked)
	}
}

// pathsIn gives every path in a stored value; lists are looked into.
func pathsIn(v any, before string) []string {
	var out []string
	switch v := v.(type) {
	case bson.D:
		for _, e := range v {
			out = append(append(out, before+e.Key), pathsIn(e.Value, before+e.Key+".")...)
		}
	case bson.A:
		for _, one := range v {
			out = append(out, pathsIn(one, before)...)
		}
	}
	return out
}
