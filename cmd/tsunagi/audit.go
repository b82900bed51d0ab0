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
	"tsunagi/internal/mongodb/chain"
)

type auditCmd struct {
	Verify verifyCmd `cmd:"" help:"Check the audit trail, the submissions and the files of every organisation; name what does not hold and exit non-zero."`
	NewKey newKeyCmd `cmd:"" help:"Make a new key for the audit trail, used from the next start on; those before it go on verifying."`
}

type newKeyCmd struct {
	Lost bool `help:"The keys that there were are lost for good: make the first of new ones, and note in the trail of every organisation from which row on it proves. Stop the service first."`
}

// Run adds a key, or makes the first of new ones.
func (cmd newKeyCmd) Run(ctx context.Context, s *Settings) error {
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

type verifyCmd struct {
	Anchor []string `help:"Compare with the heads that such a file has: a copy of trail.anchors, or a saved mail of the weekly ones. Other text in it is passed over; the file trail.anchors beside the data is always compared." placeholder:"FILE" type:"path"`
}

// Run verifies everything, beside a serving process too: it only reads.
func (cmd verifyCmd) Run(ctx context.Context, s *Settings) error {
	uri, stop, err := s.readDatabase(ctx)
	if err != nil {
		return err
	}
	keys, noKeys := s.knownTrailKeys()
	db, err := mongodb.Connect(ctx, mongodb.Config{URI: uri, Name: s.MongodbName, Now: app.Now, NewID: app.NewID, Trail: keys})
	if err != nil {
		return errors.Join(err, stop())
	}
	if err = db.Shapes().Check(ctx); err == nil {
		err = noKeys
	}
	if err == nil {
		err = errors.Join(verifyAll(ctx, db.Chains()), cmd.compare(ctx, s, db.Chains()))
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

// compare holds the trail against every anchor; of an organisation the first that does
// not hold is named.
func (cmd verifyCmd) compare(ctx context.Context, s *Settings, chains chain.Store) error {
	var found []error
	broken, held := map[string]bool{}, 0
	hold := func(a audit.Anchor) error {
		if broken[a.Org] {
			return nil
		}
		err := chains.Anchored(ctx, a)
		if d := new(audit.Damage); errors.As(err, &d) {
			broken[a.Org] = true
			found = append(found, d)
			return nil
		}
		held++
		return err
	}
	own := app.AnchorsPath(s.Data)
	for _, file := range append([]string{own}, cmd.Anchor...) {
		read := app.FindAnchors
		if file == own { // nothing but anchors stands there
			read = app.EachAnchor
		}
		err := read(file, hold)
		if file == own && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if errors.Is(err, app.ErrNoAnchor) {
			found = append(found, err)
		} else if err != nil {
			return errors.Join(append(found, err)...)
		}
	}
	fmt.Printf("%d anchors hold\n", held)
	return errors.Join(found...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// verifyAll prints what holds, and gives everything that does not.
func verifyAll(ctx context.Context, chains chain.Store) error {
	heads, err := chains.Organizations(ctx)
	if err != nil {
		return err
	}
	broken, err := chains.Strays(ctx)
	if err != nil {
		return err
	}
	var found []error
	for _, b := range broken {
		found = append(found, &b)
	}
	for _, head := range heads {
		faults, err := verifyOrganization(ctx, chains, head.Org)
		if err != nil {
			return errors.Join(append(found, err)...)
		}
		for _, f := range faults {
			found = append(found, fmt.Errorf("organisation %s: %w", head.Org, f))
		}
	}
	return errors.Join(found...)
}

// verifyOrganization gives what does not hold of an organisation.
func verifyOrganization(ctx context.Context, chains chain.Store, of string) (faults []error, err error) {
	found, err := chains.Verify(ctx, of)
	if b := new(audit.Break); errors.As(err, &b) {
		faults = append(faults, b)
	} else if err != nil {
		return nil, err
	}
	for _, b := range found.Apart {
		faults = append(faults, &b)
	}
	if len(faults) == 0 {
		fmt.Printf("organisation %s: %d rows hold, %d wait to be sealed, last hash %s\n", of, found.Rows, found.Waiting, found.Head.Hash)
		if found.Old > 0 {
			fmt.Printf("organisation %s: %d of these rows are older than the trail's key and not proven by it\n", of, found.Old)
		}
	}
	if found.Lost > 0 {
		fmt.Printf("organisation %s: %d of these rows were proven by a key that is lost; they chain\n", of, found.Lost)
	}
	tell := func(f error) { faults = append(faults, f) }
	records, err := chains.Records(ctx, of, tell)
	if err != nil {
		return nil, err
	}
	if len(faults) == 0 {
		fmt.Printf("organisation %s: %d submissions and %d files are as they were written\n", of, records.Submissions, records.Files)
	}
	return faults, nil
}
