package templates

import (
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/locale"
)

func TestOptionsComeInTheOrderOfTheRule(t *testing.T) {
	catalog, err := locale.Load(FS)
	if err != nil {
		t.Fatal(err)
	}
	p := catalog.For("ja")
	got, err := options(p, access.Roles, "access.role.", "users.role-hint-")
	if err != nil || len(got) != len(access.Roles) {
		t.Fatalf("%d options of %d roles: %v", len(got), len(access.Roles), err)
	}
	for i, role := range access.Roles {
		want := option{string(role), p.T("access.role." + string(role)), p.T("users.role-hint-" + string(role))}
		if got[i] != want {
			t.Errorf("option %d is %+v, want %+v", i, got[i], want)
		}
	}
	if got, err := options(p, access.Roles[:1], "access.role.", ""); err != nil || got[0].Hint != "" {
		t.Errorf("without hints: %+v, %v", got, err)
	}
	if _, err := options(p, "owner", "access.role.", ""); err == nil {
		t.Error("a word gives options")
	}
}
