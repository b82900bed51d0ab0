package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/supplier"
)

// TestAFullDisk: while there is little room nothing is begun that takes much of it, whoever
// asks; it says why, leaves nothing behind, and goes on by itself once there is room.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	var free atomic.Int64
	free.Store(5e9)
	env := apptest.NewWith(t, func(cfg *app.Config) {
		cfg.Free, cfg.MinFree = func() (int64, error) { return free.Load(), nil }, 5e8
	})
	one, err := env.Suppliers.Save(t.Context(), env.Owner, supplier.Supplier{Code: "G1", Name: "架空精工株式会社", Email: "g1@example.jp"})
	if err != nil {
		t.Fatal(err)
	}
	owner, buyer := env.As(access.Owner), env.As(access.Buyer)
	list := func() (int, string) {
		res := buyer.Upload("/suppliers/import", nil, "file", "list.csv", []byte("取引先コード,取引先名,メール\nG2,例示工業株式会社,g2@example.jp\n"))
		return res.Code, res.Body.String() + res.Header().Get("Location")
	}
	_, imported := list()
	free.Store(1e8)
	refused := map[string]func() (int, string){
		"an import": list,
		"its start": func() (int, string) {
			res := buyer.Post(imported+"/start", url.Values{})
			return res.Code, res.Body.String()
		},
	}
	for _, path := range []string{"/campaigns/x/issue", "/campaigns/x/resume", "/campaigns/x/documents", "/documents"} {
		refused[path] = func() (int, string) {
			res := buyer.Post(path, url.Values{})
			return res.Code, res.Body.String()
		}
	}
	before := count(t, env, "imports")
	for name, ask := range refused {
		if code, text := ask(); code != http.StatusServiceUnavailable || !strings.Contains(text, "残り少ない") {
			t.Errorf("%s with a full disk: %d, want 503 with the reason", name, code)
		}
	}
	if n := count(t, env, "imports"); n != before {
		t.Errorf("%d imports, before %d", n, before)
	}
	if res := buyer.Post("/suppliers/edit/"+one.ID, url.Values{"code": {"G1"}, "name": {"架空精機株式会社"}, "email": {"g1@example.jp"}}); res.Code != http.StatusSeeOther {
		t.Errorf("a change of a few bytes: %d", res.Code)
	}
	if text := owner.Page("/").Find(".concern").Text(); !strings.Contains(text, "100 MB") || !strings.Contains(text, "500 MB") {
		t.Errorf("home tells the owner %q", text)
	}
	if n := buyer.Page("/").Find(".concern").Length(); n != 0 {
		t.Error("the disk is shown to people who can do nothing about it")
	}
	if res := owner.Inside("/readyz"); res.Code != http.StatusOK || !strings.Contains(res.Body.String(), "disk of --data: 100 MB left") {
		t.Errorf("/readyz: %d %s", res.Code, res.Body)
	}
	free.Store(5e9)
	if code, text := list(); code != http.StatusSeeOther {
		t.Errorf("with room again: %d %s", code, text)
	}
	if n := owner.Page("/").Find(".concern").Length(); n != 0 {
		t.Error("home still tells of the disk")
	}
}

func count(t *testing.T, env *apptest.Env, collection string) int64 {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(env.DatabaseURI))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	everything := bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: bson.MinKey{}}}}}
	n, err := client.Database(env.DatabaseName).Collection(collection).CountDocuments(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAClockThatIsWrong is told on the home page of whoever runs the installation, and on
// /readyz; another server key makes the process unready.
func TestAClockThatIsWrong(t *testing.T) {
	t.Parallel()
	env := apptest.New(t)
	owner := env.As(access.Owner)
	if d := apptest.Details(t, owner.Inside("/readyz")); d.Status != "ready" || d.Sentence() != "ready: mail is unset (the built-in mailbox takes what would leave); backup is unset (no backup was made by tsunagi backup)" {
		t.Errorf("/readyz: %+v", d)
	}
	wrong := apptest.NewAt(t, func() time.Time { return app.Now().Add(-24 * time.Hour) })
	wrong.LookAtMachine(t.Context())
	if res := wrong.Browser().Inside("/readyz"); res.Code != http.StatusOK || !strings.Contains(res.Body.String(), "our clock differs") {
		t.Errorf("/readyz: %d %s", res.Code, res.Body)
	}
	if text := wrong.As(access.Owner).Page("/").Find(".concern").Text(); !strings.Contains(text, "時計") {
		t.Errorf("home tells the owner %q", text)
	}
	if !strings.Contains(wrong.Log.String(), "clock") {
		t.Error("the log says nothing of the clock")
	}
	if err := env.DB.SetMark(t.Context(), "server-key", "of another server"); err != nil {
		t.Fatal(err)
	}
	env.LookAtMachine(t.Context())
	if res := owner.Inside("/readyz"); res.Code != http.StatusServiceUnavailable || !strings.Contains(res.Body.String(), "server key") {
		t.Errorf("/readyz with another key: %d %s", res.Code, res.Body)
	}
}

// TestAFullDiskOfADatabaseElsewhere: the disk of --data says nothing of it, and the
// database is asked.
func TestAFullDiskOfADatabaseElsewhere(t *testing.T) {
	t.Parallel()
	for _, elsewhere := range []bool{true, false} {
		env := apptest.NewWith(t, func(cfg *app.Config) {
			cfg.Free, cfg.MinFree, cfg.Elsewhere = func() (int64, error) { return 1<<62 + 1, nil }, 1<<62, elsewhere
		})
		owner := env.As(access.Owner)
		env.LookAtMachine(t.Context())
		res := owner.Post("/campaigns/x/issue", url.Values{})
		if got := res.Code == http.StatusServiceUnavailable; got != elsewhere {
			t.Errorf("elsewhere %v: issuing answers %d", elsewhere, res.Code)
		}
		ready, home := owner.Inside("/readyz"), owner.Page("/").Find("main").Text()
		if got := strings.Contains(ready.Body.String(), "disk of the database") && strings.Contains(home, "データベースの保存領域"); got != elsewhere {
			t.Errorf("elsewhere %v: /readyz says %q, home %q", elsewhere, ready.Body, home)
		}
		if ready.Code != http.StatusOK {
			t.Errorf("/readyz: %d; answers are saved still", ready.Code)
		}
	}
}
