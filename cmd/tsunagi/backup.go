package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tsunagi/internal/app"
	"tsunagi/internal/backup"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/process"
)

type backupCmd struct {
	To             string `arg:"" help:"The file to make, a folder in which it gets a name by the time, or - for standard output." placeholder:"FILE"`
	PassphraseFile string `help:"File whose first line is the passphrase by which the backup is encrypted; or set TSUNAGI_BACKUP_PASSPHRASE." type:"path" placeholder:"FILE"`
	WithoutSecrets bool   `help:"Leave out the secrets. Without them no link that was sent works after a restore, and nobody can prove the trail: keep them elsewhere."`
}

// Run makes one backup, beside serving processes too: what they do meanwhile goes on.
func (cmd backupCmd) Run(ctx context.Context, s *Settings) error {
	passphrase, err := s.passphrase(cmd.PassphraseFile)
	if err != nil {
		return err
	}
	say := io.Writer(os.Stdout)
	if cmd.To == backup.StandardOutput {
		if say = os.Stderr; isTerminal(os.Stdout) {
			return errors.New("a backup is nothing to look at: name a file, or send it on (tsunagi backup - | …)")
		}
	}
	if err := s.mustHaveData(); err != nil {
		return err
	}
	uri, stop, err := s.readDatabase(ctx)
	if err != nil {
		return err
	}
	db, err := mongodb.Connect(ctx, mongodb.Config{URI: uri, Name: s.MongodbName, Now: app.Now, NewID: app.NewID})
	if err != nil {
		return errors.Join(err, stop())
	}
	err = cmd.make(ctx, s, db, passphrase, say)
	return errors.Join(err, db.Close(context.WithoutCancel(ctx)), stop())
}

// make makes the backup, and says what is in it.
func (cmd backupCmd) make(ctx context.Context, s *Settings, db *mongodb.DB, passphrase string, say io.Writer) error {
	to := cmd.To
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		to = filepath.Join(to, backup.NameAt(app.Now(), passphrase != ""))
	}
	bar := newProgress("copied", "documents")
	r, err := app.Backup(ctx, app.BackupOrder{DB: db, Data: s.Data, Product: version, To: to, Out: os.Stdout, Passphrase: passphrase,
		WithoutSecrets: cmd.WithoutSecrets, Told: bar.tell})
	bar.done()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(say, "Backed up to %s: everything until %s, %s in %s.\n%s", place(r.To), r.Point.Local().Format("2006-01-02 15:04:05 MST"), bytesOf(r.Size),
		r.Took().Round(time.Second/10), secretsTold(s, r))
	return nil
}

func place(to string) string {
	if to == backup.StandardOutput {
		return "standard output"
	}
	return to
}

// secretsTold says which secrets are in a backup, and what that means.
func secretsTold(s *Settings, r backup.Record) string {
	var out strings.Builder
	if len(r.Secrets) == 0 {
		out.WriteString("No secret is in it: without server.key no link that was sent works after a restore, and without trail.keys nobody can prove the trail. Keep them elsewhere.\n")
	} else {
		fmt.Fprintf(&out, "Secrets in it: %s.", strings.Join(r.Secrets, ", "))
		if !r.Encrypted {
			out.WriteString(" It is not encrypted: whoever has it can open every link. Keep it as safe as the server, or give a passphrase.")
		}
		out.WriteString("\n")
	}
	if s.TrailKeys != "" {
		out.WriteString("The keys of the trail come from --trail-keys and are not in it: keep them elsewhere.\n")
	}
	out.WriteString("Settings are not in it (/etc/tsunagi, the passwords of mail server and database): keep them elsewhere.\n")
	return out.String()
}

// mustHaveData fails where a managed database was never started: what would be begun there
// is no installation.
func (s *Settings) mustHaveData() error {
	if err := process.CheckOwner(s.Data); err != nil {
		return err
	}
	if s.MongodbURI == "" && !exists(filepath.Join(s.Data, "mongod", "db")) {
		return fmt.Errorf("there are no data in %s: name their folder with --data, or the database with --mongodb-uri", s.Data)
	}
	return nil
}

// passphrase is what the file has that was named, else what was set.
func (s *Settings) passphrase(file string) (string, error) {
	if file == "" {
		return s.BackupPassphrase, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--passphrase-file: %w", err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return "", fmt.Errorf("--passphrase-file: the first line of %s is empty", file)
	}
	return line, nil
}

// checkBackupDir fails where no scheduled backup could be written, and warns where a disk
// that dies would take the backups with the data.
func (s *Settings) checkBackupDir() error {
	if s.BackupDir == "" {
		return nil
	}
	if err := os.MkdirAll(s.BackupDir, 0o700); err != nil {
		return fmt.Errorf("--backup-dir: %w", err)
	}
	probe, err := os.CreateTemp(s.BackupDir, ".probe-*")
	if err != nil {
		return fmt.Errorf("--backup-dir: nothing can be written there: %w", err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return fmt.Errorf("--backup-dir: %w", err)
	}
	if sameDisk(s.BackupDir, s.Data) {
		s.logger().Warn("the backups lie on the disk of the data, and are lost with it: choose another disk, or copy them elsewhere", "backup-dir", s.BackupDir)
	}
	return nil
}

func sameDisk(a, b string) bool {
	var one, other syscall.Stat_t
	return syscall.Stat(a, &one) == nil && syscall.Stat(b, &other) == nil && one.Dev == other.Dev
}

// bytesOf is a size as people read it.
func bytesOf(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d kB", (n+999)/1e3)
}
