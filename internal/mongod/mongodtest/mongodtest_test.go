package mongodtest

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// role makes the test binary play a package whose tests end badly.
const role = "TSUNAGI_TEST_MONGODTEST_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(role) != "" {
		start()
		if shared.err != nil {
			println(shared.err.Error())
			os.Exit(1)
		}
		println(shared.server.PID(), shared.dir)
		if os.Getenv(role) == "panic" {
			panic("as a failing test does")
		}
		time.Sleep(time.Minute)
	}
	Run(m)
}

func TestFailCommandWorks(t *testing.T) {
	ctx := context.Background()
	c, err := mongo.Connect(options.Client().ApplyURI(URI(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Disconnect(ctx) }()
	fail := bson.D{{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: bson.M{"times": 1}},
		{Key: "data", Value: bson.M{"failCommands": bson.A{"insert"}, "errorCode": 50}}}
	if err := c.Database("admin").RunCommand(ctx, fail).Err(); err != nil {
		t.Fatal(err)
	}
	_, err = c.Database("d").Collection("c").InsertOne(ctx, bson.M{})
	var se mongo.ServerError
	if !errors.As(err, &se) || !se.HasErrorCode(50) {
		t.Errorf("insert = %v, want the failure asked for", err)
	}
}

// TestNothingExpiresByItself: what a test wrote by a clock in the past is there to its end.
func TestNothingExpiresByItself(t *testing.T) {
	ctx := context.Background()
	c, err := mongo.Connect(options.Client().ApplyURI(URI(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Disconnect(ctx) }()
	var set struct {
		TTL bool `bson:"ttlMonitorEnabled"`
	}
	ask := bson.D{{Key: "getParameter", Value: 1}, {Key: "ttlMonitorEnabled", Value: 1}}
	if err := c.Database("admin").RunCommand(ctx, ask).Decode(&set); err != nil || set.TTL {
		t.Errorf("the server removes what has expired: %t, %v", set.TTL, err)
	}
}

func TestNamedServerIsUsed(t *testing.T) {
	const own = "mongodb://127.0.0.1:1/?replicaSet=own"
	t.Setenv(env, own)
	if got := URI(t); got != own {
		u, _ := url.Parse(got)
		t.Errorf("URI is at %s, want the one named", u.Host)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	for _, end := range []string{"panic", "kill"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), role+"="+end)
			out, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, _ := bufio.NewReader(out).ReadString('\n')
			number, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
			pid, err := strconv.Atoi(number)
			if err != nil {
				t.Fatalf("the tests that end badly said %q", line)
			}
			if end == "kill" {
				_ = cmd.Process.Kill()
			}
			_ = cmd.Wait()
			for range 200 {
				if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && !runs(pid) {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
			t.Errorf("the server (pid %d) or its folder %s outlived the tests that started it", pid, dir)
		})
	}
}

// runs tells whether the process lives; one that is dead and not yet reaped does not.
func runs(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || !strings.Contains(string(stat), ") Z ")
}
