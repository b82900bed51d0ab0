package e2e

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/demo"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
	"tsunagi/internal/token"
	"tsunagi/internal/web"
)

// gallery is an installation with the whole demo, and where each page of it is.
type gallery struct {
	*app.App
	t       *testing.T
	owner   access.Viewer
	survey  campaign.Campaign
	draft   campaign.Campaign
	picked  campaign.Campaign
	invited org.Invitation
	users   map[access.Role]string
	full    atomic.Bool // whether the disk is
}

// hang starts an installation that has nothing yet.
func hang(t *testing.T) *gallery {
	t.Helper()
	base, _ := url.Parse(apptest.Base)
	g := &gallery{t: t, users: map[access.Role]string{}}
	free := func() (int64, error) {
		if g.full.Load() {
			return 999_000_000, nil
		}
		return 5 << 30, nil
	}
	a, err := app.New(t.Context(), app.Config{Free: free, MinFree: 1 << 30, DatabaseURI: mongodtest.URI(t), DatabaseName: "g" + ulid.Make().String(), Base: base,
		Mode: web.Demo, ServerKey: bytes.Repeat([]byte{1}, 32), TrailKeys: dbtest.Keys, MailFrom: "tsunagi@example.com", Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = a.DB.Drop(context.Background())
		_ = a.Close(context.Background())
	})
	g.App = a
	return g
}

// furnish loads the demo, and what else there must be for a page to be shown.
func (g *gallery) furnish() {
	g.t.Helper()
	ctx := g.t.Context()
	if err := demo.Load(ctx, g.App); err != nil {
		g.t.Fatal(err)
	}
	cookie, err := g.Accounts.SignIn(ctx, "owner@example.jp", demo.Password, org.From{Address: "192.0.2.1"})
	if err != nil {
		g.t.Fatal(err)
	}
	account, err := g.Accounts.Authenticate(ctx, cookie)
	if err != nil {
		g.t.Fatal(err)
	}
	g.owner = account.Viewer()
	all, _, err := g.Campaigns.List(ctx, g.owner, 1, 10)
	if err != nil || len(all) != 1 {
		g.t.Fatalf("%d campaigns: %v", len(all), err)
	}
	if g.survey, err = g.Campaigns.Get(ctx, g.owner, all[0].ID); err != nil {
		g.t.Fatal(err)
	}
	g.failMail()
	// Shift_JIS has no é: the page that says so is seen, too. Nobody asks it.
	if _, err := g.Suppliers.Save(ctx, g.owner, supplier.Supplier{Code: "L1", Name: "Café Exemple", Lane: supplier.LanePaper, Ended: true}); err != nil {
		g.t.Fatal(err)
	}
	g.draft, g.picked = g.write("来年度の準備", campaign.Audience{All: true}), g.write("一社ずつ選ぶ調査", campaign.Audience{Picked: true})
	until := time.Now().AddDate(0, 6, 0)
	if g.invited, err = g.Accounts.Invite(ctx, g.owner, org.Invitation{Name: "新 人子", Email: "new@example.jp", Roles: []access.Role{access.Auditor}, Until: &until}); err != nil {
		g.t.Fatal(err)
	}
	if err := g.Accounts.AskReset(ctx, "reviewer@example.jp", "192.0.2.1"); err != nil {
		g.t.Fatal(err)
	}
	members, err := g.Accounts.Members(ctx, g.owner)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, m := range members {
		if roles := m.Membership.Roles; len(roles) == 1 {
			g.users[roles[0]] = m.User.ID
		}
	}
	if _, _, err := g.Accounts.CreateOwner(ctx, org.NewOwner{Organization: "架空商事株式会社", Name: "空 一郎", Email: "empty@example.jp", Password: demo.Password, Lang: "ja"}); err != nil {
		g.t.Fatal(err)
	}
}

// failMail lets a mail server have refused a mail of the survey, as the demo's mailbox
// never does.
func (g *gallery) failMail() {
	g.t.Helper()
	ctx := g.t.Context()
	client, err := mongo.Connect(options.Client().ApplyURI(g.DatabaseURI))
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	res, err := client.Database(g.DatabaseName).Collection("outbox").UpdateOne(ctx,
		bson.M{"campaign_id": g.survey.ID, "kind": notify.Request},
		bson.M{"$set": bson.M{"state": notify.Failed, "reply": "554 5.7.1 Relay access denied"}})
	if err != nil || res.ModifiedCount == 0 {
		g.t.Fatalf("fail a mail: %v, %v", res, err)
	}
}

// growTrail gives an organisation a longer trail than is sent at once.
func (g *gallery) growTrail(name string) {
	g.t.Helper()
	ctx := g.t.Context()
	client, err := mongo.Connect(options.Client().ApplyURI(g.DatabaseURI))
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	db := client.Database(g.DatabaseName)
	var of struct {
		ID string `bson:"_id"`
	}
	if err := db.Collection("organizations").FindOne(ctx, bson.M{"name": name}).Decode(&of); err != nil {
		g.t.Fatal(err)
	}
	rows := make([]any, 50_001)
	for n := range rows {
		rows[n] = bson.M{"_id": fmt.Sprintf("0%025d", n), "org_id": of.ID, "at": g.Now(), "action": "user.signed-in"}
	}
	if _, err := db.Collection("audit").InsertMany(ctx, rows); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gallery) write(name string, to campaign.Audience) campaign.Campaign {
	g.t.Helper()
	c := g.survey
	due := calendar.New(nil).Add(g.Now(), 20)
	c, err := g.Campaigns.Create(g.t.Context(), g.owner, campaign.Campaign{Name: name, Purpose: c.Purpose, Necessity: c.Necessity, Contact: c.Contact,
		Questionnaire: c.Questionnaire, Coverage: c.Coverage, StandIn: true, DueAt: calendar.EndOfDay(due), ClosesAt: calendar.EndOfDay(due.AddDate(0, 0, 10)), Audience: to})
	if err != nil {
		g.t.Fatal(err)
	}
	return c
}

// one is the first request in a state, with a certificate if that is wanted.
func (g *gallery) one(state campaign.Response, certified bool) campaign.Assignment {
	g.t.Helper()
	rows, _, err := g.Campaigns.Assignments(g.t.Context(), g.owner, campaign.Filter{Campaign: g.survey.ID, Responses: []campaign.Response{state},
		Sort: "code", Page: 1, Size: 60, Now: g.Now()})
	if err != nil {
		g.t.Fatal(err)
	}
	i := slices.IndexFunc(rows, func(a campaign.Assignment) bool { return len(a.Certificates) > 0 == certified })
	if i < 0 {
		g.t.Fatalf("nobody is %s, certified %v", state, certified)
	}
	return rows[i]
}

// coded is the request of one supplier. In S0025 a certificate was attached and
// nothing submitted yet, which no list of the buyer tells.
func (g *gallery) coded(code string) campaign.Assignment {
	g.t.Helper()
	rows, _, err := g.Campaigns.Assignments(g.t.Context(), g.owner, campaign.Filter{Campaign: g.survey.ID, Sort: "code", Page: 1, Size: 60, Now: g.Now()})
	if err != nil {
		g.t.Fatal(err)
	}
	i := slices.IndexFunc(rows, func(a campaign.Assignment) bool { return a.Code == code })
	if i < 0 {
		g.t.Fatalf("no request of %s", code)
	}
	return rows[i]
}

func (g *gallery) link(a campaign.Assignment) string {
	return "/r/" + g.Keys.Link(token.Answer, a.ID, a.Generation)
}

// templatesOf lists the pages that there are, as the layout names them.
func templatesOf(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	root := filepath.Join("..", "..", "templates", "pages")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(root, path)
			out[strings.TrimSuffix(filepath.ToSlash(name), ".html")] = false
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
