package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb"
)

// The head is noted in the file and in the log when it has moved, and where the chain
// does not hold what was noted, that is said and nothing more is noted.
func TestTheHeadIsAnchored(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trail.anchors")
	a := apptest.NewWith(t, func(cfg *app.Config) { cfg.AnchorFile = file })
	add := func() {
		t.Helper()
		e := audit.New(access.System(a.Owner.Org, "x"), app.NewID(), a.Now(), "x.y", audit.Ref{Kind: "x", ID: "1"})
		if err := (mongodb.Audit{DB: a.DB}).Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		for n := 1; n > 0; {
			var err error
			if n, err = a.Sealing().Once(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	noted := func() (all []audit.Anchor) {
		t.Helper()
		if err := app.EachAnchor(file, func(a audit.Anchor) error { all = append(all, a); return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	add()
	anchoring := a.Anchoring()
	for range 2 {
		if err := anchoring.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	add()
	if err := a.Anchoring().Once(t.Context()); err != nil { // after a new start
		t.Fatal(err)
	}
	all := noted()
	if len(all) != 2 || all[1].Seq != all[0].Seq+1 || all[0].Org != a.Owner.Org || !strings.Contains(a.Log.String(), all[1].Line()) {
		t.Fatalf("noted %+v\n%s", all, a.Log)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	raw := a.DB.Chains().DB
	if _, err := raw.Collection("audit_heads").DeleteMany(t.Context(), bson.D{{Key: "_id", Value: a.Owner.Org}}); err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Collection("audit").DeleteMany(t.Context(), bson.D{{Key: "org_id", Value: a.Owner.Org}}); err != nil {
		t.Fatal(err)
	}
	add()
	if err := a.Anchoring().Once(t.Context()); err == nil || !strings.Contains(err.Error(), "tampered") || len(noted()) != 2 {
		t.Errorf("after a truncation: %v, %d noted", err, len(noted()))
	}
}
