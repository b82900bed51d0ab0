package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tsunagi/internal/backup"
	"tsunagi/internal/mongodb"
)

// BackupOrder says what is backed up, and to where.
type BackupOrder struct {
	DB             *mongodb.DB
	Data           string // the folder of the secrets and of the trail's anchors
	Product        string // the version of this program
	To             string // the file to make, or backup.StandardOutput
	Out            io.Writer
	Passphrase     string // empty: it is not encrypted
	WithoutSecrets bool
	Scheduled      bool
	Told           func(done, total int64) // how far it is; nil tells nobody
}

// Backup makes one archive of everything at one point in time, and notes in the database
// what became of it. Others may use the database meanwhile.
func Backup(ctx context.Context, o BackupOrder) (backup.Record, error) {
	if err := o.DB.Backups().Copying().Begun(ctx); err != nil {
		return backup.Record{}, err // and nothing is noted: it would be the first record of an empty database
	}
	r := backup.Record{ID: NewID(), At: o.DB.Now(), To: o.To, Encrypted: o.Passphrase != "", Scheduled: o.Scheduled}
	out, file := o.Out, (*backup.File)(nil)
	if o.To != backup.StandardOutput {
		var err error
		if file, err = backup.Create(o.To); err != nil {
			return o.failed(ctx, r, err)
		}
		out = file
	}
	counted := &counting{out: out}
	end, err := o.write(ctx, r, counted)
	if err == nil && file != nil {
		err = file.Done()
	} else if file != nil {
		file.Abandon()
	}
	r.EndedAt = o.DB.Now()
	if err != nil {
		return o.failed(ctx, r, err)
	}
	r.Point, r.Size, r.Secrets = end.Point, counted.n, end.Secrets
	if err := o.note(ctx, r); err != nil {
		return r, fmt.Errorf("the backup is made, and that could not be noted in the database: %w", err)
	}
	return r, nil
}

// counting counts what is written.
type counting struct {
	out io.Writer
	n   int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.out.Write(p)
	c.n += int64(n)
	return n, err
}

// failed notes why there is no archive, where that can be noted. One that did not come so
// far as to be noted as begun is noted now.
func (o BackupOrder) failed(ctx context.Context, r backup.Record, why error) (backup.Record, error) {
	r.EndedAt, r.Error = o.DB.Now(), why.Error()
	if ctx.Err() != nil {
		r.Error = "it was broken off"
	}
	_ = o.note(ctx, r) // what went wrong first is what is told
	return r, why
}

// noteWithin is how long the end of a backup may take to be noted, also when it was broken off.
const noteWithin = 10 * time.Second

func (o BackupOrder) note(ctx context.Context, r backup.Record) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	return o.DB.Backups().End(ctx, r)
}

// write writes the archive.
func (o BackupOrder) write(ctx context.Context, r backup.Record, out io.Writer) (backup.End, error) {
	version, err := o.DB.Shapes().Version(ctx)
	if err != nil {
		return backup.End{}, err
	}
	w, err := backup.NewWriter(out, o.Passphrase, backup.Manifest{ID: r.ID, Product: o.Product, Schema: version, Database: o.DB.Database.Name(), Begun: r.At})
	if err != nil {
		return backup.End{}, err
	}
	end, err := o.fill(ctx, r, w)
	if err != nil {
		w.Abandon()
		return end, err
	}
	end.Secrets, err = w.Close(end)
	return end, err
}

// errKeyRotated says that the copied data may be of the key before, which is nowhere any more.
var errKeyRotated = errors.New("the server key was rotated while the database was copied: back up again")

// fill writes what belongs into the archive. The anchors come first and the secrets last:
// what was anchored before is in the trail that is copied, and what was proven in it before
// the point was proven by keys that are there after.
func (o BackupOrder) fill(ctx context.Context, r backup.Record, w *backup.Writer) (backup.End, error) {
	if err := o.anchors(w); err != nil {
		return backup.End{}, err
	}
	key, err := readServerKey(SecretsPath(o.Data))
	if err != nil {
		return backup.End{}, err
	}
	copying := o.DB.Backups().Copying()
	copying.Told = o.Told
	end, err := copying.Copy(ctx, r, w)
	if err != nil || o.WithoutSecrets {
		return end, err
	}
	names, err := secretsIn(SecretsPath(o.Data))
	if err != nil {
		return end, err
	}
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join(SecretsPath(o.Data), name))
		if err != nil {
			return end, fmt.Errorf("copy the secrets: %w", err)
		}
		if name == filepath.Base(ServerKeyPath("")) && key != nil && !bytes.Equal(key, content) {
			return end, errKeyRotated
		}
		if err := w.Secret(name, content); err != nil {
			return end, err
		}
	}
	return end, nil
}

// anchors writes the file of the trail's heads, as far as it goes now.
func (o BackupOrder) anchors(w *backup.Writer) error {
	f, err := os.Open(AnchorsPath(o.Data))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("copy the heads of the trail: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("copy the heads of the trail: %w", err)
	}
	return w.Anchors(info.Size(), f)
}

// SecretsPath is the folder of secrets below that of the data.
func SecretsPath(data string) string { return filepath.Join(data, "secrets") }

// secretsIn names the secrets in a folder, also those that are mounted there: every file
// but its lock and those that a killed process did not finish.
func secretsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for the secrets: %w", err)
	}
	var names []string
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name())) // of what it leads to
		if err == nil && info.Mode().IsRegular() && e.Name() != secretsLock && !strings.Contains(e.Name(), newSecret) && e.Name()[0] != '.' {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
