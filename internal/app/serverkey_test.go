package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/token"
)

// opened is a database on which old data may be migrated beside this test: no scan is refused.
func opened(t *testing.T) *mongodb.DB {
	t.Helper()
	uri := mongodtest.URI(t)
	db, err := mongodb.Open(t.Context(), mongodb.Config{URI: uri, Name: dbtest.Name(t, uri), Now: Now, NewID: NewID, Trail: dbtest.Keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}

// keyFile puts a key into a folder of secrets; nil leaves the folder without one.
func keyFile(t *testing.T, dir string, key []byte) {
	t.Helper()
	_ = os.Remove(ServerKeyPath(dir))
	if key == nil {
		return
	}
	if err := os.WriteFile(ServerKeyPath(dir), key, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTheServerKeyIsTheOneOfTheData: a key is made only where nothing depends on one; a
// lost, emptied or other key stops the start, says what to do and is left as it is.
func TestTheServerKeyIsTheOneOfTheData(t *testing.T) {
	mine, other := bytes.Repeat([]byte{7}, token.KeyBytes), bytes.Repeat([]byte{8}, token.KeyBytes)
	for name, c := range map[string]struct {
		file   []byte
		noted  bool // the data have mine as their key
		served bool // by a version that noted none
		asIs   bool
		want   error
		made   bool
	}{
		"the first start":                         {made: true},
		"a first start that was killed":           {file: []byte{}, made: true},
		"a start with the key":                    {file: mine, noted: true},
		"an older version's key":                  {file: mine, served: true},
		"a command that changes nothing":          {file: mine, asIs: true},
		"the key is gone":                         {noted: true, want: errKeyGone},
		"the key is gone, of an older version":    {served: true, want: errKeyGone},
		"the key is empty":                        {file: []byte{}, noted: true, want: errKeyGone},
		"the key is empty, of an older version":   {file: []byte{}, served: true, want: errKeyGone},
		"another key":                             {file: other, noted: true, want: errKeyOther},
		"another key, and a command that looks":   {file: other, noted: true, asIs: true, want: errKeyOther},
		"no key, and a command that looks":        {noted: true, asIs: true, want: errKeyGone},
		"an older version's data, and no changes": {file: mine, served: true, asIs: true},
	} {
		t.Run(name, func(t *testing.T) {
			db, dir := opened(t), t.TempDir()
			keyFile(t, dir, c.file)
			for mark, value := range map[string]string{markKey: fingerprint(mine), markServed: "yes"} {
				if mark == markKey && c.noted || mark == markServed && c.served {
					if err := db.SetMark(t.Context(), mark, value); err != nil {
						t.Fatal(err)
					}
				}
			}
			cfg := Config{Secrets: dir, NoMigration: c.asIs}
			key, err := cfg.serverKey(t.Context(), db)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if c.want != nil {
				if !strings.Contains(err.Error(), "backup") || !strings.Contains(err.Error(), "accept-server-key") {
					t.Errorf("%v: it does not say what to do", err)
				}
				if raw, _ := os.ReadFile(ServerKeyPath(dir)); !bytes.Equal(raw, c.file) {
					t.Error("the file was changed")
				}
				if err := AcceptServerKey(t.Context(), db, dir); err != nil {
					t.Fatal(err)
				}
				if _, err := cfg.serverKey(t.Context(), db); err != nil {
					t.Errorf("after it was accepted: %v", err)
				}
				return
			}
			info, err := os.Stat(ServerKeyPath(dir))
			if err != nil || info.Mode().Perm() != 0o600 || len(key) != token.KeyBytes || c.made == bytes.Equal(key, mine) {
				t.Errorf("key of %d bytes, file %v, %v", len(key), info, err)
			}
			again, err := cfg.serverKey(t.Context(), db)
			if err != nil || !bytes.Equal(again, key) {
				t.Errorf("at the next start: %v; want the same key", err)
			}
			if noted, err := db.Mark(t.Context(), markKey); err != nil || noted != fingerprint(key) && !c.asIs || noted != "" && c.asIs {
				t.Errorf("noted: %q, %v", noted, err)
			}
		})
	}
}

func TestADamagedServerKeyIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	keyFile(t, dir, []byte("short"))
	if _, err := (Config{Secrets: dir}).serverKey(t.Context(), opened(t)); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("error %v", err)
	}
}

// TestServersNoticeEachOther: of twenty that start at once on one database, those that share
// the folder have one key, and of those that do not one goes on.
func TestServersNoticeEachOther(t *testing.T) {
	for name, shared := range map[string]bool{"one folder": true, "a folder each": false} {
		t.Run(name, func(t *testing.T) {
			db, dir := opened(t), t.TempDir()
			var keys sync.Map
			var refused atomic.Int32
			var all sync.WaitGroup
			for range 20 {
				own := dir
				if !shared {
					own = t.TempDir()
				}
				all.Go(func() {
					key, err := (Config{Secrets: own}).serverKey(t.Context(), db)
					switch {
					case errors.Is(err, errKeyOther):
						refused.Add(1)
					case err != nil:
						t.Error(err)
					default:
						keys.Store(string(key), true)
					}
				})
			}
			all.Wait()
			n := 0
			keys.Range(func(any, any) bool { n++; return true })
			if want := map[bool]int32{true: 0, false: 19}[shared]; n != 1 || refused.Load() != want {
				t.Errorf("%d keys serve, %d servers are refused; want 1 and %d", n, refused.Load(), want)
			}
		})
	}
}
