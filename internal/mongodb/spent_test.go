package mongodb_test

import (
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// waits are the generations of the links in the queued mails of a kind.
func (s staff) waits(t *testing.T, kind notify.Kind) []int {
	t.Helper()
	cursor, err := s.store.Coll("outbox").Find(t.Context(), bson.D{{Key: "org_id", Value: bson.D{{Key: "$exists", Value: true}}},
		{Key: "kind", Value: kind}, {Key: "state", Value: notify.Queued}})
	if err != nil {
		t.Fatal(err)
	}
	var queued []notify.Message
	if err := cursor.All(t.Context(), &queued); err != nil {
		t.Fatal(err)
	}
	out := make([]int, len(queued))
	for i, m := range queued {
		out[i] = m.Generation
	}
	return out
}

// TestAMailEndsWithItsLink: whatever spends the link of an invitation or a reset cancels
// the mail that waits with it, in its own transaction; the one with the link that is in
// force stays, and so do others' mails.
func TestAMailEndsWithItsLink(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind notify.Kind
		do   func(t *testing.T, s staff, i org.Invitation, u org.User) error
		left []int // of another invitation or user one more, with its first link
	}{
		{"sent anew", notify.Invite, func(t *testing.T, s staff, i org.Invitation, _ org.User) error {
			return s.Resend(t.Context(), s.owner, i.ID)
		}, []int{2}},
		{"taken back", notify.Invite, func(t *testing.T, s staff, i org.Invitation, _ org.User) error {
			return s.Revoke(t.Context(), s.owner, i.ID)
		}, nil},
		{"accepted", notify.Invite, func(t *testing.T, s staff, i org.Invitation, _ org.User) error {
			_, err := s.Accept(t.Context(), i, "新 人", goodPassword, "ja")
			return err
		}, nil},
		{"asked for again", notify.Reset, func(t *testing.T, s staff, _ org.Invitation, u org.User) error {
			return s.AskReset(t.Context(), u.Email, "192.0.2.1")
		}, []int{1, 1}}, // the link that was mailed stays good: it is mailed again
		{"used", notify.Reset, func(t *testing.T, s staff, _ org.Invitation, u org.User) error {
			u, err := s.ResetUser(t.Context(), u.ID)
			if err == nil {
				err = s.Reset(t.Context(), u, "もう一つの、とても長いパスワード")
			}
			return err
		}, nil},
		{"the password is changed", notify.Reset, func(t *testing.T, s staff, _ org.Invitation, u org.User) error {
			u, err := s.store.UserByID(t.Context(), u.ID)
			if err == nil {
				err = s.ChangePassword(t.Context(), org.Account{User: u}, goodPassword, "もう一つの、とても長いパスワード")
			}
			return err
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStaff(t)
			joined := s.invited(t, 9, access.Buyer)
			if _, err := s.Accept(t.Context(), joined, "同 僚", goodPassword, "ja"); err != nil {
				t.Fatal(err)
			}
			invitation := s.invited(t, 1, access.Buyer)
			s.invited(t, 2, access.Buyer)
			for _, email := range []string{s.user.Email, joined.Email} {
				if err := s.AskReset(t.Context(), email, "192.0.2.1"); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(s.waits(t, tt.kind)); n != 2 {
				t.Fatalf("%d mails wait at first, want 2", n)
			}
			if err := tt.do(t, s, invitation, s.user); err != nil {
				t.Fatal(err)
			}
			left := s.waits(t, tt.kind)
			if !slices.Equal(left, append([]int{1}, tt.left...)) {
				t.Errorf("the mails that wait carry links %v, want 1 and %v", left, tt.left)
			}
			n, err := s.store.Coll("outbox").CountDocuments(t.Context(), bson.D{{Key: "org_id", Value: bson.D{{Key: "$exists", Value: true}}},
				{Key: "kind", Value: tt.kind}, {Key: "state", Value: notify.Cancelled}, {Key: "reason", Value: notify.LinkSpent}})
			if want := map[notify.Kind]int64{notify.Invite: 2, notify.Reset: 1}[tt.kind] - int64(len(tt.left)/2); err != nil || n != want {
				t.Errorf("%d are cancelled as spent (%v), want %d", n, err, want)
			}
		})
	}
}
