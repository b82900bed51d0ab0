package mail

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"tsunagi/internal/access"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

func TestMain(m *testing.M) { mongodtest.Run(m) }

// TestTwoSendersOverTheDatabase sends through the real outbox: each invitation
// leaves once, though two senders compete for it.
func TestTwoSendersOverTheDatabase(t *testing.T) {
	t.Parallel()
	c := newClock()
	db := dbtest.OpenAt(t, c.now)
	newID := func() string { return ulid.Make().String() }
	accounts := org.NewService(db.Accounts(), c.now, newID, org.FullCost)
	owner, o, err := accounts.CreateOwner(t.Context(), org.NewOwner{Organization: "サンプル電機株式会社", Name: "大野 美咲",
		Email: "owner@example.jp", Password: "long enough a password", Lang: "ja"})
	if err != nil {
		t.Fatal(err)
	}
	v := access.Viewer{Kind: access.Member, Org: o.ID, User: owner.ID, Name: owner.Name, Roles: []access.Role{access.Owner}}
	const n = 30
	for i := range n {
		if _, err := accounts.Invite(t.Context(), v, org.Invitation{Name: fmt.Sprintf("人 %d", i), Email: fmt.Sprintf("p%02d@example.jp", i), Roles: []access.Role{access.Buyer}}); err != nil {
			t.Fatal(err)
		}
	}
	invitations, err := accounts.Invitations(t.Context(), v)
	if err != nil || len(invitations) != n {
		t.Fatalf("%d invitations, %v", len(invitations), err)
	}
	if err := accounts.Revoke(t.Context(), v, invitations[0].ID); err != nil {
		t.Fatal(err)
	}
	server := startMail(t, &mailServer{}, false)
	outbox := db.Outbox()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var senders sync.WaitGroup
	for range 2 {
		s := testSender(t, outbox, server.client(NoTLS), c)
		senders.Go(func() { s.Run(ctx) })
	}
	counts := map[notify.State]int{}
	for counts[notify.Sent]+counts[notify.Cancelled] < n && ctx.Err() == nil {
		if counts, err = outbox.DeliveryCounts(ctx, v, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // looking takes from what is looked at
	}
	stop()
	senders.Wait()
	to := map[string]int{}
	for _, m := range server.mails() {
		to[m.to]++
	}
	if len(to) != n-1 || len(server.mails()) != n-1 || counts[notify.Cancelled] != 1 {
		t.Errorf("%d mails to %d people, %v; want %d, one each, and the revoked one cancelled", len(server.mails()), len(to), counts, n-1)
	}
}
