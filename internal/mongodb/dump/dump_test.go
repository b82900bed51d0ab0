package dump_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/dump"
)

func TestMain(m *testing.M) { mongodtest.Run(m) }

// TestWhatWasWrittenIsReadBack: every document, and the file beside them; the same
// data give the same bytes.
func TestWhatWasWrittenIsReadBack(t *testing.T) {
	client, err := mongo.Connect(options.Client().ApplyURI(mongodtest.URI(t)))
	if err != nil {
		t.Fatal(err)
	}
	from, to := client.Database("d"+ulid.Make().String()), client.Database("d"+ulid.Make().String())
	t.Cleanup(func() {
		for _, db := range []*mongo.Database{from, to} {
			_ = db.Drop(context.Background())
		}
		_ = client.Disconnect(context.Background())
	})
	var rows []bson.D
	for i := range 1200 {
		rows = append(rows, bson.D{{Key: "_id", Value: i}, {Key: "name", Value: "架空"}, {Key: "raw", Value: bson.Binary{Data: []byte{0, byte(i)}}}})
	}
	if _, err := from.Collection("many").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	if _, err := from.Collection("files.chunks").InsertOne(t.Context(), bson.D{{Key: "_id", Value: bson.NewObjectID()}}); err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	if err := dump.Write(t.Context(), from, &first, map[string][]byte{"server.key": {1, 2, 3}}); err != nil {
		t.Fatal(err)
	}
	files, err := dump.Read(t.Context(), to, bytes.NewReader(first.Bytes()))
	if err != nil || !bytes.Equal(files["server.key"], []byte{1, 2, 3}) {
		t.Fatalf("files %v, %v", files, err)
	}
	if err := dump.Write(t.Context(), to, &second, files); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("%d bytes written, %d after they were read back", first.Len(), second.Len())
	}
}
