package app

import (
	"bytes"
	"log/slog"
	"os"
	"slices"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
)

// rotating is an installation with a key of its own in a folder, and an organisation.
func rotating(t *testing.T) *App {
	t.Helper()
	db := opened(t)
	a := &App{Config: Config{Secrets: t.TempDir(), Now: Now}, DB: db, Rescue: org.NewRescue(db.Accounts(), Now, NewID)}
	a.Log = slog.New(slog.DiscardHandler)
	if err := a.loadKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	accounts := org.NewService(db.Accounts(), Now, NewID, org.Cost{Passes: 1, Memory: 8})
	if _, _, err := accounts.CreateOwner(t.Context(), org.NewOwner{Organization: "甲社", Name: "例 花子", Email: "owner@example.jp", Password: "毎朝七時に工場を開けます"}); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestRotateServerKey: this process makes links with the new key at once, another of the
// same folder when it looks, and the next start has it; the trail tells.
func TestRotateServerKey(t *testing.T) {
	a := rotating(t)
	before := slices.Clone(a.keyInUse())
	link := a.Keys.Link(token.Answer, "x", 1)
	other := &App{Config: a.Config, DB: a.DB}
	if err := other.useKeyOf(before); err != nil {
		t.Fatal(err)
	}
	if err := a.RotateServerKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	file, err := readServerKey(a.Secrets)
	if err != nil || bytes.Equal(file, before) || !bytes.Equal(file, a.keyInUse()) || a.Keys.Valid(link, token.Answer, "x", 1) {
		t.Errorf("the key is another: %v, %v; the link lives: %v", !bytes.Equal(file, before), err, a.Keys.Valid(link, token.Answer, "x", 1))
	}
	if info, err := os.Stat(ServerKeyPath(a.Secrets)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it lies open: %v %v", info.Mode(), err)
	}
	if err := other.followKey(t.Context()); err != nil || !bytes.Equal(other.keyInUse(), file) {
		t.Errorf("another process goes on with the earlier one: %v", err)
	}
	if key, err := (Config{Secrets: a.Secrets}).serverKey(t.Context(), a.DB); err != nil || !bytes.Equal(key, file) {
		t.Errorf("the next start: %v", err)
	}
	found := 0
	if err := (mongodb.Audit{DB: a.DB}).EachEntry(t.Context(), access.System(organizationOf(t, a), "test"), audit.Filter{}, func(e audit.Entry) error {
		if e.Action == org.ActionOrgServerKey && e.Actor.IsAdministrator() {
			found++
		}
		return nil
	}); err != nil || found != 1 {
		t.Errorf("%d entries, %v", found, err)
	}
}

// useKeyOf is another process with a key.
func (a *App) useKeyOf(key []byte) error {
	a.Log = slog.New(slog.DiscardHandler)
	var err error
	a.Keys, err = token.NewKeys(key)
	a.ServerKey = key
	return err
}

func organizationOf(t *testing.T, a *App) string {
	t.Helper()
	all, err := a.DB.Accounts().Organizations(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d organisations, %v", len(all), err)
	}
	return all[0].ID
}

// TestARotationThatWasKilled: whatever it had done, the next start finds the key of the data.
func TestARotationThatWasKilled(t *testing.T) {
	next := bytes.Repeat([]byte{9}, token.KeyBytes)
	for _, noted := range []bool{false, true} {
		a := rotating(t)
		want := a.keyInUse()
		if err := writeSecret(nextKeyPath(a.Secrets), next); err != nil {
			t.Fatal(err)
		}
		if noted {
			want = next
			if err := noteKey(t.Context(), a.DB, a.Rescue, next); err != nil {
				t.Fatal(err)
			}
		}
		key, err := (Config{Secrets: a.Secrets}).serverKey(t.Context(), a.DB)
		if err != nil || !bytes.Equal(key, want) {
			t.Errorf("noted %v: the start has the right key: %v, %v", noted, bytes.Equal(key, want), err)
		}
		if err := a.RotateServerKey(t.Context()); err != nil {
			t.Errorf("noted %v: once more: %v", noted, err)
		}
		if exists(nextKeyPath(a.Secrets)) {
			t.Errorf("noted %v: the next key is left", noted)
		}
	}
}
