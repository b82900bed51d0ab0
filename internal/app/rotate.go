package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
)

// nextKeyPath is where a server key lies until it is the one of the data.
func nextKeyPath(dir string) string { return filepath.Join(dir, "server.key.next") }

// RotateServerKey makes a new server key the one of the data, and of this process: every
// link and every session of a link is dead from then on. Killed anywhere, the data have
// either key, and the next start finds it.
func (a *App) RotateServerKey(ctx context.Context) error {
	if a.Secrets == "" {
		return errors.New("the server key of this process does not come from a folder of secrets")
	}
	unlock, err := lockSecrets(a.Secrets)
	if err != nil {
		return err
	}
	defer unlock()
	key := make([]byte, token.KeyBytes)
	_, _ = rand.Read(key)
	if err := writeSecret(nextKeyPath(a.Secrets), key); err != nil {
		return err
	}
	if err := noteKey(ctx, a.DB, a.Rescue, key); err != nil {
		return err
	}
	if err := takeNextKey(a.Secrets); err != nil {
		return err
	}
	return a.useKey(key)
}

// noteKey notes that a key is the one of the data, and tells every organisation, unless
// there is no key of the trail: what nobody has proven would look forged there.
func noteKey(ctx context.Context, db *mongodb.DB, rescue *org.Rescue, key []byte) error {
	if len(db.Keys) == 0 {
		return db.SetMark(ctx, markKey, fingerprint(key))
	}
	return db.InTx(ctx, func(ctx context.Context) error {
		was, err := db.Mark(ctx, markKey)
		if err != nil {
			return err
		}
		is := fingerprint(key)
		if err := db.SetMark(ctx, markKey, is); err != nil || was == is {
			return err
		}
		var entries []audit.Entry
		if entries, err = rescue.KeyChanged(ctx, was, is); err != nil {
			return err
		}
		return db.Record(ctx, entries, nil)
	})
}

// takeNextKey puts the next key in the place of the one that there was.
func takeNextKey(dir string) error {
	if err := os.Rename(nextKeyPath(dir), ServerKeyPath(dir)); err != nil {
		return fmt.Errorf("put the new server key in its place: %w", err)
	}
	return nil
}

// finishRotation takes the next key where the data have it already: whoever rotated was
// killed in between. It gives the key that is in place then.
func (c Config) finishRotation(ctx context.Context, db *mongodb.DB, key []byte) ([]byte, error) {
	if !exists(nextKeyPath(c.Secrets)) {
		return key, nil
	}
	unlock, err := lockSecrets(c.Secrets) // whoever rotates at this moment goes on first
	if err != nil {
		return nil, err
	}
	defer unlock()
	noted, err := db.Mark(ctx, markKey)
	if err != nil {
		return nil, err
	}
	next, err := os.ReadFile(nextKeyPath(c.Secrets))
	if err == nil && len(next) == token.KeyBytes && fingerprint(next) == noted {
		err = takeNextKey(c.Secrets)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return readServerKey(c.Secrets)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// useKey makes links with a key from now on.
func (a *App) useKey(key []byte) error {
	a.keyLock.Lock()
	defer a.keyLock.Unlock()
	if err := a.Keys.Replace(key); err != nil {
		return err
	}
	a.ServerKey = key
	return nil
}

// keyInUse is the server key with which links are made.
func (a *App) keyInUse() []byte {
	a.keyLock.Lock()
	defer a.keyLock.Unlock()
	return a.ServerKey
}

// followKey takes the key of the data where it was rotated by another process that has the
// same folder of secrets. It is what checkServerKey says of the key in use after that.
func (a *App) followKey(ctx context.Context) error {
	wrong := checkServerKey(ctx, a.DB, a.keyInUse(), true)
	if !errors.Is(wrong, errKeyOther) || a.Secrets == "" {
		return wrong
	}
	key, err := readServerKey(a.Secrets)
	if err == nil {
		key, err = a.finishRotation(ctx, a.DB, key)
	}
	if err != nil || key == nil || checkServerKey(ctx, a.DB, key, false) != nil {
		return wrong
	}
	a.Log.Warn("the server key was rotated; links are made with the new one from now on, and those from before are dead")
	return a.useKey(key)
}
