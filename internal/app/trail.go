package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/work"
)

// trailFile is where the keys of the audit trail lie, among the secrets.
const trailFile = "trail.keys"

// TrailKeysPath is the file of the trail's keys in the folder of secrets.
func TrailKeysPath(dir string) string { return filepath.Join(dir, trailFile) }

// TrailKeys reads the keys of the audit trail, or makes the first one. Whoever has them
// can write entries that nobody tells from ours; without them no entry can be verified.
func TrailKeys(dir string) (audit.Keys, error) {
	keys, err := readTrailKeys(TrailKeysPath(dir))
	if !errors.Is(err, os.ErrNotExist) {
		return keys, err
	}
	return changeTrailKeys(dir, func(keys audit.Keys) audit.Keys {
		if len(keys) == 0 {
			keys = audit.Keys{audit.NewKey(NewID())}
		}
		return keys
	})
}

// changeTrailKeys changes the file of keys as it is now: of two processes that share it
// one writes after the other, and a key that proves something is never lost.
func changeTrailKeys(dir string, change func(audit.Keys) audit.Keys) (audit.Keys, error) {
	unlock, err := lockSecrets(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	path := TrailKeysPath(dir)
	keys, err := readTrailKeys(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	before := len(keys)
	if keys = change(keys); len(keys) == before {
		return keys, nil
	}
	return keys, writeSecret(path, []byte(keys.Text()))
}

func readTrailKeys(path string) (audit.Keys, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the keys of the audit trail: %w", err)
	}
	keys, err := audit.ParseKeys(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: put it back from the backup", path, err)
	}
	return keys, nil
}

// AddTrailKey makes a key that proves from the next start on; those before it go on
// verifying. It tells the new key's id.
func AddTrailKey(dir string) (string, error) {
	if _, err := TrailKeys(dir); err != nil { // entries may be proven by the first one already
		return "", err
	}
	key := audit.NewKey(NewID())
	_, err := changeTrailKeys(dir, func(keys audit.Keys) audit.Keys { return append(keys, key) })
	return key.ID, err
}

// adoptTrail seals what is older than the trail's key, at the first start with one.
func (a *App) adoptTrail(ctx context.Context) error {
	if a.NoMigration {
		return work.CheckBegun(ctx, a.DB.Chains(), a.TrailKeys)
	}
	rows, err := work.Adopt(ctx, a.DB.Chains(), a.Sealing())
	if rows > 0 {
		a.Log.Warn("the audit trail has entries from before it had a key; they are sealed as such", "rows", rows)
	}
	return err
}

// LoseTrail goes on with new keys where those that proved the trail of a database are lost
// for good. It tells how many rows they proved.
func LoseTrail(ctx context.Context, db *mongodb.DB, keys audit.Keys) (int64, error) {
	return work.Lose(ctx, db.Chains(), &work.Sealing{Store: db.Chains(), Keys: keys, Now: Now})
}

// Sealing seals the trail.
func (a *App) Sealing() *work.Sealing {
	return &work.Sealing{Store: a.DB.Chains(), Keys: a.TrailKeys, Now: a.Now}
}

// Anchoring notes the heads of the trail outside the database, and mails them to the owners.
func (a *App) Anchoring() *work.Anchoring {
	mails := &work.HeadMails{Store: a.DB.Accounts(), Chains: a.DB.Chains(), NewID: NewID, Now: a.Now}
	return &work.Anchoring{Store: a.DB.Chains(), Anchors: anchors{a.AnchorFile, a.Log}, Now: a.Now, Mails: mails}
}
