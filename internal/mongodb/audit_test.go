package mongodb_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/work"
)

// trail is a trail with n sealed entries of each organisation named; those of o1
// have the ids a01, a02 …
func trail(t *testing.T, n int, orgs ...string) mongodb.Audit {
	t.Helper()
	s := mongodb.Audit{DB: dbtest.Open(t)}
	for i := 1; i <= n; i++ {
		for _, org := range orgs {
			v := access.Viewer{Kind: access.Member, Org: org, User: "u1", Name: "大野", Roles: []access.Role{access.Owner}}
			id := fmt.Sprintf("a%02d", i)
			if org != "o1" {
				id = org + id
			}
			e := audit.New(v, id, after(i), "supplier.changed", audit.Ref{Kind: "supplier", ID: "s1", Name: "架空精工"},
				audit.Detail{Key: "code", Value: fmt.Sprint("C", i)})
			if i%2 == 0 {
				e = e.In("c1")
			}
			if err := s.Add(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	seal(t, s)
	return s
}

func seal(t *testing.T, s mongodb.Audit) {
	t.Helper()
	for {
		n, err := sealing(s).Once(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestVerifyNamesTheFirstBrokenRow(t *testing.T) {
	of := func(id string) bson.D { return bson.D{{Key: "_id", Value: id}} }
	for _, tt := range []struct {
		name   string
		damage func(t *testing.T, s mongodb.Audit)
		want   audit.Break
	}{
		{"a detail altered", func(t *testing.T, s mongodb.Audit) {
			change(t, s, "audit", of("a04"), bson.D{{Key: "details.0.value", Value: "C9"}})
		}, audit.Break{Seq: 4, EntryID: "a04", Reason: "altered"}},
		{"somebody else's name", func(t *testing.T, s mongodb.Audit) {
			change(t, s, "audit", of("a02"), bson.D{{Key: "actor.name", Value: "別人"}})
			change(t, s, "audit", of("a05"), bson.D{{Key: "actor.name", Value: "別人"}})
		}, audit.Break{Seq: 2, EntryID: "a02", Reason: "altered"}},
		{"another time", func(t *testing.T, s mongodb.Audit) {
			change(t, s, "audit", of("a01"), bson.D{{Key: "at", Value: after(99)}})
		}, audit.Break{Seq: 1, EntryID: "a01", Reason: "altered"}},
		{"moved out of an auditor's campaign", func(t *testing.T, s mongodb.Audit) {
			change(t, s, "audit", of("a02"), bson.D{{Key: "campaign_id", Value: "c2"}})
		}, audit.Break{Seq: 2, EntryID: "a02", Reason: "altered"}},
		{"one removed", func(t *testing.T, s mongodb.Audit) { remove(t, s, "audit", of("a03")) },
			audit.Break{Seq: 3, EntryID: "a04", Reason: "missing"}},
		{"the first removed", func(t *testing.T, s mongodb.Audit) { remove(t, s, "audit", of("a01")) },
			audit.Break{Seq: 1, EntryID: "a02", Reason: "missing"}},
		{"the last removed", func(t *testing.T, s mongodb.Audit) { remove(t, s, "audit", of("a06")) },
			audit.Break{Seq: 6, Reason: "short"}},
		{"one put in between", func(t *testing.T, s mongodb.Audit) {
			put := audit.Entry{ID: "forged", Org: "o1", Seal: &audit.Seal{Seq: 3, Prev: "x", Hash: "y"}}
			if _, err := s.Raw("audit").InsertOne(t.Context(), put); err != nil {
				t.Fatal(err)
			}
		}, audit.Break{Seq: 4, EntryID: "forged", Reason: "missing"}},
		{"the head removed", func(t *testing.T, s mongodb.Audit) { remove(t, s, "audit_heads", of("o1")) },
			audit.Break{Seq: 1, EntryID: "a01", Reason: "beyond-head"}},
		{"the head put back, so that later rows do not count", func(t *testing.T, s mongodb.Audit) {
			var row audit.Entry
			if err := s.Raw("audit").FindOne(t.Context(), of("a03")).Decode(&row); err != nil {
				t.Fatal(err)
			}
			change(t, s, "audit_heads", of("o1"), bson.D{{Key: "seq", Value: row.Seal.Seq}, {Key: "hash", Value: row.Seal.Hash}})
		}, audit.Break{Seq: 4, EntryID: "a04", Reason: "beyond-head"}},
		{"all but the head removed", func(t *testing.T, s mongodb.Audit) { remove(t, s, "audit", bson.D{{Key: "org_id", Value: "o1"}}) },
			audit.Break{Seq: 1, Reason: "short"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := trail(t, 6, "o1", "o2")
			if found, err := s.Verify(t.Context(), "o1"); found.Rows != 6 || found.Waiting != 0 || err != nil {
				t.Fatalf("before: %+v, %v", found, err)
			}
			tt.damage(t, s)
			_, err := s.Verify(t.Context(), "o1")
			var broken *audit.Break
			if !errors.As(err, &broken) {
				t.Fatalf("got %v, want a break", err)
			}
			if broken.Seq != tt.want.Seq || broken.Reason != tt.want.Reason || tt.want.Reason != "missing" && broken.EntryID != tt.want.EntryID {
				t.Errorf("got %+v, want %+v", *broken, tt.want)
			}
			if found, err := s.Verify(t.Context(), "o2"); found.Rows != 6 || err != nil {
				t.Errorf("the other organisation's chain: %+v, %v", found, err)
			}
			orgs, err := s.Chains().Organizations(t.Context())
			if err != nil || len(orgs) != 2 || orgs[0].Org != "o1" || orgs[1].Org != "o2" {
				t.Errorf("chains to verify: %v, %v", orgs, err)
			}
		})
	}
}

func change(t *testing.T, s mongodb.Audit, collection string, filter, fields bson.D) {
	t.Helper()
	if res, err := s.Raw(collection).UpdateOne(t.Context(), filter, bson.D{{Key: "$set", Value: fields}}); err != nil || res.ModifiedCount != 1 {
		t.Fatalf("change %v: %v %v", filter, res, err)
	}
}

func remove(t *testing.T, s mongodb.Audit, collection string, filter bson.D) {
	t.Helper()
	if res, err := s.Raw(collection).DeleteMany(t.Context(), filter); err != nil || res.DeletedCount == 0 {
		t.Fatalf("remove %v: %v %v", filter, res, err)
	}
}

// Several sealers beside writers and verifiers: one chain without gaps, and never
// a false alarm.
func TestSealersShareOneChain(t *testing.T) {
	s := trail(t, 1, "o1")
	var sealers, others sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		sealers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, _ = sealing(s).Once(t.Context()) // one of two at once is undone
			}
		})
	}
	others.Go(func() {
		for i := range 60 {
			if err := s.Add(t.Context(), audit.New(mailOwner, newULID(), after(i), "x.y", audit.Ref{Kind: "x", ID: "1"})); err != nil {
				t.Error(err)
			}
		}
	})
	others.Go(func() {
		for range 30 {
			if _, err := s.Verify(t.Context(), "o1"); err != nil {
				t.Errorf("a false alarm: %v", err)
				return
			}
		}
	})
	others.Wait()
	close(stop)
	sealers.Wait()
	seal(t, s)
	if found, err := s.Verify(t.Context(), "o1"); found.Rows != 61 || found.Waiting != 0 || len(found.Apart) > 0 || err != nil {
		t.Errorf("%+v, %v; want 61 rows, none waiting", found, err)
	}
}

func TestTrailIsItsOrganisations(t *testing.T) {
	s := trail(t, 4, "o1", "o2")
	auditor := func(campaigns ...string) access.Viewer {
		return access.Viewer{Kind: access.Member, Org: "o1", User: "u9", Roles: []access.Role{access.Auditor}, Campaigns: campaigns}
	}
	for _, tt := range []struct {
		name string
		v    access.Viewer
		want int
	}{
		{"its owner", mailOwner, 4}, {"nobody", access.Viewer{}, 0}, {"without an organisation", access.Viewer{Kind: access.Member, User: "u1", Roles: []access.Role{access.Owner}}, 0},
		{"an auditor of everything", auditor(), 4}, {"an auditor of c1", auditor("c1"), 2}, {"an auditor of another campaign", auditor("c9"), 0},
		{"an auditor of no campaign", access.Viewer{Kind: access.Member, Org: "o1", User: "u9", Roles: []access.Role{access.Auditor}, Campaigns: []string{}}, 0},
		{"a supplier of another campaign", access.Supplier("o1", "c9:s1", 1, "架空"), 0},
	} {
		for _, f := range []audit.Filter{{Size: 50}, {Record: "s1", Size: 50}} {
			page, err := s.Trail(t.Context(), tt.v, f)
			rows, more := page.Entries, page.Older
			if err != nil || len(rows) != tt.want || more {
				t.Errorf("%s sees %d rows of %d, %v", tt.name, len(rows), tt.want, err)
			}
			for _, e := range rows {
				if e.Org != "o1" {
					t.Errorf("%s sees %+v", tt.name, e)
				}
			}
		}
	}
	if page, err := s.Trail(t.Context(), auditor("c1"), audit.Filter{Campaign: "c9", Size: 50}); err != nil || len(page.Entries) != 0 {
		t.Errorf("filtered by another campaign: %v %v", page, err)
	}
	first, err := s.Trail(t.Context(), mailOwner, audit.Filter{Size: 3})
	if err != nil || !first.Older || first.Newer || len(first.Entries) != 3 || first.Entries[0].ID != "a04" {
		t.Errorf("the first page: %+v %v", first, err)
	}
	second, err := s.Trail(t.Context(), mailOwner, audit.Filter{Before: first.Next(), Size: 3})
	if err != nil || second.Older || !second.Newer || len(second.Entries) != 1 || second.Entries[0].ID != "a01" {
		t.Errorf("the second page: %+v %v", second, err)
	}
	back, err := s.Trail(t.Context(), mailOwner, audit.Filter{After: second.Previous(), Size: 3})
	if err != nil || back.Newer || !back.Older || len(back.Entries) != 3 || back.Entries[0].ID != "a04" {
		t.Errorf("back on the first page: %+v %v", back, err)
	}
}

func sealing(s mongodb.Audit) *work.Sealing {
	return &work.Sealing{Store: s.Chains(), Keys: dbtest.Keys, Now: time.Now}
}
