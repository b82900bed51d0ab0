package mongodb_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/account"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/org"
)

const goodPassword = "とても長い文のパスワードです"

// staff are the rules about accounts over a real database, with an owner.
type staff struct {
	*org.Service
	store account.Org
	owner access.Viewer
	user  org.User
}

func newStaff(t *testing.T) staff {
	t.Helper()
	store := dbtest.Open(t).Accounts()
	s := staff{store: store, Service: org.NewService(store, now, newULID, org.Cost{Passes: 1, Memory: 8})}
	u, o, err := s.CreateOwner(t.Context(), org.NewOwner{Organization: "甲社", Name: "所 有者", Email: "owner@example.jp", Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	s.user, s.owner = u, access.Viewer{Kind: access.Member, Org: o.ID, User: u.ID, Name: u.Name, Roles: []access.Role{access.Owner}}
	return s
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// invited gives the nth open invitation.
func (s staff) invited(t *testing.T, n int, roles ...access.Role) org.Invitation {
	t.Helper()
	i, err := s.Invite(t.Context(), s.owner, org.Invitation{Name: "招 待", Email: fmt.Sprintf("guest%d@example.jp", n), Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func entryOf(v access.Viewer) audit.Entry { return audit.Entry{ID: newULID(), Org: v.Org} }

// TestRulesOfAccountsHoldAtTheSameMoment does each thing twenty times at once.
func TestRulesOfAccountsHoldAtTheSameMoment(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, s staff) func(ctx context.Context, i int) error
		refused []fault.Kind
		want    int
	}{
		{"a password is guessed", func(_ *testing.T, s staff) func(context.Context, int) error {
			return func(ctx context.Context, _ int) error {
				_, err := s.SignIn(ctx, "owner@example.jp", "wrong", org.From{Address: "192.0.2.1"})
				if fault.KindOf(err) == fault.Invalid {
					return nil // it was judged
				}
				return err
			}
		}, []fault.Kind{fault.TooMany}, 10},
		{"a reset link is used", func(t *testing.T, s staff) func(context.Context, int) error {
			if err := s.AskReset(t.Context(), "owner@example.jp", "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
			u, err := s.ResetUser(t.Context(), s.user.ID)
			if err != nil {
				t.Fatal(err)
			}
			return func(ctx context.Context, i int) error { return s.Reset(ctx, u, fmt.Sprintf("%s%d", goodPassword, i)) }
		}, []fault.Kind{fault.Gone}, 1},
		{"a password is changed", func(_ *testing.T, s staff) func(context.Context, int) error {
			return func(ctx context.Context, i int) error {
				return s.ChangePassword(ctx, org.Account{User: s.user}, goodPassword, fmt.Sprintf("%s%d", goodPassword, i))
			}
		}, []fault.Kind{fault.Conflict, fault.TooMany}, 1},
		{"an invitation is accepted", func(t *testing.T, s staff) func(context.Context, int) error {
			i := s.invited(t, 0, access.Buyer)
			return func(ctx context.Context, _ int) error {
				_, err := s.Accept(ctx, i, "招 待", goodPassword, "ja")
				return err
			}
		}, []fault.Kind{fault.Gone, fault.Conflict, fault.TooMany}, 1},
		{"an invitation is sent again", func(t *testing.T, s staff) func(context.Context, int) error {
			i := s.invited(t, 0, access.Buyer)
			return func(ctx context.Context, _ int) error {
				return s.store.ChangeInvitation(ctx, org.Renew(i, now()), i.Generation, entryOf(s.owner), nil)
			}
		}, []fault.Kind{fault.Conflict}, 1},
		{"an invitation is accepted and sent again", func(t *testing.T, s staff) func(context.Context, int) error {
			i := s.invited(t, 0, access.Buyer)
			return func(ctx context.Context, n int) error {
				if n%2 == 0 {
					return s.store.ChangeInvitation(ctx, org.Renew(i, now()), i.Generation, entryOf(s.owner), nil)
				}
				_, err := s.Accept(ctx, i, "招 待", goodPassword, "ja")
				return err
			}
		}, []fault.Kind{fault.Gone, fault.Conflict, fault.TooMany}, 1},
		{"owners give up", func(t *testing.T, s staff) func(context.Context, int) error {
			owners := []string{s.user.ID}
			for n := range dbtest.Clicks - 1 {
				i := s.invited(t, n, access.Owner, access.Reviewer)
				if _, err := s.Accept(t.Context(), i, "所 有", goodPassword, "ja"); err != nil {
					t.Fatal(err)
				}
				u, err := s.store.UserByEmail(t.Context(), i.Email)
				if err != nil {
					t.Fatal(err)
				}
				owners = append(owners, u.ID)
			}
			return func(ctx context.Context, i int) error {
				if i%2 == 0 {
					return s.RemoveMember(ctx, s.owner, owners[i])
				}
				return s.ChangeMember(ctx, s.owner, owners[i], []access.Role{access.Buyer, access.Reviewer}, nil)
			}
		}, []fault.Kind{fault.Invalid}, dbtest.Clicks - 1},
		{"owners are locked", func(t *testing.T, s staff) func(context.Context, int) error {
			emails := []string{s.user.Email}
			for n := range dbtest.Clicks - 1 {
				i := s.invited(t, n, access.Owner)
				if _, err := s.Accept(t.Context(), i, "所 有", goodPassword, "ja"); err != nil {
					t.Fatal(err)
				}
				emails = append(emails, i.Email)
			}
			rescue := org.NewRescue(s.store, now, newULID)
			return func(ctx context.Context, i int) error {
				_, err := rescue.Lock(ctx, emails[i])
				if err != nil && strings.Contains(err.Error(), "is the last owner of 甲社") {
					return fault.New(fault.Invalid, "").Because(err)
				}
				return err
			}
		}, []fault.Kind{fault.Invalid}, dbtest.Clicks - 1},
		{"an organisation of a name is made", func(_ *testing.T, s staff) func(context.Context, int) error {
			return func(ctx context.Context, i int) error {
				_, _, err := s.CreateOwner(ctx, org.NewOwner{Organization: "乙社", Name: "所 有者", Email: fmt.Sprintf("o%d@example.jp", i), Password: goodPassword, ByHand: true})
				return err
			}
		}, []fault.Kind{fault.Conflict}, 1},
		{"a mail with a reset link is asked for", func(_ *testing.T, s staff) func(context.Context, int) error {
			return func(ctx context.Context, _ int) error { return s.AskReset(ctx, "owner@example.jp", "192.0.2.1") }
		}, []fault.Kind{fault.TooMany}, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStaff(t)
			do := tt.prepare(t, s)
			got := dbtest.AtOnce(t, func(i int) error { return do(t.Context(), i) }, tt.refused...)
			if got != tt.want {
				t.Errorf("%d of %d took effect, want %d", got, dbtest.Clicks, tt.want)
			}
		})
	}
}

// TestABudgetIsSharedByProcesses spends at once from two processes on one database: what
// is in the bucket passes, and comes back with time.
func TestABudgetIsSharedByProcesses(t *testing.T) {
	store := newPeople(t).db
	processes := []*mongodb.DB{store, dbtest.Again(t, store)}
	spend := func(i int) error { return processes[i%2].Spend(t.Context(), budget.Present.By("u1")) }
	if got := dbtest.AtOnce(t, spend, fault.TooMany); got != 10 {
		t.Errorf("%d guesses passed, want 10", got)
	}
	if err := store.Spend(t.Context(), budget.Present.By("u2")); err != nil {
		t.Errorf("another actor: %v", err)
	}
	if err := store.Spend(t.Context(), budget.Joining.By("u1")); err != nil {
		t.Errorf("another kind: %v", err)
	}
	if err := store.Refund(t.Context(), budget.Present.By("u1")); err != nil {
		t.Fatal(err)
	}
	if got := dbtest.AtOnce(t, spend, fault.TooMany); got != 1 {
		t.Errorf("%d guesses passed after one was given back, want 1", got)
	}
	back := bson.D{{Key: "$set", Value: bson.D{{Key: "at", Value: now().Add(-15*time.Minute/2 - time.Second)}}}}
	if _, err := store.Raw("budgets").UpdateMany(t.Context(), bson.D{}, back); err != nil {
		t.Fatal(err)
	}
	if got := dbtest.AtOnce(t, spend, fault.TooMany); got != 5 {
		t.Errorf("%d guesses passed after half of the time, want 5", got)
	}
	ahead := bson.D{{Key: "$set", Value: bson.D{{Key: "at", Value: now().Add(26 * time.Hour)}}}}
	if _, err := store.Raw("budgets").UpdateMany(t.Context(), bson.D{}, ahead); err != nil {
		t.Fatal(err)
	}
	if err := store.Spend(t.Context(), budget.Present.By("u1")); fault.KindOf(err) != fault.TooMany {
		t.Errorf("after the clock was put back: %v", err)
	}
}

// TestARefusedGuessCostsNobodyElse: what is refused at one bucket takes nothing from those
// before it, which others share.
func TestARefusedGuessCostsNobodyElse(t *testing.T) {
	store := newPeople(t).db
	shared, own := budget.Network.By("192.0.2.7"), budget.Account.By("a@example.jp")
	for range budget.Account.Traits().Most {
		if err := store.Spend(t.Context(), own); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 * budget.Network.Traits().Most {
		if err := store.Spend(t.Context(), shared, own); fault.KindOf(err) != fault.TooMany {
			t.Fatalf("an empty bucket: %v", err)
		}
	}
	if err := store.Spend(t.Context(), shared); err != nil {
		t.Errorf("another in the same network: %v", err)
	}
}
