// Package dump writes a whole database into one small archive and reads it back:
// what an older version left behind, kept for the tests of migrations.
package dump

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// suffix ends the name of a collection's file, as mongodump has it: the documents
// as BSON, one after another.
const suffix = ".bson"

// batch is how many documents are written back at once.
const batch = 500

// Write writes every collection of a database, its documents in the order of their
// ids, and the files given beside them. Indexes are left out: they belong to the
// program. The same data give the same bytes.
func Write(ctx context.Context, db *mongo.Database, w io.Writer, files map[string][]byte) error {
	names, err := db.ListCollectionNames(ctx, bson.D{{Key: "name", Value: bson.D{{Key: "$not", Value: bson.Regex{Pattern: `^system\.`}}}}})
	if err != nil {
		return fmt.Errorf("list the collections: %w", err)
	}
	packed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(packed)
	slices.Sort(names)
	for _, name := range names {
		raw, err := documents(ctx, db.Collection(name))
		if err == nil && len(raw) > 0 {
			err = add(archive, name+suffix, raw)
		}
		if err != nil {
			return fmt.Errorf("dump %s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := add(archive, name, files[name]); err != nil {
			return fmt.Errorf("dump %s: %w", name, err)
		}
	}
	return errors.Join(archive.Close(), packed.Close())
}

func documents(ctx context.Context, c *mongo.Collection) ([]byte, error) {
	cursor, err := c.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	var raw []byte
	for cursor.Next(ctx) {
		raw = append(raw, cursor.Current...)
	}
	return raw, cursor.Err()
}

func add(archive *tar.Writer, name string, content []byte) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err := archive.Write(content)
	return err
}

// Read puts an archive's documents into an empty database and gives the files that
// lay beside them.
func Read(ctx context.Context, db *mongo.Database, r io.Reader) (map[string][]byte, error) {
	packed, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("open the dump: %w", err)
	}
	files := map[string][]byte{}
	for archive := tar.NewReader(packed); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the dump: %w", err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return nil, fmt.Errorf("read %s of the dump: %w", header.Name, err)
		}
		name, collection := strings.CutSuffix(header.Name, suffix)
		if !collection {
			files[name] = content
			continue
		}
		if err := restore(ctx, db.Collection(name), content); err != nil {
			return nil, fmt.Errorf("restore %s: %w", name, err)
		}
	}
}

func restore(ctx context.Context, c *mongo.Collection, content []byte) error {
	var rows []bson.Raw
	for rest := bytes.NewReader(content); rest.Len() > 0; {
		one, err := bson.ReadDocument(rest)
		if err != nil {
			return err
		}
		rows = append(rows, one)
	}
	for part := range slices.Chunk(rows, batch) {
		if _, err := c.InsertMany(ctx, part); err != nil {
			return err
		}
	}
	return nil
}
