package mongodb_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"tsunagi/internal/access"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/supplier"
)

// TestDirectoryStaysTrueWhileSuppliersCome: whoever reads first counts, whoever adds
// meanwhile is counted once, and another organisation sees nothing of it.
func TestDirectoryStaysTrueWhileSuppliersCome(t *testing.T) {
	campaigns, _ := campaigns(t)
	store := mongodb.Suppliers(campaigns)
	const before, added = 20, 12
	directory(t, campaigns, "o1", before, nil)
	rules := supplier.NewService(store, func() time.Time { return issueDay }, func() string { return ulid.Make().String() })
	var all sync.WaitGroup
	for i := range added {
		all.Go(func() {
			one := supplier.Supplier{Code: fmt.Sprintf("N%03d", i), Name: "架空工業株式会社", Lang: "ja", Lane: supplier.LanePaper, Tags: []string{fmt.Sprintf("札%d", i%3)}}
			if _, err := rules.Save(t.Context(), mailOwner, one); err != nil {
				t.Errorf("add %s: %v", one.Code, err)
			}
		})
		all.Go(func() {
			if _, err := store.Directory(t.Context(), mailOwner); err != nil {
				t.Errorf("read: %v", err)
			}
		})
	}
	all.Wait()
	d, err := store.Directory(t.Context(), mailOwner)
	if err != nil || d.Total != before+added {
		t.Errorf("total %d (%v), want %d", d.Total, err, before+added)
	}
	if want := []string{"図面", "札0", "札1", "札2"}; !slices.Equal(d.Tags, want) {
		t.Errorf("tags %v, want %v", d.Tags, want)
	}
	for _, v := range []access.Viewer{{}, {Kind: access.Member, Org: "o2", User: "u9", Roles: []access.Role{access.Owner}}} {
		if d, err := store.Directory(t.Context(), v); err != nil || d.Total != 0 || len(d.Tags) != 0 {
			t.Errorf("seen by %q: %+v (%v)", v.Org, d, err)
		}
	}
}

// TestTheFirstCountMissesNobody: a supplier that is being added while somebody counts a
// directory for the first time is in the number, although neither sees the other's write.
func TestTheFirstCountMissesNobody(t *testing.T) {
	campaigns, _ := campaigns(t)
	store := mongodb.Suppliers(campaigns)
	directory(t, campaigns, "o1", 3, nil)
	var counted sync.Once
	err := store.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := store.Raw("suppliers").InsertOne(ctx, supplier.Supplier{ID: "new", Org: "o1", Code: "new"}); err != nil {
			return err
		}
		counted.Do(func() {
			if _, err := store.Directory(t.Context(), mailOwner); err != nil {
				t.Errorf("count: %v", err)
			}
		})
		return store.KeepStock(ctx, "o1", 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	if d, err := store.Directory(t.Context(), mailOwner); err != nil || d.Total != 4 {
		t.Errorf("%d are counted, there are 4 (%v)", d.Total, err)
	}
}
