package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tsunagi/internal/backup"
)

func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestAFileIsThereWholeOrNotAtAll: only its owner reads it, it takes the place of none, and
// nothing is left of one that was given up.
func TestAFileIsThereWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, backup.NameAt(begun, true))
	f, err := backup.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("all of it")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it has its name before it is whole")
	}
	other, err := backup.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Done(); err != nil {
		t.Fatal(err)
	}
	if err := other.Done(); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("the second of two at once: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != f.Size() {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := backup.Create(path); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("over a file: %v", err)
	}
	f, err = backup.Create(filepath.Join(dir, "given-up"))
	if err != nil {
		t.Fatal(err)
	}
	f.Abandon()
	if got := list(t, dir); got != "tsunagi-20261126-030000Z.tar.zst.age" {
		t.Errorf("there are: %s", got)
	}
	if _, err := backup.Create(filepath.Join(dir, "no", "such")); err == nil || !strings.Contains(err.Error(), "the folder "+filepath.Join(dir, "no")+" is not there") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestAFolderThatIsNotOurs: root may write into any, so that the error is given.
func TestAFolderThatIsNotOurs(t *testing.T) {
	err := backup.NoFolder("/backups", &os.PathError{Op: "open", Path: "/backups/one.part-1", Err: syscall.EACCES})
	if !strings.Contains(err.Error(), "may not write into /backups") {
		t.Errorf("error %v", err)
	}
}

// TestAFullDiskIsSaid: in words that say what to do.
func TestAFullDiskIsSaid(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT} {
		err := backup.Full("/backups/one", &os.PathError{Op: "write", Path: "/backups/one.part-1", Err: errno})
		if err == nil || !strings.Contains(err.Error(), "no room for the backup in /backups") || !errors.Is(err, errno) {
			t.Errorf("error %v", err)
		}
	}
}
