package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/backup"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/mongodb/schema"
	"tsunagi/internal/token"
)

// backedUp makes a backup of a small installation, and gives its file.
func backedUp(t *testing.T, key []byte) string {
	t.Helper()
	db, data := opened(t), t.TempDir()
	if _, err := TrailKeys(SecretsPath(data)); err != nil {
		t.Fatal(err)
	}
	keyFile(t, SecretsPath(data), key)
	if err := db.SetMark(t.Context(), markKey, fingerprint(key)); err != nil {
		t.Fatal(err)
	}
	var rows []any
	for n := range 2500 {
		rows = append(rows, bson.D{{Key: "_id", Value: n}, {Key: "org_id", Value: "o1"}, {Key: "code", Value: n}})
	}
	for name, docs := range map[string][]any{"organizations": {bson.D{{Key: "_id", Value: "o1"}}}, "sessions": {bson.D{{Key: "_id", Value: "s1"}}}, "pictures": rows,
		"users": {bson.D{{Key: "_id", Value: "u1"}, {Key: "reset_generation", Value: 5}, {Key: "reset_until", Value: db.Now().Add(time.Hour)}}}} {
		if _, err := db.Coll(name).InsertMany(t.Context(), docs); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(AnchorsPath(data), []byte("# heads of the backup\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "backup")
	r, err := Backup(t.Context(), BackupOrder{DB: db, Data: data, Product: "1.0", To: file})
	if err != nil || strings.Join(r.Secrets, " ") != "server.key trail.keys" || r.Size == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if state, err := db.Backups().State(t.Context()); err != nil || state.Good.ID != r.ID || state.Good.Size != r.Size {
		t.Errorf("recorded %+v, %v", state, err)
	}
	return file
}

// target is an empty database.
func target(t *testing.T) mongodb.Config {
	t.Helper()
	uri := mongodtest.URI(t)
	return mongodb.Config{URI: uri, Name: dbtest.Name(t, uri), Now: Now, NewID: NewID, Trail: dbtest.Keys}
}

func connected(t *testing.T, cfg mongodb.Config) *mongodb.DB {
	t.Helper()
	db, err := mongodb.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}

func checked(t *testing.T, o RestoreOrder) *Restore {
	t.Helper()
	r, err := CheckBackup(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var mine = bytes.Repeat([]byte{7}, token.KeyBytes)

// TestARestoreIsServedWholeOrNotAtAll: one that was broken off is not opened by anybody,
// and done by the next; what is there is never written over, and sessions do not come back.
func TestARestoreIsServedWholeOrNotAtAll(t *testing.T) {
	file, cfg, data := backedUp(t, mine), target(t), t.TempDir()
	db := connected(t, cfg)
	ctx, stop := context.WithCancel(t.Context())
	half := checked(t, RestoreOrder{Data: data, From: file, Told: func(done, _ int64) {
		if done > 1000 {
			stop()
		}
	}})
	if err := half.Into(ctx, db); err == nil {
		t.Fatal("a restore that was broken off ends well")
	}
	if _, err := mongodb.Open(t.Context(), cfg); !errors.Is(err, schema.ErrHalfRestored) {
		t.Errorf("half restored data are opened: %v", err)
	}
	if err := os.WriteFile(AnchorsPath(data), []byte("# heads of the server that was lost\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := checked(t, RestoreOrder{Data: data, From: file})
	if err := whole.Into(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(whole.Aside); err != nil || !strings.Contains(string(raw), "was lost") {
		t.Errorf("the heads that lay there: %q, %v", raw, err)
	}
	if raw, err := os.ReadFile(AnchorsPath(data)); err != nil || !strings.Contains(string(raw), "of the backup") {
		t.Errorf("the heads: %q, %v", raw, err)
	}
	again, err := mongodb.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close(context.Background()) })
	for name, want := range map[string]int64{"pictures": 2500, "organizations": 1, "sessions": 0} {
		if n, err := again.Coll(name).EstimatedDocumentCount(t.Context()); err != nil || n != want {
			t.Errorf("%s: %d records, %v; want %d", name, n, err, want)
		}
	}
	if state, err := again.Backups().State(t.Context()); err != nil || !state.Good.Point.Equal(whole.End.Point) {
		t.Errorf("the last good backup is %+v, %v", state.Good, err)
	}
	if key, err := (Config{Secrets: SecretsPath(data)}).serverKey(t.Context(), again); err != nil || !bytes.Equal(key, mine) {
		t.Errorf("the server key: %v", err)
	}
	if u, err := again.Accounts().UserByID(t.Context(), "u1"); err != nil || again.Now().Before(u.ResetUntil) || u.ResetGeneration < 100 {
		t.Errorf("a link by which a password was set since would live again: %+v, %v", u, err)
	}
	full := new(schema.NotEmptyError)
	if err := checked(t, RestoreOrder{Data: data, From: file}).Into(t.Context(), db); !errors.As(err, &full) {
		t.Errorf("over data: %v", err)
	}
	heldUntilReleased(t, again)
}

// heldUntilReleased: after a restore no mail leaves, the trail of everybody tells of it
// once, and the word of the administrator ends that once.
func heldUntilReleased(t *testing.T, db *mongodb.DB) {
	t.Helper()
	held := func() bool {
		t.Helper()
		on, err := db.Outbox().Held(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return on
	}
	if !held() {
		t.Error("mail is not held")
	}
	for range 2 {
		if err := db.Backups().Tell(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []bool{true, false} {
		if released, err := db.Backups().Release(t.Context()); err != nil || released != want {
			t.Errorf("released %v, %v; want %v", released, err, want)
		}
	}
	if held() {
		t.Error("mail is held for ever")
	}
	for _, action := range []string{"backup.restored", "backup.mail-released"} {
		if n, err := db.Coll("audit").CountDocuments(t.Context(), bson.D{{Key: "org_id", Value: "o1"}, {Key: "action", Value: action}}); err != nil || n != 1 {
			t.Errorf("%s: %d entries, %v", action, n, err)
		}
	}
}

// TestLinksDieInACopy: the server key of the backup is nowhere, and the data know another.
func TestLinksDieInACopy(t *testing.T) {
	file, cfg, data := backedUp(t, mine), target(t), t.TempDir()
	db := connected(t, cfg)
	if err := checked(t, RestoreOrder{Data: data, From: file, LinksDie: true}).Into(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	key, err := (Config{Secrets: SecretsPath(data)}).serverKey(t.Context(), db)
	if err != nil || bytes.Equal(key, mine) || len(key) != token.KeyBytes {
		t.Errorf("the key is of %d bytes, the backup's %v, %v", len(key), bytes.Equal(key, mine), err)
	}
	if r, err := db.Backups().Restored(t.Context()); err != nil || !r.LinksDie || !r.Held {
		t.Errorf("noted %+v, %v", r, err)
	}
}

// TestSecretsThatAreMountedAreCopied: what a cluster mounts are names of files elsewhere.
func TestSecretsThatAreMountedAreCopied(t *testing.T) {
	elsewhere, dir := t.TempDir(), t.TempDir()
	keyFile(t, elsewhere, mine)
	for name, to := range map[string]string{"server.key": filepath.Join(elsewhere, "server.key"), "folder": elsewhere, "nowhere": filepath.Join(dir, "none")} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := secretsIn(dir); err != nil || strings.Join(names, " ") != "server.key" {
		t.Errorf("%q, %v", names, err)
	}
}

// TestABackupHasTheKeyOfItsData: where the key was rotated meanwhile, nobody knows which one
// the copied data name.
func TestABackupHasTheKeyOfItsData(t *testing.T) {
	db, data := opened(t), t.TempDir()
	if err := os.MkdirAll(SecretsPath(data), 0o700); err != nil {
		t.Fatal(err)
	}
	keyFile(t, SecretsPath(data), mine)
	if err := db.SetMark(t.Context(), markKey, fingerprint(mine)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "backup")
	_, err := Backup(t.Context(), BackupOrder{DB: db, Data: data, To: file, Told: func(int64, int64) {
		keyFile(t, SecretsPath(data), bytes.Repeat([]byte{8}, token.KeyBytes))
	}})
	if !errors.Is(err, errKeyRotated) || exists(file) {
		t.Errorf("backed up while the key was rotated: %v", err)
	}
}

// TestABackupThatDoesNotFit is refused before anything is written.
func TestABackupThatDoesNotFit(t *testing.T) {
	data, newer := t.TempDir(), filepath.Join(t.TempDir(), "newer")
	var raw bytes.Buffer
	w, err := backup.NewWriter(&raw, "", backup.Manifest{Product: "9.9", Schema: 999})
	if err == nil {
		_, err = w.Close(backup.End{})
	}
	if err = errors.Join(err, os.WriteFile(newer, raw.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := CheckBackup(RestoreOrder{Data: data, From: newer}); err == nil || !strings.Contains(err.Error(), "version 9.9") {
		t.Errorf("of a newer program: %v", err)
	}
	if err := os.MkdirAll(SecretsPath(data), 0o700); err != nil {
		t.Fatal(err)
	}
	keyFile(t, SecretsPath(data), bytes.Repeat([]byte{8}, token.KeyBytes))
	file := backedUp(t, mine)
	if _, err := CheckBackup(RestoreOrder{Data: data, From: file}); err == nil || !strings.Contains(err.Error(), "server.key is there already") {
		t.Errorf("over another key: %v", err)
	}
	if _, err := CheckBackup(RestoreOrder{Data: data, From: file, LinksDie: true}); err != nil {
		t.Errorf("where links die: %v", err)
	}
	if _, err := CheckBackup(RestoreOrder{Data: data, From: filepath.Join(data, "none")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
