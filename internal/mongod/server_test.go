package mongod

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm" // memory: what is tested here is no disk
	}
	dir, err := os.MkdirTemp(parent, "tsunagi-mongod-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return Config{Binary: binary, Dir: dir}
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
	t.Parallel()
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
	t.Parallel()
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
	t.Parallel()
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
	if err := s.Stop(); err != nil {
		t.Errorf("Stop of a server that has ended: %v", err)
	}
	s = start(t, cfg)
	if n := count(t, s); n != 1 {
		t.Errorf("%d documents after kill -9, want 1", n)
	}
}

// killedParent runs a parent that starts a server and is killed; it gives the server's
// pid, as mongod notes it.
func killedParent(t *testing.T, cfg Config) int {
	t.Helper()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentDir+"="+cfg.Dir, "TSUNAGI_MONGOD="+cfg.Binary)
	out, err := parent.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "started\n" {
		t.Fatalf("parent: %q, %v", line, err)
	}
	raw, err := os.ReadFile(cfg.path("db/mongod.lock"))
	if err != nil {
		t.Fatal(err)
	}
	_ = parent.Process.Kill()
	_ = parent.Wait()
	left, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// leaveBehind leaves a server whose parent was killed, and did not take it along: a
// script stands between them, as on a system where no kernel sees to that.
func leaveBehind(t *testing.T, cfg Config) int {
	t.Helper()
	binary := cfg.Binary
	cfg.Binary = cfg.path("mongod.sh")
	if err := os.WriteFile(cfg.Binary, []byte("#!/bin/sh\n'"+binary+"' \"$@\" &\nwait\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	left := killedParent(t, cfg)
	if !serves(left, cfg.path("db")) {
		t.Fatalf("the server (pid %d) did not outlive its parent: nothing was tested", left)
	}
	if err := os.WriteFile(cfg.path("pid"), []byte(strconv.Itoa(left)), 0o600); err != nil {
		t.Fatal(err)
	}
	return left
}

func TestServerEndsWithItsParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // the next start stops it there, as TestServerLeftBehindIsStopped shows
	}
	t.Parallel()
	cfg := config(t)
	left := killedParent(t, cfg)
	for deadline := time.Now().Add(20 * time.Second); serves(left, cfg.path("db")); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(left, syscall.SIGKILL)
			t.Fatal("the server outlives its killed parent")
		}
	}
}

func TestServerLeftBehindIsStopped(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]string{"with its pid on file": "", "with no pid on file": "pid"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t)
			left := leaveBehind(t, cfg)
			if lose != "" {
				if err := os.Remove(cfg.path(lose)); err != nil {
					t.Fatal(err)
				}
			}
			if uri, err := Running(cfg.Dir); uri != "" || err != nil {
				t.Errorf("Running = %q, %v for a server that nobody runs any more", uri, err)
			}
			// By another name of the folder, as through a link in the way to it.
			link := filepath.Join(t.TempDir(), "link")
			if err := os.Symlink(cfg.Dir, link); err != nil {
				t.Fatal(err)
			}
			cfg.Dir = link
			s := start(t, cfg)
			if uri, err := Running(cfg.Dir); uri != s.URI() || err != nil {
				t.Errorf("Running = %q, %v, want that of the server that runs", uri, err)
			}
			put(t, s, "a")
			if s.PID() == left || serves(left, s.cfg.path("db")) {
				t.Error("two servers on the same data")
			}
		})
	}
}

func TestForeignProcessIsLeftAlone(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	other := exec.Command("sleep", "60")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	if err := os.WriteFile(cfg.path("pid"), []byte(strconv.Itoa(other.Process.Pid)), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, cfg)
	if err := other.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the process whose pid was on file: %v, want it alive", err)
	}
	if raw, _ := os.ReadFile("/proc/" + strconv.Itoa(other.Process.Pid) + "/stat"); strings.Contains(string(raw), ") Z ") {
		t.Error("a process that is no mongod was ended")
	}
}

// occupy takes a port as another program would, and hangs up on whoever calls.
func occupy(t *testing.T, port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
}

// TestTakenPortMovesTheSet moves twice: the second move must not be refused as
// older than the first.
func TestTakenPortMovesTheSet(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	s := start(t, cfg)
	for _, id := range []string{"a", "b"} {
		put(t, s, id)
		old := s.port
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		occupy(t, old)
		s = start(t, cfg)
		if s.port == old {
			t.Fatal("the port is not free, and was taken all the same")
		}
	}
	put(t, s, "c")
	if n := count(t, s); n != 3 {
		t.Errorf("%d documents after moving, want 3", n)
	}
}

func TestPortAskedForIsUsed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(t)
	cfg.Port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if s := start(t, cfg); s.port != cfg.Port {
		t.Errorf("port %d, want %d", s.port, cfg.Port)
	}
}

// TestSecondManagerIsRefused starts several at once: one wins, the others say why.
func TestSecondManagerIsRefused(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	const n = 4
	errs := make(chan error, n)
	for range n {
		go func() {
			s, err := Start(context.Background(), cfg)
			if err == nil {
				t.Cleanup(func() { _ = s.Stop() })
			}
			errs <- err
		}()
	}
	won := 0
	for range n {
		if err := <-errs; err == nil {
			won++
		} else if !strings.Contains(err.Error(), "in use") {
			t.Errorf("Start = %v, want a refusal", err)
		}
	}
	if won != 1 {
		t.Errorf("%d managers of one folder, want 1", won)
	}
}

func TestDataWithoutSecretsIsRefused(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	s := start(t, cfg)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"password", "key"} {
		if err := os.Rename(cfg.path(name), cfg.path(name)+".kept"); err != nil {
			t.Fatal(err)
		}
		if _, err := Start(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), "backup") {
			t.Errorf("Start without %s = %v, want a refusal that says what to do", name, err)
		}
		if _, err := os.Stat(cfg.path(name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a new %s was made over existing data", name)
		}
		if err := os.Rename(cfg.path(name)+".kept", cfg.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	start(t, cfg)
}

// TestKilledWhileMakingSecrets starts where the very first start was killed early.
func TestKilledWhileMakingSecrets(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	for _, name := range []string{"key", "password.new"} {
		if err := os.WriteFile(cfg.path(name), []byte(secret(96)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(t, start(t, cfg), "a")
}

// TestKilledBeforeReady starts where the first start was killed at its last step,
// and after a restore that left the marker behind.
func TestKilledBeforeReady(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	s := start(t, cfg)
	put(t, s, "a")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	occupy(t, s.port) // and moved meanwhile
	if err := os.Remove(cfg.path("ready")); err != nil {
		t.Fatal(err)
	}
	if n := count(t, start(t, cfg)); n != 1 {
		t.Errorf("%d documents, want 1", n)
	}
}

// TestInitiationThatFailsIsNotRepeated: a server whose initiation failed half way
// aborts at a second one, so it is started anew and gets its first there.
func TestInitiationThatFailsIsNotRepeated(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	cfg.TestCommands = true
	starts := cfg.path("starts")
	script := "#!/bin/sh\necho x >> '" + starts + "'\n[ $(wc -l < '" + starts + "') -gt 1 ] && exec '" + cfg.Binary + `' "$@"
exec '` + cfg.Binary + `' "$@" --setParameter 'failpoint.failCommand={mode:"alwaysOn",data:{failCommands:["replSetInitiate"],errorCode:11602,failInternalCommands:true}}'
`
	cfg.Binary = cfg.path("mongod.sh")
	if err := os.WriteFile(cfg.Binary, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := Start(ctx, cfg)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	put(t, s, "a")
	if raw, err := os.ReadFile(starts); err != nil || string(raw) != "x\nx\n" {
		t.Errorf("starts: %q, %v; want two", raw, err)
	}
}

func TestFailedStartSaysWhy(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	if err := os.MkdirAll(cfg.path("db"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cfg.path("db/storage.bson"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"key", "password"} {
		if err := writeSecret(cfg.path(name), secret(24)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Start(context.Background(), cfg)
	if err == nil || !strings.Contains(err.Error(), "ended while starting: ") || !strings.Contains(err.Error(), "mongod.log") {
		t.Errorf("Start = %v, want mongod's own words and the name of its log", err)
	}
}

func TestGrownLogIsSetAside(t *testing.T) {
	t.Parallel()
	s := start(t, config(t))
	log := s.cfg.path("mongod.log")
	s.renewLog(s.current().process)
	if _, err := os.Stat(log + ".1"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a small log was set aside: %v", err)
	}
	if err := os.Truncate(log, logLimit); err != nil {
		t.Fatal(err)
	}
	s.renewLog(s.current().process)
	for range 100 {
		if _, err := os.Stat(log); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for _, name := range []string{log, log + ".1"} {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("after renewing: %v", err)
		}
	}
	put(t, s, "a")
}

func TestFind(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	tools := t.TempDir()
	if _, err := Find("", tools); !errors.Is(err, errNotFound) {
		t.Errorf("Find = %v, want errNotFound", err)
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
