package process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRefuseForeign(t *testing.T) {
	for _, c := range []struct {
		name      string
		owner, me int
		alone     bool
		refused   bool
	}{
		{"one's own", 1000, 1000, true, false},
		{"root over a user's", 1000, 0, true, true},
		{"root over a folder that a user prepared", 1000, 0, false, true},
		{"a user over another's", 1000, 1001, true, true},
		{"a user over root's", 0, 1001, true, true},
		{"a folder that root prepared for a group", 0, 1001, false, false},
		{"root over its own", 0, 0, true, false},
	} {
		if err := refuseForeign("/d", c.owner, c.me, c.alone); (err != nil) != c.refused {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := refuseForeign("/d", 0, 4711, true); err == nil || !strings.Contains(err.Error(), "sudo -u root tsunagi") || !strings.Contains(err.Error(), "#4711") {
		t.Errorf("the words: %v", err)
	}
}

// TestCheckOwner looks at real folders: of which the one that counts is made by the first start.
func TestCheckOwner(t *testing.T) {
	data := t.TempDir()
	for _, dir := range []string{filepath.Join(data, "new"), data} {
		if err := CheckOwner(dir); err != nil {
			t.Error(err)
		}
	}
	foreign := foreignFolder(t)
	if err := CheckOwner(foreign); err == nil || !strings.Contains(err.Error(), foreign) {
		t.Errorf("another's folder: %v", err)
	}
	if os.Geteuid() == 0 { // as root put there by hand
		mine := filepath.Join(data, "mine")
		if err := os.MkdirAll(filepath.Join(mine, secrets), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(mine, secrets), 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if err := CheckOwner(mine); err == nil {
			t.Error("secrets of another user were taken for ours")
		}
	}
}

// TestWhatRootLeft: something among the data that cannot be used is named, with what to do.
func TestWhatRootLeft(t *testing.T) {
	data := t.TempDir()
	for _, dir := range []string{secrets, "mongod", filepath.Join("run", "01"), "lost+found"} {
		if err := os.MkdirAll(filepath.Join(data, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"secrets/server.key", "mongod/WiredTiger", "trail.anchors", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(data, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := CheckOwner(data); err != nil {
		t.Errorf("nothing is in the way: %v", err)
	}
	for name, stuck := range map[string]bool{"run": true, "mongod": true, "mongod/WiredTiger": true, "secrets": true, "secrets/server.key": true, "trail.anchors": true,
		"notes.txt": false, "lost+found": false} {
		path := filepath.Join(data, name)
		err := refuseStuck(data, func(of string, _ uint32) bool { return of != path })
		if (err != nil) != stuck || stuck && (!strings.Contains(err.Error(), path+" belongs to") || !strings.Contains(err.Error(), "sudo chown -R ")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	readOnly := func(of string, mode uint32) bool {
		return filepath.Dir(of) != filepath.Join(data, secrets) || mode&toWrite == 0
	}
	if err := refuseStuck(data, readOnly); err != nil {
		t.Errorf("secrets that can only be read are enough: %v", err)
	}
}

// foreignFolder is a folder that belongs to another user.
func foreignFolder(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return "/usr"
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	return dir
}
