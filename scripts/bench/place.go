package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"tsunagi/internal/questionnaire"
	"tsunagi/internal/token"
	"tsunagi/templates"
)

// ourName tells the driver's commands from the program's in the profile.
const ourName = "bench"

// bench is the program in its process, somebody signed in, and the bare driver on
// the program's own database server.
type bench struct {
	sizes
	server *server
	clerk  *browser
	client *mongo.Client
	own    atomic.Int64    // commands that we asked ourselves
	kept   *mongo.Database // what the program writes
	raw    *mongo.Database // the same documents, written by the driver alone
	keys   *token.Keys     // make the links that stand in mails
	sheet  []string        // the keys of the questionnaire's questions

	org      string
	campaign string
	asked    []string // assignments of the campaign
}

func open(ctx context.Context, program, dir string, n sizes) (*bench, error) {
	s, err := newServer(program, filepath.Join(dir, "data"))
	if err != nil {
		return nil, err
	}
	b := &bench{sizes: n, server: s, clerk: newBrowser(s.base())}
	if err := b.prepare(ctx); err != nil {
		b.close()
		return nil, fmt.Errorf("%w\nthe program said:\n%s", err, s.said())
	}
	return b, nil
}

// prepare starts the program on an empty folder and signs the first owner up, at
// the address that it prints.
func (b *bench) prepare(ctx context.Context) error {
	if _, err := b.server.start(ctx); err != nil {
		return err
	}
	if err := b.connect(); err != nil {
		return err
	}
	if err := b.readKeys(); err != nil {
		return err
	}
	for range 100 {
		if path := regexp.MustCompile(`/setup/\S+`).FindString(b.server.said()); path != "" {
			return b.signUp(ctx, path)
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("no address for the first owner was printed")
}

func (b *bench) signUp(ctx context.Context, path string) error {
	_, err := b.clerk.post(path, url.Values{"organization": {"測定株式会社"}, "name": {"例 花子"}, "email": {"owner@example.jp"},
		"password": {"a long password to measure with"}})
	if err != nil {
		return fmt.Errorf("sign up: %w", err)
	}
	var o struct {
		ID string `bson:"_id"`
	}
	err = b.kept.Collection("organizations").FindOne(ctx, bson.D{}).Decode(&o)
	b.org = o.ID
	return err
}

// readKeys reads the key of links beside the data, and the questions to answer.
func (b *bench) readKeys() error {
	raw, err := os.ReadFile(filepath.Join(b.server.data, "secrets", "server.key"))
	if err != nil {
		return err
	}
	if b.keys, err = token.NewKeys(raw); err != nil {
		return err
	}
	all, err := questionnaire.Load(templates.FS)
	if err != nil {
		return err
	}
	for _, q := range all[0].Questions() {
		b.sheet = append(b.sheet, q.Key)
	}
	return nil
}

// connect opens the driver's own connection to the managed server, as careful as the
// program's: the majority has written to its journal before a write is done.
func (b *bench) connect() error {
	port, err := b.server.beside("port")
	if err != nil {
		return err
	}
	password, err := b.server.beside("password")
	if err != nil {
		return err
	}
	address := url.URL{Scheme: "mongodb", User: url.UserPassword("tsunagi", password), Host: "127.0.0.1:" + port, Path: "/",
		RawQuery: "replicaSet=tsunagi&authSource=admin"}
	journaled := true
	concern := writeconcern.Majority()
	concern.Journal = &journaled
	b.client, err = mongo.Connect(options.Client().ApplyURI(address.String()).SetWriteConcern(concern).SetAppName(ourName).
		SetMonitor(ownCommands(&b.own)))
	if err != nil {
		return err
	}
	b.kept, b.raw = b.client.Database("tsunagi"), b.client.Database("raw")
	return nil
}

func (b *bench) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if b.client != nil {
		_ = b.client.Disconnect(ctx)
	}
	_ = b.server.stop()
}

// likeOurs gives a collection beside ours with the same indexes. It keeps what was
// inserted before, as ours does: a fuller index is a slower one.
func (b *bench) likeOurs(ctx context.Context, name string) (*mongo.Collection, error) {
	coll := b.raw.Collection(name)
	cursor, err := b.kept.Collection(name).Indexes().List(ctx)
	if err != nil {
		return nil, err
	}
	var specs []struct {
		Name    string   `bson:"name"`
		Keys    bson.D   `bson:"key"`
		Unique  bool     `bson:"unique"`
		Partial bson.Raw `bson:"partialFilterExpression"`
	}
	if err := cursor.All(ctx, &specs); err != nil {
		return nil, err
	}
	for _, spec := range specs {
		if spec.Name == "_id_" {
			continue
		}
		index := mongo.IndexModel{Keys: spec.Keys, Options: options.Index().SetName(spec.Name)}
		if spec.Unique {
			index.Options.SetUnique(true)
		}
		if spec.Partial != nil { // a partial one costs only what it holds
			index.Options.SetPartialFilterExpression(spec.Partial)
		}
		if _, err := coll.Indexes().CreateOne(ctx, index); err != nil {
			return nil, err
		}
	}
	return coll, nil
}

// documents reads what the filter finds in one of our collections.
func (b *bench) documents(ctx context.Context, name string, filter bson.D) ([]bson.Raw, error) {
	cursor, err := b.kept.Collection(name).Find(ctx, filter)
	if err != nil {
		return nil, err
	}
	var all []bson.Raw
	err = cursor.All(ctx, &all)
	return all, err
}

// worked waits until the last job of a kind is done. It looks every 20 ms, by its
// index: a person's page looks less often.
func (b *bench) worked(ctx context.Context, kind string) error {
	last := options.FindOne().SetSort(bson.D{{Key: "_id", Value: -1}})
	for {
		var job struct {
			State string `bson:"state"`
			Error string `bson:"error"`
		}
		err := b.kept.Collection("jobs").FindOne(ctx, bson.D{{Key: "org_id", Value: b.org}, {Key: "kind", Value: kind}}, last).Decode(&job)
		switch {
		case err != nil:
			return fmt.Errorf("look at the job %s: %w", kind, err)
		case job.State == "done":
			return nil
		case job.State == "failed":
			return fmt.Errorf("the job %s failed: %s", kind, job.Error)
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// calm waits until the trail of what was measured before is sealed: the sealer would
// work beside the next measurement, and be counted with it.
func (b *bench) calm(ctx context.Context) error {
	for range 5 * 60 * 10 {
		n, err := b.kept.Collection("audit").CountDocuments(ctx, bson.D{{Key: "seal", Value: nil}}, options.Count().SetLimit(1))
		if err != nil || n == 0 {
			return err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("the trail was not sealed within five minutes")
}
