package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"tsunagi/internal/app"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/process"
)

type restoreCmd struct {
	From           string `arg:"" help:"The backup to restore." placeholder:"FILE" type:"path"`
	PassphraseFile string `help:"File whose first line is the passphrase of the backup; or set TSUNAGI_BACKUP_PASSPHRASE." type:"path" placeholder:"FILE"`
	LinksDie       bool   `help:"Make a new server key: no link that was ever sent works in these data. For a copy to try things with."`
}

// Run restores into an empty installation, and says what comes next.
func (cmd restoreCmd) Run(ctx context.Context, s *Settings) error {
	if err := process.CheckOwner(s.Data); err != nil {
		return err
	}
	passphrase, err := s.passphrase(cmd.PassphraseFile)
	if err != nil {
		return err
	}
	checked, put := newProgress("checked", "bytes"), newProgress("restored", "documents")
	r, err := app.CheckBackup(app.RestoreOrder{Data: s.Data, From: cmd.From, Passphrase: passphrase, LinksDie: cmd.LinksDie, Checked: checked.tell, Told: put.tell})
	checked.done()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return err
	}
	in := &installation{log: s.logger()}
	uri, err := in.startDatabase(ctx, s)
	if err != nil {
		return err
	}
	err = cmd.into(ctx, s, uri, r)
	put.done()
	if err = errors.Join(err, in.stopDatabase()); err == nil {
		cmd.say(os.Stdout, s, r)
	}
	return err
}

// into puts what was checked into the database at an address.
func (restoreCmd) into(ctx context.Context, s *Settings, uri string, r *app.Restore) error {
	db, err := mongodb.Connect(ctx, mongodb.Config{URI: uri, Name: s.MongodbName, Now: app.Now, NewID: app.NewID, Log: s.logger()})
	if err != nil {
		return err
	}
	return errors.Join(r.Into(ctx, db), db.Close(context.WithoutCancel(ctx)))
}

// say tells what was restored, and what to do next.
func (cmd restoreCmd) say(to io.Writer, s *Settings, out *app.Restore) {
	w := func(format string, args ...any) { _, _ = fmt.Fprintf(to, format+"\n", args...) }
	w("Restored %d records as they were at %s.", out.End.Total(), out.End.Point.Local().Format("2006-01-02 15:04:05 MST"))
	switch {
	case cmd.LinksDie:
		w("Every link that was sent before is useless in these data: requests, invitations, password resets. %s is a new key.", app.ServerKeyPath(app.SecretsPath(s.Data)))
	case len(out.End.Secrets) == 0:
		w("The backup has no secrets: put server.key and trail.keys back into %s before the start. Without them, links that were sent are dead "+
			"(tsunagi admin accept-server-key), and nobody can prove the trail (tsunagi audit new-key --lost).", app.SecretsPath(s.Data))
	default:
		w("Secrets restored: %s. Links that were sent work again once this server has the address of --base-url.", strings.Join(out.End.Secrets, ", "))
	}
	if out.Aside != "" {
		w("The heads of the trail that lay in the folder may know of rows that are lost since the backup; they are in %s now.", out.Aside)
	}
	w("Everybody signs in again; who was setting a new password asks for another link.")
	w("What was locked, revoked or withdrawn after that moment works again: lock and revoke it anew (tsunagi admin lock, revoke-links).")
	w("No mail leaves until you confirm that these are the data to write from: start the service, look, then run tsunagi admin release-mail.")
	w("Next: tsunagi verify, then tsunagi serve.")
}
