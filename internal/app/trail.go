package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tsunagi/internal/audit"
	"tsunagi/internal/work"
)

// trailFile is where the keys of the audit trail lie, among the secrets.
const trailFile = "trail.keys"

// TrailKeysPath is the file of the trail's keys in the folder of secrets.
func TrailKeysPath(dir string) string { return filepath.Join(dir, trailFile) }

// TrailKeys reads the keys of the audit trail, or makes the first one. Whoever has them
// can write entries that nobody tells from ours; without them no entry can be verified.
func TrailKeys(dir string) (audit.Keys, error) {
	path := TrailKeysPath(dir)
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		keys := audit.Keys{audit.NewKey(NewID())}
		return keys, writeTrailKeys(path, keys)
	}
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
	keys, err := TrailKeys(dir)
	if err != nil {
		return "", err
	}
	key := audit.NewKey(NewID())
	return key.ID, writeTrailKeys(TrailKeysPath(dir), append(keys, key))
}

// writeTrailKeys writes the file whole or not at all.
func writeTrailKeys(path string, keys audit.Keys) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of secrets: %w", err)
	}
	return writeSecret(path, []byte(keys.Text()))
}

// adoptTrail seals what is older than the trail's key, at the first start with one.
func (a *App) adoptTrail(ctx context.Context) error {
	if a.NoMigration {
		return nil
	}
	rows, err := work.Adopt(ctx, a.DB.Chains(), a.Sealing())
	if rows > 0 {
		a.Log.Warn("the audit trail has entries from before it had a key; they are sealed as such", "rows", rows)
	}
	return err
}

// Sealing seals the trail.
func (a *App) Sealing() *work.Sealing {
	return &work.Sealing{Store: a.DB.Chains(), Keys: a.TrailKeys, Now: a.Now}
}

// Anchoring notes the heads of the trail outside the database.
func (a *App) Anchoring() *work.Anchoring {
	return &work.Anchoring{Store: a.DB.Chains(), Anchors: anchors{a.AnchorFile, a.Log}, Now: a.Now}
}
