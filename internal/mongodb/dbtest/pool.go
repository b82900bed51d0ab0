package dbtest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongodb/schema"
)

// pool has the databases of a server that no test uses: emptied, with the indexes that
// they have. To make one takes far longer than to empty one.
type pool struct {
	client *mongo.Client
	mu     sync.Mutex
	free   []string
}

var (
	poolsMu sync.Mutex
	pools   = map[string]*pool{}
)

// Name gives a test the name of an empty database on a server, for as long as the test
// runs. Whatever opens it must be closed first.
func Name(t testing.TB, uri string) string {
	t.Helper()
	p := poolOf(t, uri)
	name := p.take()
	t.Cleanup(func() { p.giveBack(name) })
	return name
}

// poolOf is the pool of the server at an address.
func poolOf(t testing.TB, uri string) *pool {
	t.Helper()
	poolsMu.Lock()
	defer poolsMu.Unlock()
	if p, ok := pools[uri]; ok {
		return p
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetServerSelectionTimeout(time.Second).SetTimeout(10 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	pools[uri] = &pool{client: client}
	return pools[uri]
}

// take names a database that nobody uses.
func (p *pool) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.free) - 1; last >= 0 {
		name := p.free[last]
		p.free = p.free[:last]
		return name
	}
	return fresh()
}

// fresh is the name of a database that there was never before.
func fresh() string { return "t" + ulid.Make().String() }

// giveBack empties a database for the next test. One that cannot be emptied is never
// used again.
func (p *pool) giveBack(name string) {
	ctx := context.Background()
	if err := empty(ctx, p.client.Database(name)); err != nil {
		_ = p.client.Database(name).Drop(ctx) // the server may have ended with the test
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, name)
}

// many is from how many documents on it takes longer to remove them one by one than to
// drop their collection, whose indexes the next opening makes again.
const many = 500

// empty removes every document of a database but for the version of their shapes:
// records without one count as older than any.
func empty(ctx context.Context, db *mongo.Database) error {
	names, err := db.ListCollectionNames(ctx, bson.D{{Key: "type", Value: "collection"}})
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == schema.Collection {
			continue
		}
		if err := emptied(ctx, db.Collection(name)); err != nil {
			return fmt.Errorf("empty %s: %w", name, err)
		}
	}
	return nil
}

// emptied removes every document of a collection.
func emptied(ctx context.Context, c *mongo.Collection) error {
	n, err := c.EstimatedDocumentCount(ctx)
	if err != nil {
		return err
	}
	if n >= many {
		return c.Drop(ctx)
	}
	// Named by its ids, because a server that refuses to scan refuses an empty filter.
	_, err = c.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: bson.MinKey{}}}}})
	return err
}
