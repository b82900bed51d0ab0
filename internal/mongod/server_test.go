package mongod

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// parentDir makes the test binary play a parent that is killed.
const parentDir = "TSUNAGI_TEST_PARENT_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentDir); dir != "" {
		binary, _ := Find(os.Getenv("TSUNAGI_MONGOD"), "../../.tools")
		if _, err := Start(context.Background(), Config{Binary: binary, Dir: dir}); err != nil {
			println(err.Error())
			os.Exit(1)
		}
		println("started")
		time.Sleep(time.Minute)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func config(t *testing.T) Config {
	t.Helper()
	binary, err := Find(os.Getenv("TSUNAGI_MONGOD"), "../../.tools")
	if err != nil {
		t.Fatal(err)
	}
	return Config{Binary: binary, Dir: t.TempDir()}
}

func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Start(context.Background(), cfg)
	if err != nil {
		log, _ := os.ReadFile(cfg.path("mongod.log"))
		t.Fatalf("Start: %v\n%s", err, log[max(0, len(log)-2000):])
	}
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

func connect(t *testing.T, uri string) *mongo.Client {
	t.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(uri).SetServerSelectionTimeout(5 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t *testing.T, s *Server, id string) {
	t.Helper()
	c := connect(t, s.URI())
	defer func() { _ = c.Disconnect(context.Background()) }() // before the server goes: a client left waits for it
	if _, err := c.Database("d").Collection("c").InsertOne(context.Background(), bson.M{"_id": id}); err != nil {
		t.Fatalf("insert: %v", err)
	}
}

func count(t *testing.T, s *Server) int64 {
	t.Helper()
	c := connect(t, s.URI())
	defer func() { _ = c.Disconnect(context.Background()) }()
	n, err := c.Database("d").Collection("c").CountDocuments(context.Background(), bson.M{})
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	return n
}

func TestRestartKeepsDataPortAndPassword(t *testing.T) {
	cfg := config(t)
	s := start(t, cfg)
	put(t, s, "a")
	uri := s.URI()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	s = start(t, cfg)
	if s.URI() != uri {
		t.Errorf("address changed over a restart")
	}
	if n := count(t, s); n != 1 {
		t.Errorf("%d documents after a restart, want 1", n)
	}
}

func TestNothingWorksWithoutPassword(t *testing.T) {
	s := start(t, config(t))
	open := connect(t, "mongodb://"+s.host()+"/?directConnection=true")
	defer func() { _ = open.Disconnect(context.Background()) }()
	if _, err := open.ListDatabaseNames(context.Background(), bson.M{}); err == nil {
		t.Error("a stranger lists the databases")
	}
	err := open.Database("admin").RunCommand(context.Background(), bson.D{{Key: "createUser", Value: "x"}, {Key: "pwd", Value: "x"},
		{Key: "roles", Value: bson.A{"root"}}}).Err()
	if err == nil {
		t.Error("a stranger creates a user")
	}
	for _, name := range []string{"key", "password"} {
		info, err := os.Stat(s.cfg.path(name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", name, info.Mode(), err)
		}
	}
}

func TestKilledServerRecovers(t *testing.T) {
	cfg := config(t)
	s := start(t, cfg)
	put(t, s, "a")
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("Done does not tell that the server was killed")
	}
	_ = s.lock.Close()
	s = start(t, cfg)
	if n := count(t, s); n != 1 {
		t.Errorf("%d documents after kill -9, want 1", n)
	}
}

func TestServerLeftBehindIsStopped(t *testing.T) {
	cfg := config(t)
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentDir+"="+cfg.Dir)
	out, err := parent.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 200)
	n, _ := out.Read(buf)
	if !strings.Contains(string(buf[:n]), "started") {
		t.Fatalf("parent: %s", buf[:n])
	}
	raw, err := os.ReadFile(cfg.path("pid"))
	if err != nil {
		t.Fatal(err)
	}
	left, _ := strconv.Atoi(strings.TrimSpace(string(raw)))
	_ = parent.Process.Kill()
	_ = parent.Wait()
	if !serves(left, cfg.path("db")) {
		t.Fatal("the server did not outlive its parent: nothing was tested")
	}
	s := start(t, cfg)
	put(t, s, "a")
	if s.PID() == left || serves(left, cfg.path("db")) {
		t.Error("two servers on the same data")
	}
}

func TestTakenPortMovesTheSet(t *testing.T) {
	cfg := config(t)
	s := start(t, cfg)
	put(t, s, "a")
	old := s.port
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(old))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	s = start(t, cfg)
	if s.port == old {
		t.Fatal("the port is not free, and was taken all the same")
	}
	put(t, s, "b")
	if n := count(t, s); n != 2 {
		t.Errorf("%d documents after moving, want 2", n)
	}
}

func TestSecondManagerIsRefused(t *testing.T) {
	cfg := config(t)
	start(t, cfg)
	if _, err := Start(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("second Start = %v, want a refusal", err)
	}
}

func TestDataWithoutSecretsIsRefused(t *testing.T) {
	cfg := config(t)
	s := start(t, cfg)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(cfg.path("password")); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("Start = %v, want a refusal that says what to do", err)
	}
	if _, err := os.Stat(cfg.path("password")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a new password was made over existing data")
	}
}

func TestFind(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	tools := t.TempDir()
	if _, err := Find("", tools); !errors.Is(err, ErrNotFound) {
		t.Errorf("Find = %v, want ErrNotFound", err)
	}
	if _, err := Find("/no/such/program", tools); err == nil {
		t.Error("a named program that is not there is taken")
	}
	want := filepath.Join(tools, "mongod")
	if err := os.WriteFile(want, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := Find("", tools); err != nil || got != want {
		t.Errorf("Find = %q, %v; want %q", got, err, want)
	}
}
