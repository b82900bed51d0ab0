package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tsunagi/internal/backup"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/schema"
)

// RestoreOrder says what is restored, and into what.
type RestoreOrder struct {
	Data       string // the folder of the secrets and of the trail's anchors
	From       string // the file
	Passphrase string
	LinksDie   bool                    // makes a new server key instead of taking that of the backup
	Checked    func(read, size int64)  // how far the archive is checked; nil tells nobody
	Told       func(done, total int64) // how many documents are restored; nil tells nobody
}

// Restore is an archive that was checked.
type Restore struct {
	RestoreOrder
	Manifest backup.Manifest
	End      backup.End
	Aside    string // where the anchors went that lay there before; empty where none did

	secrets map[string][]byte
	db      *mongodb.DB
}

// CheckBackup reads the whole archive, and fails where it cannot be restored. Nothing is
// written.
func CheckBackup(o RestoreOrder) (*Restore, error) {
	r := &Restore{RestoreOrder: o, secrets: map[string][]byte{}}
	err := r.read(o.Checked, backup.Taker{Secret: func(name string, content []byte) error {
		r.secrets[name] = content
		return nil
	}}, true)
	if err != nil {
		return nil, err
	}
	if knows := len(schema.Steps()); r.Manifest.Schema > knows {
		return nil, fmt.Errorf("the backup was made by a newer program (data of version %d; this one knows versions up to %d): restore it with version %s or a newer one",
			r.Manifest.Schema, knows, r.Manifest.Product)
	}
	return r, r.fitSecrets()
}

// Into puts the archive into an empty database, and its secrets beside it. What is broken
// off is begun anew by the next, and nothing serves meanwhile.
func (r *Restore) Into(ctx context.Context, db *mongodb.DB) error {
	r.db = db
	to, err := db.Backups().Restore(ctx, db.Shapes(), func(done int64) {
		if r.Told != nil {
			r.Told(done, max(done, r.End.Total()))
		}
	})
	if err != nil {
		return err
	}
	defer to.Let(ctx)
	if err := r.putSecrets(); err != nil {
		return err
	}
	anchors := &aside{path: AnchorsPath(r.Data), at: db.Now()}
	err = r.read(nil, backup.Taker{Anchors: anchors.put,
		Documents: func(kind backup.Kind, of string, docs [][]byte) error { return to.Take(ctx, kind, of, docs) }}, false)
	if r.Aside = anchors.moved; err != nil {
		return err
	}
	return r.finish(ctx, to)
}

// read reads the archive once.
func (r *Restore) read(told func(read, size int64), to backup.Taker, first bool) error {
	f, err := os.Open(r.From)
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	m, end, err := backup.Read(&telling{f, 0, info.Size(), told}, r.Passphrase, to)
	if first {
		r.Manifest, r.End = m, end
	} else if err == nil && end.SHA256 != r.End.SHA256 {
		err = fmt.Errorf("%s changed while it was restored: restore it again", r.From)
	}
	return err
}

// telling tells how much was read.
type telling struct {
	io.Reader
	read, size int64
	told       func(read, size int64)
}

func (t *telling) Read(p []byte) (int, error) {
	n, err := t.Reader.Read(p)
	if t.read += int64(n); t.told != nil {
		t.told(t.read, t.size)
	}
	return n, err
}

// takes tells whether a secret of the archive becomes the installation's.
func (r *Restore) takes(name string) bool {
	return !r.LinksDie || name != filepath.Base(ServerKeyPath(""))
}

// fitSecrets fails where a secret would take the place of another one.
func (r *Restore) fitSecrets() error {
	for name, content := range r.secrets {
		path := filepath.Join(SecretsPath(r.Data), name)
		there, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && (len(there) == 0 || bytes.Equal(there, content)), err == nil && !r.takes(name):
		case err != nil:
			return fmt.Errorf("look for the secrets: %w", err)
		default:
			return fmt.Errorf("%s is there already and is another than in the backup, which takes the place of nothing: restore into a new folder (--data)", path)
		}
	}
	return nil
}

// putSecrets writes the secrets of the archive. Where links are to die, the server key that
// is there is not the backup's: it is made anew at the end.
func (r *Restore) putSecrets() error {
	unlock, err := lockSecrets(SecretsPath(r.Data))
	if err != nil {
		return err
	}
	defer unlock()
	for name, content := range r.secrets {
		path := filepath.Join(SecretsPath(r.Data), name)
		if !r.takes(name) {
			if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, content) {
				err = os.Remove(path) // an earlier try, broken off, was to let them live
				if err != nil {
					return fmt.Errorf("remove %s: %w", path, err)
				}
			}
			continue
		}
		if err := writeSecret(path, content); err != nil {
			return err
		}
	}
	return nil
}

// restoring is the database while a backup is put into it.
type restoring interface {
	Check(ctx context.Context, end backup.End) error
	Done(ctx context.Context, made backup.Record, note backup.Restored) error
}

// finish makes what was restored an installation.
func (r *Restore) finish(ctx context.Context, to restoring) error {
	if err := to.Check(ctx, r.End); err != nil {
		return err
	}
	info, err := os.Stat(r.From)
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	if r.LinksDie {
		if err := AcceptServerKey(ctx, r.db, SecretsPath(r.Data)); err != nil {
			return err
		}
	}
	made := backup.Record{ID: r.Manifest.ID, At: r.Manifest.Begun, EndedAt: r.End.Point, Point: r.End.Point, Size: info.Size(), To: r.From,
		Encrypted: r.Passphrase != "", Secrets: r.End.Secrets}
	note := backup.Restored{ID: backup.RestoredID, At: r.db.Now(), Point: r.End.Point, LinksDie: r.LinksDie, Held: true}
	if err := to.Done(ctx, made, note); err != nil {
		return err
	}
	return r.db.Prepare(ctx)
}

// aside puts the anchors of the archive where an installation has them. Those that lie there
// are moved aside and never lost: they may know of rows that the backup does not have, and
// the trail would look cut off to whoever compares it with them.
type aside struct {
	path, moved string
	at          time.Time
}

func (a *aside) put(content io.Reader) error {
	next, sum := a.path+".restored", sha256.New() // takes its place at the end
	if err := copySecret(next, io.TeeReader(content, sum)); err != nil {
		return err
	}
	there, err := digest(a.path)
	switch {
	case err == nil && bytes.Equal(there, sum.Sum(nil)):
		return os.Remove(next)
	case err == nil:
		a.moved = a.path + a.at.UTC().Format(".before-restore-20060102-150405")
		if err := os.Rename(a.path, a.moved); err != nil {
			return fmt.Errorf("move the heads of the trail aside: %w", err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look for the heads of the trail: %w", err)
	}
	return os.Rename(next, a.path)
}

// digest is the sum of a file, which may be large.
func digest(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return sum.Sum(nil), errors.Join(err, f.Close())
}

// hold tells whether mail is held after a restore. Data that are served are never restored
// over, so what is not held never is again.
type hold struct {
	app  *App
	mu   sync.Mutex
	free bool
	held bool
	at   time.Time
}

// holdAgain is how soon it is asked again while it is held.
const holdAgain = 2 * time.Second

// on asks the database, while mail is held.
func (h *hold) on(ctx context.Context) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := time.Now(); !h.free && now.Sub(h.at).Abs() >= holdAgain {
		ctx, cancel := context.WithTimeout(ctx, time.Second) // nobody waits for a banner
		defer cancel()
		held, err := h.app.DB.Outbox().Held(ctx)
		if err != nil { // then the page fails by itself, or it is asked again
			return h.held
		}
		h.at, h.held, h.free = now, held, !held
	}
	return h.held
}

// ReleaseMail lets mail leave after a restore; false when it was not held.
func (a *App) ReleaseMail(ctx context.Context) (bool, error) {
	released, err := a.DB.Backups().Release(ctx)
	if err == nil {
		a.Sender.Wake()
	}
	return released, err
}

// tellRestored writes into the trail that its data came out of a backup, at the first start.
func tellRestored(ctx context.Context, a *App) error {
	if a.NoMigration {
		return nil
	}
	return a.DB.Backups().Tell(ctx)
}
