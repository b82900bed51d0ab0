package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"tsunagi/internal/app"
	"tsunagi/internal/audit"
	"tsunagi/internal/mongod"
	"tsunagi/internal/web"
)

// installation is an opened app with the database process behind it, if it is ours.
type installation struct {
	*app.App
	server *mongod.Server
	log    *slog.Logger
}

func (s *Settings) logger() *slog.Logger {
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, nil))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// open starts the managed database, if none is given, brings the data to this
// program's version, and wires the app.
func (s *Settings) open(ctx context.Context, mode web.Mode) (*installation, error) {
	return s.start(ctx, mode, false)
}

// openAsIs is open for commands that must not migrate: data of an older version stay
// as they are, and are an error.
func (s *Settings) openAsIs(ctx context.Context) (*installation, error) {
	return s.start(ctx, web.Production, true)
}

func (s *Settings) start(ctx context.Context, mode web.Mode, asIs bool) (*installation, error) {
	in := &installation{log: s.logger()}
	uri, err := in.startDatabase(ctx, s)
	if err != nil {
		return nil, err
	}
	cfg, err := s.appConfig(uri, mode, in.log)
	cfg.NoMigration, cfg.Trouble = asIs, in.trouble()
	if err == nil {
		in.App, err = app.New(ctx, cfg)
	}
	if err == nil && mode != web.Demo {
		err = in.NoteServed(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, in.shut())
	}
	return in, nil
}

// startDatabase starts the managed database, if none is given, and tells the address.
func (in *installation) startDatabase(ctx context.Context, s *Settings) (string, error) {
	if s.MongodbURI != "" {
		return s.MongodbURI, nil
	}
	binary, err := mongod.Find(s.Mongod, ".tools")
	if err != nil {
		return "", err
	}
	in.server, err = mongod.Start(ctx, mongod.Config{Binary: binary, Dir: filepath.Join(s.Data, "mongod"), Port: s.MongodPort, Cache: s.MongodbCache})
	if err != nil {
		return "", err
	}
	in.server.Keep(in.log)
	return in.server.URI(), nil
}

// trouble tells why the managed database is away, nil where there is none.
func (in *installation) trouble() func() error {
	if in.server == nil {
		return nil
	}
	return in.server.Trouble
}

func (s *Settings) appConfig(uri string, mode web.Mode, log *slog.Logger) (app.Config, error) {
	base, err := url.Parse(s.BaseURL)
	if err != nil {
		return app.Config{}, err
	}
	key, err := app.ServerKey(filepath.Join(s.Data, "secrets"))
	if err != nil {
		return app.Config{}, err
	}
	trail, err := s.trailKeys()
	if err != nil {
		return app.Config{}, err
	}
	cfg := app.Config{DatabaseURI: uri, DatabaseName: s.MongodbName, Base: base, Mode: mode, ServerKey: key, TrailKeys: trail,
		AnchorFile:     app.AnchorsPath(s.Data),
		TrustedProxies: s.TrustedProxies, MailFrom: s.sender(), MailRate: s.MailRate, MailParallel: s.MailParallel, Log: log}
	cfg.MailServer, err = s.mailServer()
	return cfg, err
}

// trailKeys are those that were set, else those that lie among the secrets.
func (s *Settings) trailKeys() (audit.Keys, error) {
	if s.TrailKeys == "" {
		return app.TrailKeys(filepath.Join(s.Data, "secrets"))
	}
	keys, err := audit.ParseKeys(s.TrailKeys)
	if err != nil {
		return nil, fmt.Errorf("--trail-keys: %w", err)
	}
	return keys, nil
}

// shut closes what was opened of an installation that does not start.
func (in *installation) shut() error {
	if in.App == nil {
		return in.stopDatabase()
	}
	return in.close()
}

func (in *installation) stopDatabase() error {
	if in.server == nil {
		return nil
	}
	return in.server.Stop()
}

// close ends the connections and then the database.
func (in *installation) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return errors.Join(in.Close(ctx), in.stopDatabase())
}

// serve runs pages and workers. On a signal it hands work back, stops accepting, lets
// requests finish, and stops the database last.
func (in *installation) serve(ctx context.Context, listen string) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return errors.Join(fmt.Errorf("--listen: %w", err), in.close())
	}
	server := &http.Server{Handler: in, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Minute,
		WriteTimeout: 10 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	workCtx, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	var workers sync.WaitGroup
	workers.Go(func() { in.Work(workCtx) })
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	debug.FreeOSMemory() // what starting needed is given back: a small machine runs this beside others
	fmt.Printf("Tsunagi is at %s\n", in.Base)
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
	}
	stopWork()
	down, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	shutdown := server.Shutdown(down)
	return errors.Join(err, shutdown, await(down, &workers), in.close())
}

// How long requests and work may take to end, and the connections after them. With the
// time that the managed database has (mongod), all ends within half a minute.
const (
	stopTimeout  = 15 * time.Second
	closeTimeout = 4 * time.Second
)

// await waits for the workers, or until the context ends: the driver waits long for the
// answer of a database that gives none, and what is broken off goes on at the next start.
func await(ctx context.Context, workers *sync.WaitGroup) error {
	ended := make(chan struct{})
	go func() {
		workers.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return errors.New("work did not end in time and is broken off; it goes on at the next start")
	}
}
