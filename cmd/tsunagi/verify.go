package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"tsunagi/internal/app"
	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/chain"
)

type verifyCmd struct {
	Anchor []string `help:"Compare with the heads that such a file has: a copy of trail.anchors, or a saved mail of the weekly ones. Other text in it is passed over; the file trail.anchors beside the data is always compared." placeholder:"FILE" type:"path"`

	Known []string `kong:"-"` // the heads in those files, a line each
}

// Run verifies everything, beside a serving process too: it only reads.
func (cmd verifyCmd) Run(ctx context.Context, s *Settings) error {
	unread, err := cmd.readAnchors()
	if err != nil {
		return err
	}
	if done, err := s.ask(ctx, "audit verify", cmd); done {
		return errors.Join(err, unread)
	}
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
		err = errors.Join(cmd.verify(ctx, db.Chains(), app.AnchorsPath(s.Data), os.Stdout), unread)
	}
	return errors.Join(err, db.Close(context.WithoutCancel(ctx)), stop())
}

// readAnchors reads the files that were named, which the process that verifies may not
// reach. Lines that cannot be read are told at the end.
func (cmd *verifyCmd) readAnchors() (unread, err error) {
	for _, file := range cmd.Anchor {
		err := app.FindAnchors(file, func(a audit.Anchor) error {
			cmd.Known = append(cmd.Known, a.Line())
			return nil
		})
		if errors.Is(err, app.ErrNoAnchor) {
			unread = errors.Join(unread, err)
		} else if err != nil {
			return unread, err
		}
	}
	return unread, nil
}

// do implements task.
func (cmd verifyCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	return cmd.verify(ctx, in.DB.Chains(), in.AnchorFile, out)
}

func (cmd verifyCmd) verify(ctx context.Context, chains chain.Store, own string, out io.Writer) error {
	return errors.Join(verifyAll(ctx, chains, out), verifyLinks(ctx, chains, out), cmd.compare(ctx, chains, own, out))
}

// compare holds the trail against every anchor: of the file beside the data, and those
// that were named. Of an organisation the first that does not hold is named.
func (cmd verifyCmd) compare(ctx context.Context, chains chain.Store, own string, out io.Writer) error {
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
	err := app.EachAnchor(own, hold)
	if errors.Is(err, app.ErrNoAnchor) {
		found = append(found, err)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(append(found, err)...)
	}
	for _, line := range cmd.Known {
		a, err := audit.ParseAnchor(line)
		if err == nil {
			err = hold(a)
		}
		if err != nil {
			return errors.Join(append(found, err)...)
		}
	}
	_, _ = fmt.Fprintf(out, "%d anchors hold\n", held)
	return errors.Join(found...)
}

// verifyAll prints what holds, and gives everything that does not.
func verifyAll(ctx context.Context, chains chain.Store, out io.Writer) error {
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
		faults, err := verifyOrganization(ctx, chains, head.Org, out)
		if err != nil {
			return errors.Join(append(found, err)...)
		}
		for _, f := range faults {
			found = append(found, fmt.Errorf("organisation %s: %w", head.Org, f))
		}
	}
	return errors.Join(found...)
}

// maxNamed is how many records are named that name what is not there: one that is lost may
// be named by very many.
const maxNamed = 500

// verifyLinks prints that every record names what is there, and gives those that do not.
func verifyLinks(ctx context.Context, chains chain.Store, out io.Writer) error {
	var found []error
	read, more := int64(0), 0
	bar := &progress{out: out, verb: "held", what: "records against those that they name", every: slowEvery, next: time.Now().Add(slowEvery)}
	err := chains.Links(ctx, func(n int) { read += int64(n); bar.tell(read, 0) }, func(err error) {
		if more++; more <= maxNamed {
			found = append(found, err)
		}
	})
	if more > maxNamed {
		found = append(found, fmt.Errorf("and %d more", more-maxNamed))
	}
	if err == nil && len(found) == 0 {
		_, _ = fmt.Fprintf(out, "%d records name what is there\n", read)
	}
	return errors.Join(append(found, err)...)
}

// verifyOrganization gives what does not hold of an organisation.
func verifyOrganization(ctx context.Context, chains chain.Store, of string, out io.Writer) (faults []error, err error) {
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
		_, _ = fmt.Fprintf(out, "organisation %s: %d rows hold, %d wait to be sealed, last hash %s\n", of, found.Rows, found.Waiting, found.Head.Hash)
		if found.Old > 0 {
			_, _ = fmt.Fprintf(out, "organisation %s: %d of these rows are older than the trail's key and not proven by it\n", of, found.Old)
		}
	}
	if found.Lost > 0 {
		_, _ = fmt.Fprintf(out, "organisation %s: %d of these rows were proven by a key that is lost; they chain\n", of, found.Lost)
	}
	tell := func(f error) { faults = append(faults, f) }
	records, err := chains.Records(ctx, of, tell)
	if err == nil {
		err = chains.Counts(ctx, of, tell)
	}
	if err != nil {
		return nil, err
	}
	if len(faults) == 0 {
		_, _ = fmt.Fprintf(out, "organisation %s: %d submissions and %d files are as they were written, and the numbers that are kept are those that are there\n", of, records.Submissions, records.Files)
	}
	return faults, nil
}
