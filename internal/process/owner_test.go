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
