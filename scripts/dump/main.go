// Command dump writes a database and its server key into one archive, as
// internal/mongodb/testdata keeps one of every version whose data must be migrated.
// It prints the archive's SHA-256. For invented data alone: the key is written out.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/mongodb/dump"
)

func main() {
	uri := flag.String("uri", "", "address of the replica set")
	name := flag.String("name", "tsunagi", "name of the database")
	key := flag.String("key", "var/secrets/server.key", "the server key that the links of the data are made from")
	out := flag.String("o", "dump.tar.gz", "file to write")
	flag.Parse()
	if err := run(context.Background(), *uri, *name, *key, *out); err != nil {
		fmt.Fprintln(os.Stderr, "dump:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, uri, name, key, out string) error {
	secret, err := os.ReadFile(key)
	if err != nil {
		return err
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	var archive bytes.Buffer
	if err := dump.Write(ctx, client.Database(name), &archive, map[string][]byte{"server.key": secret}); err != nil {
		return err
	}
	fmt.Printf("%x  %s (%d bytes)\n", sha256.Sum256(archive.Bytes()), out, archive.Len())
	return os.WriteFile(out, archive.Bytes(), 0o644)
}
