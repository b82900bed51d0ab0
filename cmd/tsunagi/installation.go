package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"tsunagi/internal/app"
	"tsunagi/internal/audit"
	"tsunagi/internal/mongod"
	"tsunagi/internal/picture"
	"tsunagi/internal/process"
	"tsunagi/internal/web"
)

// installation is an opened app with the database process behind it, if it is ours.
type installation struct {
	*app.App
	settings *Settings
	server   *mongod.Server
	process  *process.Process
	engine   *picture.Engine
	log      *slog.Logger
}

// logLevels are from which on it is logged.
var logLevels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func (s *Settings) logger() *slog.Logger {
	opts := &slog.HandlerOptions{Level: logLevels[s.LogLevel]}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, opts))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opts))
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
	if err := process.CheckOwner(s.Data); err != nil {
		return nil, err
	}
	in := &installation{settings: s, log: s.logger()}
	if err := in.beginProcess(s.Data); err != nil {
		return nil, err
	}
	uri, err := in.startDatabase(ctx, s)
	if err != nil {
		return nil, errors.Join(err, in.process.End())
	}
	cfg, err := s.appConfig(uri, mode, in.log)
	cfg.NoMigration, cfg.Trouble, cfg.Process = asIs, in.trouble(), in.process
	if err == nil {
		in.engine, err = picture.New(picture.Config{Folder: filepath.Join(s.Data, "pictures"), Log: in.log})
		cfg.Pictures = in.engine
	}
	if err == nil {
		in.App, err = app.New(ctx, cfg)
	}
	if err == nil && mode != web.Demo {
		err = in.NoteServed(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, in.shut())
	}
	in.introduce(ctx)
	return in, nil
}

// introduce notes in the log what runs.
func (in *installation) introduce(ctx context.Context) {
	db, outdated, err := in.DB.ServerVersion(ctx)
	if err != nil {
		in.mention(err)
	}
	in.log.Info("this is Tsunagi", "version", version, "data", in.DB.Shapes().Newest(), "mongodb", db, "go", runtime.Version(), "pid", os.Getpid())
	if outdated != "" {
		in.log.Warn(outdated)
	}
}

// runDir is the folder among the data in which every process has its own.
const runDir = "run"

// beginProcess claims a place for this process among those that share the data. Temporary
// files lie there, and go with it: those of a killed process at the next start.
func (in *installation) beginProcess(data string) (err error) {
	if in.process, err = process.Begin(filepath.Join(data, runDir), app.NewID()); err != nil {
		return err
	}
	return os.Setenv("TMPDIR", in.process.Temp())
}

// startDatabase starts the managed database, if none is given, and tells the address.
func (in *installation) startDatabase(ctx context.Context, s *Settings) (string, error) {
	if err := process.CheckOwner(s.Data); err != nil {
		return "", err
	}
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
	trail, err := s.trailKeys()
	if err != nil {
		return app.Config{}, err
	}
	cfg := app.Config{DatabaseURI: uri, DatabaseName: s.MongodbName, Base: base, Mode: mode, Secrets: filepath.Join(s.Data, "secrets"), TrailKeys: trail,
		AnchorFile: app.AnchorsPath(s.Data), Version: version, MetricsToken: s.MetricsToken,
		TrustedProxies: s.TrustedProxies, MailFrom: s.sender(), MailRate: s.MailRate, MailParallel: s.MailParallel, Log: log}
	cfg.Free, cfg.MinFree, cfg.Elsewhere = free(s.disks()...), int64(s.MinFree*1e9), s.MongodbURI != ""
	cfg.Backups = app.Schedule{Folder: s.BackupDir, Data: s.Data, Passphrase: s.BackupPassphrase, Every: s.BackupEvery, Keep: s.BackupKeep}
	cfg.MailServer, err = s.mailServer()
	return cfg, err
}

var errTrailKeysGone = errors.New("the keys of the audit trail are gone, and its entries are proven with them: " +
	"put secrets/trail.keys back from the backup, or copy it from another server of the same data; " +
	"where it is lost for good, tsunagi audit new-key --lost goes on without it")

// trailKeys are those that were set, else those that lie among the secrets.
func (s *Settings) trailKeys() (audit.Keys, error) {
	if s.TrailKeys == "" {
		secrets := filepath.Join(s.Data, "secrets")
		if exists(app.AnchorsPath(s.Data)) && !exists(app.TrailKeysPath(secrets)) {
			return nil, errTrailKeysGone // a new one would let all that was proven look forged
		}
		return app.TrailKeys(secrets)
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
		return errors.Join(in.stopDatabase(), in.process.End())
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
	return errors.Join(in.engine.Close(), in.Close(ctx), in.stopDatabase(), in.process.End())
}
