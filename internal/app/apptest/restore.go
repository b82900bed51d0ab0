package apptest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/demo"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/mongodb/dump"
	"tsunagi/internal/org"
	"tsunagi/internal/web"
)

// Restored is data that an older version left, not yet opened by this one.
type Restored struct {
	DB  *mongo.Database
	t   testing.TB
	uri string
	key []byte
}

// Restore puts the data of an archive into a database of their own. The archive must
// have the SHA-256 given: who changes it changes what is proven by it.
func Restore(t testing.TB, archive, sum string) *Restored {
	t.Helper()
	raw, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(raw)); got != sum {
		t.Fatalf("%s has the SHA-256 %s, want %s", archive, got, sum)
	}
	r := &Restored{t: t, uri: mongodtest.URI(t)}
	client, err := mongo.Connect(options.Client().ApplyURI(r.uri))
	if err != nil {
		t.Fatal(err)
	}
	r.DB = client.Database("r" + ulid.Make().String())
	t.Cleanup(func() {
		_ = r.DB.Drop(context.Background())
		_ = client.Disconnect(context.Background())
	})
	// The data grow old, and the server would remove what expires by its own clock.
	keep := bson.D{{Key: "setParameter", Value: 1}, {Key: "ttlMonitorEnabled", Value: false}}
	if err := client.Database("admin").RunCommand(t.Context(), keep).Err(); err != nil {
		t.Fatal(err)
	}
	files, err := dump.Read(t.Context(), r.DB, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	r.key = files["server.key"]
	return r
}

// Open starts an installation on the data, which migrates them.
func (r *Restored) Open(now func() time.Time) *Env {
	r.t.Helper()
	base, _ := url.Parse(Base)
	env := &Env{T: r.t, Log: new(bytes.Buffer)}
	a, err := app.New(r.t.Context(), app.Config{DatabaseURI: r.uri, DatabaseName: r.DB.Name(), Base: base, Mode: web.Demo, ServerKey: r.key, TrailKeys: dbtest.Keys,
		MailFrom: "tsunagi@example.com", Now: now, Log: slog.New(slog.NewTextHandler(env.Log, nil))})
	if err != nil {
		r.t.Fatalf("start on the old data: %v\n%s", err, env.Log)
	}
	r.t.Cleanup(func() { _ = a.Close(context.Background()) })
	env.App = a
	cookie, err := a.Accounts.SignIn(r.t.Context(), string(access.Owner)+"@example.jp", demo.Password, org.From{Address: "192.0.2.1"})
	if err != nil {
		r.t.Fatalf("sign in as the demo's owner: %v", err)
	}
	account, err := a.Accounts.Authenticate(r.t.Context(), cookie)
	if err != nil {
		r.t.Fatal(err)
	}
	env.Owner = account.Viewer()
	return env
}
