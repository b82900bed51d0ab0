package main

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/audit"
	"tsunagi/internal/locale"
	"tsunagi/internal/mail"
	"tsunagi/internal/mongod"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/picture/sandbox"
	"tsunagi/internal/token"
	"tsunagi/internal/work"
	"tsunagi/templates"
)

// asCommand makes the test's own program behave as the command.
const asCommand = "TSUNAGI_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	sandbox.Main() // a child that looks into foreign files is started without our environment
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	// Commands are run without naming the database's program, as people do.
	if binary, err := mongod.Find(os.Getenv("TSUNAGI_MONGOD"), mongodtest.Tools()); err == nil {
		_ = os.Setenv("TSUNAGI_MONGOD", binary)
	}
	mongodtest.Run(m)
}

// command runs tsunagi as an administrator does, and gives what it printed and
// the code with which it ended.
func command(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	var out, problems strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), problems.String(), cmd.ProcessState.ExitCode()
}

// organization puts one there for a trail to be of.
func organization(t *testing.T, db *mongodb.DB, id string) {
	t.Helper()
	if _, err := db.Chains().DB.Collection("organizations").InsertOne(t.Context(), bson.D{{Key: "_id", Value: id}}); err != nil {
		t.Fatal(err)
	}
}

// sealed is a database with a sealed trail of five rows for each organisation.
func sealed(t *testing.T, orgs ...string) (*mongo.Database, []string) {
	t.Helper()
	uri, name, data := mongodtest.URI(t), "v"+ulid.Make().String(), t.TempDir()
	keys, err := app.TrailKeys(filepath.Join(data, "secrets"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := mongodb.Open(t.Context(), mongodb.Config{URI: uri, Name: name, Now: app.Now, NewID: app.NewID, Trail: keys})
	if err != nil {
		t.Fatal(err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = db.Drop(context.Background())
		_ = db.Close(context.Background())
		_ = client.Disconnect(context.Background())
	})
	trail := mongodb.Audit{DB: db}
	for _, org := range orgs {
		organization(t, db, org)
		for range 5 {
			v := access.Viewer{Kind: access.Member, Org: org, User: "u1", Name: "架空 花子", Roles: []access.Role{access.Owner}}
			if err := trail.Add(t.Context(), audit.New(v, app.NewID(), app.Now(), "supplier.changed", audit.Ref{Kind: "supplier", ID: "s1", Name: "見本商会"})); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range orgs {
		if _, err := (&work.Sealing{Store: db.Chains(), Keys: keys, Now: app.Now}).Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return client.Database(name), []string{"audit", "verify", "--mongodb-uri", uri, "--mongodb-name", name, "--data", data}
}

func TestAuditVerify(t *testing.T) {
	db, verify := sealed(t, "o1", "o2")
	stdout, stderr, code := command(t, verify...)
	if code != 0 || strings.Count(stdout, "5 rows hold, 0 wait to be sealed") != 2 {
		t.Fatalf("a sound trail: exit %d\n%s\n%s", code, stdout, stderr)
	}
	row := func(org string, seq int) bson.D {
		return bson.D{{Key: "org_id", Value: org}, {Key: "seal.seq", Value: seq}}
	}
	var third audit.Entry
	if err := db.Collection("audit").FindOne(t.Context(), row("o1", 3)).Decode(&third); err != nil {
		t.Fatal(err)
	}
	alter := func(seq int) {
		t.Helper()
		res, err := db.Collection("audit").UpdateOne(t.Context(), row("o1", seq), bson.D{{Key: "$set", Value: bson.D{{Key: "record.name", Value: "別の会社"}}}})
		if err != nil || res.ModifiedCount != 1 {
			t.Fatalf("alter row %d: %v %v", seq, res, err)
		}
	}
	alter(3)
	alter(5)
	stdout, stderr, code = command(t, verify...)
	if code == 0 || !strings.Contains(stderr, "organisation o1") || !strings.Contains(stderr, "row 3 (entry "+third.ID+"): altered") || strings.Contains(stderr, "row 5") {
		t.Errorf("an altered row: exit %d\n%s", code, stderr)
	}
	if !strings.Contains(stdout, "organisation o2: 5 rows hold") || strings.Contains(stdout, "o1") {
		t.Errorf("the other chain is verified all the same; printed:\n%s", stdout)
	}
	if _, err := db.Collection("audit").DeleteOne(t.Context(), row("o2", 2)); err != nil {
		t.Fatal(err)
	}
	_, stderr, code = command(t, verify...)
	if code == 0 || !strings.Contains(stderr, "row 3 (entry "+third.ID+"): altered") || !strings.Contains(stderr, "row 2 (entry ") || !strings.Contains(stderr, "): missing") {
		t.Errorf("an altered and a removed row: exit %d\n%s", code, stderr)
	}
}

// What was noted outside names what the database alone cannot: its end cut off, all of
// it written anew with the key, an organisation that is gone.
func TestAuditVerifyComparesWithAnchors(t *testing.T) {
	db, verify := sealed(t, "o1", "o2")
	data := verify[len(verify)-1]
	var heads []audit.Head
	cursor, err := db.Collection("audit_heads").Find(t.Context(), bson.D{})
	if err == nil {
		err = cursor.All(t.Context(), &heads)
	}
	if err != nil || len(heads) != 2 {
		t.Fatal(heads, err)
	}
	var lines string
	for _, h := range heads {
		lines += h.Anchor(app.Now()).Line() + "\n"
	}
	noted := filepath.Join(t.TempDir(), "noted")
	for _, path := range []string{noted, app.AnchorsPath(data)} {
		if err := os.WriteFile(path, []byte("# of this week\n\n"+lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	both := append(verify, "--anchor", noted)
	stdout, stderr, code := command(t, both...)
	if code != 0 || !strings.Contains(stdout, "4 anchors hold") {
		t.Fatalf("a sound trail: exit %d\n%s\n%s", code, stdout, stderr)
	}
	// Somebody who has an older head, or the key.
	keys, err := app.TrailKeys(filepath.Join(data, "secrets"))
	if err != nil {
		t.Fatal(err)
	}
	cut := bson.D{{Key: "org_id", Value: "o1"}, {Key: "seal.seq", Value: bson.D{{Key: "$gt", Value: 0}}}}
	for _, collection := range []string{"audit", "audit_heads"} {
		gone := bson.D{{Key: "org_id", Value: "o2"}}
		if collection == "audit_heads" {
			gone, cut = bson.D{{Key: "_id", Value: "o2"}}, bson.D{{Key: "_id", Value: "o1"}}
		}
		for _, filter := range []bson.D{gone, cut} {
			if _, err := db.Collection(collection).DeleteMany(t.Context(), filter); err != nil {
				t.Fatal(err)
			}
		}
	}
	v := access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Roles: []access.Role{access.Owner}}
	anew, _, head := audit.Head{Org: "o1"}.SealAll(keys, keys.Sign([]audit.Entry{audit.New(v, "x1", app.Now(), "x.y", audit.Ref{Kind: "x", ID: "1"})}), app.Now())
	if _, err := db.Collection("audit").InsertOne(t.Context(), anew[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection("audit_heads").InsertOne(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code = command(t, both...)
	if code == 0 || !strings.Contains(stderr, "organisation o1, row 5: the row is gone") || !strings.Contains(stderr, "organisation o2, row 5: the whole trail of the organisation is gone") ||
		!strings.Contains(stdout, "organisation o1: 1 rows hold") {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
}

// A weekly mail is compared as it is rendered: pasted, and saved as it went out.
func TestAuditVerifyReadsTheWeeklyMail(t *testing.T) {
	db, verify := sealed(t, "o1")
	var head audit.Head
	if err := db.Collection("audit_heads").FindOne(t.Context(), bson.D{{Key: "_id", Value: "o1"}}).Decode(&head); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	save := func(name string, h audit.Head, lang string, saved bool) string {
		t.Helper()
		text := weekly(t, h.Anchor(app.Now()), lang)
		if saved {
			text = "Mime-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(text))
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := []string{save("a.txt", head, "ja", false), save("b.txt", head, "en", false), save("a.eml", head, "ja", true)}
	stdout, stderr, code := command(t, append(verify, "--anchor", good[0], "--anchor", good[1], "--anchor", good[2])...)
	if code != 0 || !strings.Contains(stdout, "3 anchors hold") {
		t.Errorf("a trail as it was mailed: exit %d\n%s\n%s", code, stdout, stderr)
	}
	head.Hash = strings.Repeat("0a", 32)
	for _, saved := range []bool{false, true} {
		if _, stderr, code := command(t, append(verify, "--anchor", save("c", head, "ja", saved))...); code == 0 || !strings.Contains(stderr, "organisation o1, row 5: the row has another hash") {
			t.Errorf("another hash in the mail, saved %v: exit %d\n%s", saved, code, stderr)
		}
	}
	none := filepath.Join(dir, "none")
	if err := os.WriteFile(none, []byte("a mail about something else\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := command(t, append(verify, "--anchor", none)...); code == 0 || !strings.Contains(stderr, "no line of the trail's head") {
		t.Errorf("a file without any: exit %d\n%s", code, stderr)
	}
	if _, _, code := command(t, append(verify, "--anchor", none+"-gone")...); code == 0 {
		t.Error("a file that is not there is passed over")
	}
}

// weekly is the text of the mail about an anchor.
func weekly(t *testing.T, a audit.Anchor, lang string) string {
	t.Helper()
	catalog, err := locale.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := token.NewKeys(make([]byte, token.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	r, err := mail.NewRenderer(mail.RendererConfig{Templates: templates.FS, Words: func(lang string) mail.Words { return catalog.For(lang) },
		Base: &url.URL{Scheme: "https", Host: "tsunagi.example.jp"}, Keys: keys, From: "tsunagi@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	m := notify.New("m", a.Org, notify.Head, notify.Recipient{Email: "owner@example.jp", Name: "架空 花子"}, lang, app.Now())
	m.Params = map[string]string{notify.ParamHead: a.Line()}
	out, err := r.Render(mail.Letter{Message: m, Organization: org.Organization{ID: a.Org, Name: "見本商会"}}, app.Now())
	if err != nil {
		t.Fatal(err)
	}
	return out.Text
}

// The managed database belongs to the process that serves; verifying reads beside it,
// and starts it where nobody does.
func TestAuditVerifyBesideAServingProcess(t *testing.T) {
	data := t.TempDir()
	binary, err := mongod.Find(os.Getenv("TSUNAGI_MONGOD"), mongodtest.Tools())
	if err != nil {
		t.Fatal(err)
	}
	server, err := mongod.Start(t.Context(), mongod.Config{Binary: binary, Dir: filepath.Join(data, "mongod")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Stop() }()
	keys, err := app.TrailKeys(filepath.Join(data, "secrets"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := mongodb.Open(t.Context(), mongodb.Config{URI: server.URI(), Name: "tsunagi", Now: app.Now, NewID: app.NewID, Trail: keys})
	if err != nil {
		t.Fatal(err)
	}
	organization(t, db, "o1")
	v := access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Roles: []access.Role{access.Owner}}
	if err := (mongodb.Audit{DB: db}).Add(t.Context(), audit.New(v, app.NewID(), app.Now(), "x.y", audit.Ref{Kind: "x", ID: "1"})); err != nil {
		t.Fatal(err)
	}
	for _, beside := range []bool{true, false} {
		if !beside {
			if err := errors.Join(db.Close(t.Context()), server.Stop()); err != nil {
				t.Fatal(err)
			}
		}
		stdout, stderr, code := command(t, "audit", "verify", "--data", data, "--mongod", binary)
		if code != 0 || !strings.Contains(stdout, "organisation o1: 0 rows hold, 1 wait to be sealed") {
			t.Fatalf("beside %v: exit %d\n%s\n%s", beside, code, stdout, stderr)
		}
	}
	if err := os.Remove(app.TrailKeysPath(filepath.Join(data, "secrets"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(app.AnchorsPath(data), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := command(t, "audit", "new-key", "--data", data); code == 0 || !strings.Contains(stderr, "keys of the audit trail are gone") {
		t.Errorf("a command that would make new keys: exit %d\n%s", code, stderr)
	}
	if _, err := os.Stat(app.TrailKeysPath(filepath.Join(data, "secrets"))); err == nil {
		t.Error("the keys were made anew")
	}
	if _, stderr, code := command(t, "audit", "verify", "--data", data, "--mongod", binary); code == 0 || !strings.Contains(stderr, "keys of the audit trail are not there") {
		t.Errorf("without the keys: exit %d\n%s", code, stderr)
	}
}

// A key that was added proves; the one before goes on verifying.
func TestANewKeyForTheTrail(t *testing.T) {
	dir := t.TempDir()
	secrets := filepath.Join(dir, "secrets")
	first, err := app.TrailKeys(secrets)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(app.TrailKeysPath(secrets)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the keys lie open: %v %v", info.Mode(), err)
	}
	if _, stderr, code := command(t, "audit", "new-key", "--data", dir); code != 0 {
		t.Fatal(stderr)
	}
	both, err := app.TrailKeys(secrets)
	if err != nil || len(both) != 2 || both[:1].Text() != first.Text() {
		t.Errorf("%d keys, %v", len(both), err)
	}
	if _, stderr, code := command(t, "audit", "new-key", "--data", dir, "--trail-keys", both.Text()); code == 0 || !strings.Contains(stderr, "--trail-keys") {
		t.Errorf("with keys that were set: %d %s", code, stderr)
	}
	if _, stderr, code := command(t, "audit", "verify", "--data", dir, "--trail-keys", "k1 x", "--mongodb-uri", mongodtest.URI(t)); code == 0 || strings.Contains(stderr, "k1 x") {
		t.Errorf("with a broken key: %d %s", code, stderr)
	}
}

func TestAuditVerifyWithoutADatabase(t *testing.T) {
	_, stderr, code := command(t, "audit", "verify", "--mongodb-uri", "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200&directConnection=true", "--data", t.TempDir())
	if code == 0 || !strings.Contains(stderr, "MongoDB") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

// Where the keys are lost for good, new ones are made by a command: everything chains on,
// verify counts what no key proves any more, and keys that are at hand are never given up.
func TestALostKeyOfTheTrail(t *testing.T) {
	db, verify := sealed(t, "o1", "o2")
	data := verify[len(verify)-1]
	keys, err := app.TrailKeys(filepath.Join(data, "secrets"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection("marks").InsertOne(t.Context(), bson.D{{Key: "_id", Value: "trail-proven"}, {Key: "value", Value: keys.Begun()}}); err != nil {
		t.Fatal(err)
	}
	lost := append([]string{"audit", "new-key", "--lost"}, verify[2:]...)
	if _, stderr, code := command(t, lost...); code == 0 || !strings.Contains(stderr, "at hand") {
		t.Errorf("keys that are at hand: exit %d, %s", code, stderr)
	}
	if err := os.Remove(app.TrailKeysPath(filepath.Join(data, "secrets"))); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := command(t, lost...); code != 0 || !strings.Contains(stdout, "10 rows were proven by keys that are lost") {
		t.Fatalf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	stdout, stderr, code := command(t, verify...)
	if code != 0 || strings.Count(stdout, "5 of these rows were proven by a key that is lost") != 2 || strings.Count(stdout, "1 wait to be sealed") != 2 {
		t.Errorf("verify: exit %d\n%s\n%s", code, stdout, stderr)
	}
	if _, stderr, code := command(t, lost...); code == 0 || !strings.Contains(stderr, "at hand") {
		t.Errorf("a second time: exit %d, %s", code, stderr)
	}
	if _, err := db.Collection("audit").UpdateOne(t.Context(), bson.D{{Key: "org_id", Value: "o1"}, {Key: "seal.seq", Value: 3}}, bson.D{{Key: "$set", Value: bson.D{{Key: "record.name", Value: "別"}}}}); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := command(t, verify...); code == 0 || !strings.Contains(stderr, "row 3") {
		t.Errorf("an altered row of the lost key: exit %d, %s", code, stderr)
	}
}

// TestAnotherServerKeyIsTold: accepting one stands in the trail, which goes on verifying;
// without the trail's keys, or with others, nothing is written there that would look forged.
func TestAnotherServerKeyIsTold(t *testing.T) {
	db, verify := sealed(t, "o1")
	accept := append([]string{"admin", "accept-server-key"}, verify[2:]...)
	data := verify[len(verify)-1]
	key, keys := app.ServerKeyPath(filepath.Join(data, "secrets")), app.TrailKeysPath(filepath.Join(data, "secrets"))
	right, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := audit.ParseKeys(string(right))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection("marks").InsertOne(t.Context(), bson.D{{Key: "_id", Value: "trail-proven"}, {Key: "value", Value: ours.Begun()}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		keys, says string
		rows       int64
	}{{string(right), "is the key of the data now", 6}, {"", "does not tell of it", 6}, {audit.Keys{audit.NewKey("other")}.Text(), "does not tell of it", 6}} {
		_ = os.Remove(key)
		_ = os.Remove(keys)
		if c.keys != "" {
			if err := os.WriteFile(keys, []byte(c.keys), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		stdout, stderr, code := command(t, accept...)
		if code != 0 || !strings.Contains(stdout, c.says) {
			t.Errorf("exit %d\n%s%s", code, stdout, stderr)
		}
		if n, err := db.Collection("audit").CountDocuments(t.Context(), bson.D{}); err != nil || n != c.rows {
			t.Errorf("%q: %d rows, want %d (%v)", c.says, n, c.rows, err)
		}
	}
	if err := os.WriteFile(keys, right, 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := command(t, verify...); code != 0 || !strings.Contains(stdout, "1 wait to be sealed") {
		t.Errorf("verify: exit %d\n%s%s", code, stdout, stderr)
	}
}
