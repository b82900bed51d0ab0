package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tsunagi/internal/app"
	"tsunagi/internal/audit"
	"tsunagi/internal/mongod"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/process"
)

type auditCmd struct {
	Verify verifyCmd `cmd:"" help:"The same as tsunagi verify."`
	NewKey newKeyCmd `cmd:"" help:"Make a new key for the audit trail, used from the next start on; those before it go on verifying."`
}

type newKeyCmd struct {
	Lost bool `help:"The keys that there were are lost for good: make the first of new ones, and note in the trail of every organisation from which row on it proves. Stop the service first."`
}

// Run adds a key, or makes the first of new ones.
func (cmd newKeyCmd) Run(ctx context.Context, s *Settings) error {
	if err := process.CheckOwner(s.Data); err != nil {
		return err
	}
	if cmd.Lost {
		return s.loseTrailKeys(ctx)
	}
	if s.TrailKeys != "" {
		return errors.New("the keys come from --trail-keys: add a line with an id and 32 random bytes in base64 there")
	}
	if _, err := s.trailKeys(); err != nil {
		return err
	}
	id, err := app.AddTrailKey(filepath.Join(s.Data, "secrets"))
	if err != nil {
		return err
	}
	fmt.Printf("The key %s proves entries after the next start of every process. Back up the secrets.\n", id)
	return nil
}

// loseTrailKeys goes on without the keys of the trail that were lost.
func (s *Settings) loseTrailKeys(ctx context.Context) error {
	secrets := filepath.Join(s.Data, "secrets")
	keys, err := app.TrailKeys(secrets) // those of an earlier try that was killed, or new ones
	if s.TrailKeys != "" {
		keys, err = s.trailKeys()
	}
	if err != nil {
		return err
	}
	uri, stop, err := s.readDatabase(ctx)
	if err != nil {
		return err
	}
	db, err := mongodb.Connect(ctx, mongodb.Config{URI: uri, Name: s.MongodbName, Now: app.Now, NewID: app.NewID, Trail: keys})
	if err != nil {
		return errors.Join(err, stop())
	}
	var rows int64
	if err = db.Shapes().Check(ctx); err == nil {
		rows, err = app.LoseTrail(ctx, db, keys)
	}
	if err == nil {
		fmt.Printf("%d rows were proven by keys that are lost: they chain, and no key shows who wrote them. The key %s proves from now on. Back up the secrets.\n",
			rows, keys[len(keys)-1].ID)
	}
	return errors.Join(err, db.Close(context.WithoutCancel(ctx)), stop())
}

// readDatabase gives the address of the database that is named, that another process
// runs, or that is started for the time being.
func (s *Settings) readDatabase(ctx context.Context) (uri string, stop func() error, err error) {
	stop = func() error { return nil }
	if s.MongodbURI == "" {
		uri, err = mongod.Running(filepath.Join(s.Data, "mongod"))
		if err != nil || uri != "" {
			return uri, stop, err
		}
	}
	in := &installation{log: s.logger()}
	uri, err = in.startDatabase(ctx, s)
	return uri, in.stopDatabase, err
}

// knownTrailKeys are trailKeys, never made anew: what nobody has proven would look forged.
func (s *Settings) knownTrailKeys() (audit.Keys, error) {
	dir := filepath.Join(s.Data, "secrets")
	if _, err := os.Stat(app.TrailKeysPath(dir)); s.TrailKeys == "" && err != nil {
		return nil, fmt.Errorf("the keys of the audit trail are not there: %w", err)
	}
	return s.trailKeys()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
