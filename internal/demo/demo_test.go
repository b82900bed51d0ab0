package demo_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"testing"

	"github.com/oklog/ulid/v2"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/campaign"
	"tsunagi/internal/demo"
	"tsunagi/internal/evidence"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
	"tsunagi/internal/web"
)

func TestMain(m *testing.M) { mongodtest.Run(m) }

func empty(t *testing.T) *app.App {
	t.Helper()
	base, _ := url.Parse("http://127.0.0.1:8080")
	a, err := app.New(t.Context(), app.Config{DatabaseURI: mongodtest.URI(t), DatabaseName: "d" + ulid.Make().String(), Base: base,
		Mode: web.Demo, ServerKey: bytes.Repeat([]byte{1}, 32), TrailKeys: dbtest.Keys, MailFrom: "tsunagi@example.com", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = a.DB.Drop(context.Background())
		_ = a.Close(context.Background())
	})
	return a
}

// standing is what the buyer sees of the loaded demo.
func standing(t *testing.T, a *app.App) (counts campaign.Counts, rows []campaign.Assignment) {
	t.Helper()
	cookie, err := a.Accounts.SignIn(t.Context(), "buyer@example.jp", demo.Password, org.From{Address: "192.0.2.1"})
	if err != nil {
		t.Fatalf("sign in as the demo's buyer: %v", err)
	}
	account, err := a.Accounts.Authenticate(t.Context(), cookie)
	if err != nil {
		t.Fatal(err)
	}
	v := account.Viewer()
	all, _, err := a.Campaigns.List(t.Context(), v, 1, 50)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d campaigns (%v)", len(all), err)
	}
	if counts, err = a.Campaigns.Counts(t.Context(), v, all[0].ID, a.Now()); err != nil {
		t.Fatal(err)
	}
	rows, _, err = a.Campaigns.Assignments(t.Context(), v, campaign.Filter{Campaign: all[0].ID, Page: 1, Size: 100, Now: a.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return counts, rows
}

func TestTheDemoShowsEveryState(t *testing.T) {
	a := empty(t)
	if err := demo.Load(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	counts, rows := standing(t, a)
	for _, r := range []campaign.Response{campaign.NotStarted, campaign.Answering, campaign.Submitted, campaign.InReview, campaign.Accepted, campaign.Returned, campaign.Declined} {
		if counts.Response[r] == 0 {
			t.Errorf("nobody is %s", r)
		}
	}
	if counts.Delivery[campaign.DeliveryOpened] == 0 || counts.Delivery[campaign.DeliverySent] == 0 {
		t.Errorf("deliveries: %v", counts.Delivery)
	}
	again, soon, validity := 0, 0, map[evidence.Validity]int{}
	for _, row := range rows {
		if row.Revision > 1 {
			again++
		}
		for _, c := range row.Certificates {
			validity[c.Validity]++
			if c.ExpiresOn != nil && c.ExpiresOn.Before(a.Now().AddDate(0, 0, 90)) {
				soon++
			}
		}
	}
	if again == 0 || soon == 0 || validity[evidence.Verified] == 0 || validity[evidence.Rejected] == 0 || validity[evidence.Unverified] == 0 {
		t.Errorf("second revisions %d, certificates that end soon %d, found %v", again, soon, validity)
	}
	holds(t, a)
}

// holds fails where the trail or a record of the demo is not as it was written: whoever
// tries audit verify first does so on the demo.
func holds(t *testing.T, a *app.App) {
	t.Helper()
	chains := a.DB.Chains()
	heads, err := chains.Organizations(t.Context())
	if err != nil || len(heads) != 1 {
		t.Fatalf("%d organisations, %v", len(heads), err)
	}
	of := heads[0].Org
	if found, err := chains.Verify(t.Context(), of); err != nil || len(found.Apart) > 0 {
		t.Errorf("the trail: %v, %v", err, found.Apart)
	}
	n, err := chains.Records(t.Context(), of, func(err error) { t.Error(err) })
	if err != nil || n.Submissions == 0 || n.Files == 0 {
		t.Errorf("%d submissions and %d files, %v", n.Submissions, n.Files, err)
	}
}

// TestWhatWasServedIsKept: a half-loaded demo that was served in earnest is not
// cleared away by the next demo.
func TestWhatWasServedIsKept(t *testing.T) {
	a := empty(t)
	if err := a.DB.SetMark(t.Context(), "demo", "loading"); err != nil {
		t.Fatal(err)
	}
	v, err := demo.LoadPeople(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.NoteServed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := demo.Load(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if o, err := a.Accounts.Organization(t.Context(), v); err != nil || o.ID != v.Org {
		t.Errorf("the organisation is gone: %v", err)
	}
}

// TestTheDemoLoadsOnce: a second start keeps what people did, and a start that was
// killed while it loaded leaves no half of a demo.
func TestTheDemoLoadsOnce(t *testing.T) {
	a := empty(t)
	ctx, kill := context.WithCancel(t.Context())
	if err := a.DB.SetMark(t.Context(), "demo", "loading"); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.LoadPeople(t.Context(), a); err != nil { // so far it got
		t.Fatal(err)
	}
	kill()
	if err := demo.Load(ctx, a); err == nil {
		t.Fatal("loaded although it was killed")
	}
	if err := demo.Load(t.Context(), a); err != nil {
		t.Fatalf("after a kill: %v", err)
	}
	before, _ := standing(t, a)
	if err := demo.Load(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if after, _ := standing(t, a); after.Total != before.Total || before.Total != 60 {
		t.Errorf("%d requests, then %d", before.Total, after.Total)
	}
}

// Every field of a supplier is shown somewhere in the demo.
func TestTheDemoHasEveryFieldOfASupplier(t *testing.T) {
	a := empty(t)
	v := access.Viewer{Kind: access.Member, Org: "o", User: "u", Roles: []access.Role{access.Owner}}
	if err := demo.LoadSuppliers(t.Context(), a, v); err != nil {
		t.Fatal(err)
	}
	rows, _, err := a.Suppliers.List(t.Context(), v, supplier.Filter{Size: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range supplier.Fields() {
		if !slices.ContainsFunc(rows, func(s supplier.Supplier) bool {
			value := s.Value(f.Key)
			return value != "" && (value != "no" || f.Control == supplier.Radios)
		}) {
			t.Errorf("no supplier of %d has the field %s", len(rows), f.Key)
		}
	}
}
