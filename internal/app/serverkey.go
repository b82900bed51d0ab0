package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"tsunagi/internal/mongodb"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
)

// markKey names the note of the server key's fingerprint.
const markKey = "server-key"

// How an administrator goes on where the server key is not the one of the data. The text of
// each says it; without the key nobody can open a link that was sent.
var (
	errKeyGone = errors.New("the server key is gone, and every link and session of these data was made with it: " +
		"put the file back from the backup, or copy it from another server of the same data. " +
		"Only if it is lost for good: tsunagi admin accept-server-key makes a new one, and every link that was sent is dead")
	errKeyOther = errors.New("the server key is another than the one with which the links and sessions of these data are made: " +
		"put the right one back from the backup, or copy it from another server of the same data. " +
		"Only if that is lost for good: tsunagi admin accept-server-key takes this one, and every link that was sent is dead")
)

// fingerprint tells keys apart, and nothing about them.
func fingerprint(key []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte("tsunagi: fingerprint of the server key"))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// ServerKeyPath is the file of the server key in the folder of secrets.
func ServerKeyPath(dir string) string { return filepath.Join(dir, "server.key") }

// readServerKey reads the key, nil where there is none or the first start was killed
// before it was written.
func readServerKey(dir string) ([]byte, error) {
	path := ServerKeyPath(dir)
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist), err == nil && len(raw) == 0:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the server key: %w", err)
	case len(raw) != token.KeyBytes:
		return nil, fmt.Errorf("%s has %d bytes, want %d: put it back from the backup", path, len(raw), token.KeyBytes)
	}
	return raw, nil
}

// makeServerKey writes a new key unless there is one by now: of two processes that share
// the folder one makes it.
func makeServerKey(dir string) ([]byte, error) {
	unlock, err := lockSecrets(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if key, err := readServerKey(dir); key != nil || err != nil {
		return key, err
	}
	key := make([]byte, token.KeyBytes)
	_, _ = rand.Read(key)
	return key, writeSecret(ServerKeyPath(dir), key)
}

// Beside the secrets in their folder lie its lock, and what is being written.
const (
	secretsLock = "lock"
	newSecret   = ".new-"
)

// lockSecrets makes the folder of secrets where there is none, and lets one process
// change it at a time.
func lockSecrets(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of secrets: %w", err)
	}
	alone, err := os.OpenFile(filepath.Join(dir, secretsLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the folder of secrets: %w", err)
	}
	if err := syscall.Flock(int(alone.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the folder of secrets: %w", err), alone.Close())
	}
	return func() { _ = alone.Close() }, nil
}

// writeSecret writes a file that only we may read, whole or not at all.
func writeSecret(path string, value []byte) error { return copySecret(path, bytes.NewReader(value)) }

// copySecret is writeSecret of what may be large.
func copySecret(path string, from io.Reader) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+newSecret+"*") // only we may read it
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = io.Copy(f, from)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// serverKey is the key of an installation: the one that it was set to, or the one in its
// folder of secrets, made where nothing depends on any. It must be the one of the data.
func (c Config) serverKey(ctx context.Context, db *mongodb.DB) ([]byte, error) {
	key, err := c.ServerKey, error(nil)
	if key == nil {
		if key, err = readServerKey(c.Secrets); err != nil {
			return nil, err
		}
		if key, err = c.finishRotation(ctx, db, key); err != nil {
			return nil, err
		}
	}
	if key == nil {
		depends, err := dependsOnKey(ctx, db)
		if err != nil {
			return nil, err
		}
		if depends {
			return nil, fmt.Errorf("%s: %w", ServerKeyPath(c.Secrets), errKeyGone)
		}
		if key, err = makeServerKey(c.Secrets); err != nil {
			return nil, err
		}
	}
	return key, checkServerKey(ctx, db, key, !c.NoMigration)
}

// dependsOnKey tells whether anything was made with a key that we do not have. Data of a
// version without fingerprints are somebody's once they were served.
func dependsOnKey(ctx context.Context, db *mongodb.DB) (bool, error) {
	for _, name := range []string{markKey, markServed} {
		if note, err := db.Mark(ctx, name); note != "" || err != nil {
			return note != "", err
		}
	}
	return false, nil
}

// checkServerKey compares the key with the one of the data, and notes it where none is
// noted yet: of two that do so at once, the second finds the note of the first.
func checkServerKey(ctx context.Context, db *mongodb.DB, key []byte, note bool) error {
	mine := fingerprint(key)
	get := func() (string, error) { return db.Mark(ctx, markKey) }
	if note {
		get = func() (string, error) { return db.SetMarkOnce(ctx, markKey, mine) }
	}
	noted, err := get()
	if err == nil && noted != "" && noted != mine {
		err = errKeyOther
	}
	return err
}

// AcceptServerKey makes the key in the folder of secrets the one of the data, and a new one
// where there is none. Links and sessions that another one made are dead from then on, and
// the trail of every organisation tells of it, where the database was opened with its keys.
func AcceptServerKey(ctx context.Context, db *mongodb.DB, dir string) error {
	key, err := readServerKey(dir)
	if err == nil && key == nil {
		key, err = makeServerKey(dir)
	}
	if err != nil {
		return err
	}
	return noteKey(ctx, db, org.NewRescue(db.Accounts(), Now, NewID), key)
}
