package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/demo"
	"tsunagi/internal/mongod"
	"tsunagi/internal/web"
)

// bench is a whole installation, and the bare driver on the same server.
type bench struct {
	sizes
	*app.App          // counts its commands
	plain    *app.App // on the same data, without the counting, which costs time
	server   *mongod.Server
	client   *mongo.Client
	kept     *mongo.Database // what the installation writes
	raw      *mongo.Database // the same documents, written by the driver alone
	buyer    access.Viewer
	clerk    *browser
	commands atomic.Int64

	campaign string
	asked    []string // assignments of the campaign
}

func open(ctx context.Context, dir string, n sizes) (*bench, error) {
	b := &bench{sizes: n}
	if err := b.start(ctx, dir); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) start(ctx context.Context, dir string) (err error) {
	binary, err := mongod.Find(os.Getenv("TSUNAGI_MONGOD"), ".tools")
	if err != nil {
		return err
	}
	if b.server, err = mongod.Start(ctx, mongod.Config{Binary: binary, Dir: filepath.Join(dir, "mongod"), Cache: 1}); err != nil {
		return err
	}
	base, _ := url.Parse("http://127.0.0.1:8080")
	config := app.Config{DatabaseURI: b.server.URI(), DatabaseName: "ours", Base: base, Mode: web.Production,
		ServerKey: bytes.Repeat([]byte{1}, 32), MailFrom: "bench@example.com", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if b.plain, err = app.New(ctx, config); err != nil {
		return err
	}
	config.Monitor = &event.CommandMonitor{Started: b.count}
	if b.App, err = app.New(ctx, config); err != nil {
		return err
	}
	if err = b.connect(); err != nil {
		return err
	}
	if b.buyer, err = demo.LoadPeople(ctx, b.App); err != nil {
		return err
	}
	b.clerk = &browser{handler: b.Web, cookies: map[string]string{}}
	return b.clerk.signIn("buyer@example.jp")
}

// connect opens the driver's own connection, as careful as ours: the majority has
// written to its journal before a write is done.
func (b *bench) connect() (err error) {
	journaled := true
	concern := writeconcern.Majority()
	concern.Journal = &journaled
	b.client, err = mongo.Connect(options.Client().ApplyURI(b.server.URI()).SetWriteConcern(concern))
	if err != nil {
		return err
	}
	b.kept, b.raw = b.client.Database("ours"), b.client.Database("raw")
	return nil
}

func (b *bench) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if b.client != nil {
		_ = b.client.Disconnect(ctx)
	}
	for _, a := range []*app.App{b.App, b.plain} {
		if a != nil {
			_ = a.Close(ctx)
		}
	}
	if b.server != nil {
		_ = b.server.Stop()
	}
}

// count counts what is asked of the database, without the driver's own upkeep.
func (b *bench) count(_ context.Context, e *event.CommandStartedEvent) {
	switch e.CommandName {
	case "hello", "ping", "endSessions", "commitTransaction", "abortTransaction":
	default:
		b.commands.Add(1)
	}
}

// likeOurs gives a collection beside ours with the same indexes. It keeps what was
// inserted before, as ours does: a fuller index is a slower one.
func (b *bench) likeOurs(ctx context.Context, name string) (*mongo.Collection, error) {
	coll := b.raw.Collection(name)
	specs, err := b.kept.Collection(name).Indexes().ListSpecifications(ctx)
	if err != nil {
		return nil, err
	}
	for _, spec := range specs {
		if spec.Name == "_id_" {
			continue
		}
		index := mongo.IndexModel{Keys: spec.KeysDocument, Options: options.Index().SetName(spec.Name)}
		if spec.Unique != nil && *spec.Unique {
			index.Options.SetUnique(true)
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

// work runs the jobs that wait.
func (b *bench) work(ctx context.Context) error {
	for {
		worked, err := b.Jobs.Once(ctx)
		if err != nil || !worked {
			return err
		}
	}
}

// browser speaks to the router without a network, with its cookies.
type browser struct {
	handler http.Handler
	cookies map[string]string
}

func (c *browser) do(method, path, contentType string, body io.Reader) (*httptest.ResponseRecorder, error) {
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "ja")
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		c.cookies[cookie.Name] = cookie.Value
	}
	if w.Code != http.StatusOK && w.Code != http.StatusSeeOther {
		return w, fmt.Errorf("%s %s: status %d", method, path, w.Code)
	}
	return w, nil
}

func (c *browser) get(path string) (*httptest.ResponseRecorder, error) {
	return c.do(http.MethodGet, path, "", http.NoBody)
}

func (c *browser) post(path string, form url.Values) (*httptest.ResponseRecorder, error) {
	return c.do(http.MethodPost, path, "application/x-www-form-urlencoded", bytes.NewBufferString(form.Encode()))
}

func (c *browser) signIn(email string) error {
	w, err := c.post("/sign-in", url.Values{"email": {email}, "password": {demo.Password}})
	if err == nil && w.Code != http.StatusSeeOther {
		err = errors.New("sign in: the form came back")
	}
	return err
}
