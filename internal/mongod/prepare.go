package mongod

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// loadSecrets reads the key file and the password, or makes them for data that
// does not exist yet: never over data, which they would lock away for good.
// fresh tells that no start has yet come to its end.
func (s *Server) loadSecrets() (fresh bool, err error) {
	entries, err := os.ReadDir(s.cfg.path("db"))
	if err != nil {
		return false, fmt.Errorf("read the data folder: %w", err)
	}
	for name, bytes := range map[string]int{"key": 96, "password": 24} {
		_, err := os.Stat(s.cfg.path(name))
		switch {
		case err == nil:
			continue
		case !errors.Is(err, os.ErrNotExist):
			return false, fmt.Errorf("read the database's secrets: %w", err)
		case len(entries) > 0:
			return false, fmt.Errorf("%s holds data, but its secret %q is gone: put it back from the backup", s.cfg.Dir, name)
		}
		if err := writeSecret(s.cfg.path(name), secret(bytes)); err != nil {
			return false, err
		}
	}
	password, err := os.ReadFile(s.cfg.path("password"))
	if err != nil {
		return false, fmt.Errorf("read the database's secrets: %w", err)
	}
	s.password = strings.TrimSpace(string(password))
	_, err = os.Stat(s.cfg.path("ready"))
	return errors.Is(err, os.ErrNotExist), nil
}

func secret(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b)
	return base64.StdEncoding.EncodeToString(b) // the letters that a key file may hold
}

// writeSecret writes a file that only we may read, whole or not at all. The caller
// holds the lock and has seen that there is no such file.
func writeSecret(path, value string) error {
	half := path + ".new"
	if err := os.Remove(half); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("write secret: %w", err)
	}
	f, err := os.OpenFile(half, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write secret: %w", err)
	}
	_, err = f.WriteString(value + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write secret: %w", err)
	}
	return os.Rename(half, path)
}

// choosePort prefers the port asked for, then the one noted beside the data, which
// the replica set's configuration names. When both are taken another one is chosen.
func (s *Server) choosePort() error {
	noted := 0
	if raw, err := os.ReadFile(s.cfg.path("port")); err == nil {
		noted, _ = strconv.Atoi(strings.TrimSpace(string(raw)))
	}
	for _, port := range []int{cmp.Or(s.cfg.Port, noted), noted, 0} {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			continue
		}
		s.port = l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			return err
		}
		return os.WriteFile(s.cfg.path("port"), []byte(strconv.Itoa(s.port)+"\n"), 0o600)
	}
	return errors.New("no free port on 127.0.0.1 for mongod")
}

// prepare waits for the server, makes it the one member of its set, and creates
// the one user. From then on nothing works without a password.
func (s *Server) prepare(ctx context.Context, fresh bool) error {
	if fresh {
		if err := s.initiate(ctx); err != nil {
			return err
		}
		if err := os.WriteFile(s.cfg.path("ready"), []byte("set and user exist\n"), 0o600); err != nil {
			return err
		}
	}
	client, err := mongo.Connect(options.Client().ApplyURI(s.address("directConnection=true")).SetServerSelectionTimeout(startTimeout))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	return s.until(ctx, func(ctx context.Context) (bool, error) {
		primary, err := hello(ctx, client)
		if err != nil || primary {
			return primary, err
		}
		return false, s.keepAddress(ctx, client)
	})
}

// tryTimeout is for one command; an initiation on a busy disk takes seconds, and
// giving it up half way spoils the server.
const tryTimeout = 30 * time.Second

// until tries again every 50 ms until done, the deadline, or the process's end.
func (s *Server) until(ctx context.Context, try func(context.Context) (bool, error)) error {
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := s.Done() // of this process: the next launch has another
	go func() {       // a try would wait for a server that is gone
		select {
		case <-ended:
			cancel()
		case <-running.Done():
		}
	}()
	var last error
	for {
		attempt, cancel := context.WithTimeout(running, tryTimeout)
		done, err := try(attempt)
		cancel()
		if done {
			return nil
		}
		if err != nil {
			last = err
		}
		select {
		case <-ended:
			return errors.New("mongod ended while starting" + s.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("mongod did not become ready%s: %w", s.lastWords(), cmp.Or(last, ctx.Err()))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func hello(ctx context.Context, client *mongo.Client) (primary bool, err error) {
	var out struct {
		Primary bool `bson:"isWritablePrimary"`
	}
	err = client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&out)
	return out.Primary, err
}

func (s *Server) member() bson.A {
	return bson.A{bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: s.host()}}}
}

// errInitiation is a server that must not be asked to initiate its set again:
// when that failed after it took its configuration, it aborts at a second one.
// Started anew, it either has its set or can begin from nothing.
var errInitiation = errors.New("mongod did not make its replica set")

// initiate uses the localhost exception, which ends with the first user. Each
// step may already have been done by a start that was killed.
func (s *Server) initiate(ctx context.Context) error {
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + s.host() + "/").SetDirect(true).
		SetServerSelectionTimeout(startTimeout))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	admin := client.Database("admin")
	initiated := false
	var failed error
	err = s.until(ctx, func(ctx context.Context) (bool, error) {
		primary, err := hello(ctx, client)
		if err != nil {
			return false, err
		}
		if !primary {
			if initiated {
				return false, nil
			}
			err := admin.RunCommand(ctx, bson.D{{Key: "replSetInitiate", Value: bson.D{
				{Key: "_id", Value: setName}, {Key: "members", Value: s.member()}}}}).Err()
			initiated = err == nil || hasCode(err, codeAlreadyInitialized)
			if !initiated && !hasCode(err, codeUnauthorized) {
				failed = fmt.Errorf("%w%s: %w", errInitiation, s.lastWords(), err)
			}
			return !initiated, nil
		}
		err = admin.RunCommand(ctx, bson.D{{Key: "createUser", Value: user}, {Key: "pwd", Value: s.password},
			{Key: "roles", Value: bson.A{"root"}}}).Err()
		return err == nil || hasCode(err, codeUnauthorized, codeUserExists), err
	})
	return cmp.Or(failed, err)
}

// Codes of commands that a killed start has carried out already.
const (
	codeUnauthorized       = 13 // the exception is over: the user exists
	codeAlreadyInitialized = 23
	codeUserExists         = 51003
)

func hasCode(err error, codes ...int) bool {
	var se mongo.ServerError
	if !errors.As(err, &se) {
		return false
	}
	for _, c := range codes {
		if se.HasErrorCode(c) {
			return true
		}
	}
	return false
}

// keepAddress tells the set the node's port when it has changed; by force, since a
// node that does not find itself in its set cannot be primary.
func (s *Server) keepAddress(ctx context.Context, client *mongo.Client) error {
	admin := client.Database("admin")
	var out struct {
		Config struct {
			Version int64
			Members []struct{ Host string }
		}
	}
	if err := admin.RunCommand(ctx, bson.D{{Key: "replSetGetConfig", Value: 1}}).Decode(&out); err != nil {
		return err // the node is still reading it
	}
	if len(out.Config.Members) == 1 && out.Config.Members[0].Host == s.host() {
		return nil // it stands for election by itself
	}
	return admin.RunCommand(ctx, bson.D{{Key: "replSetReconfig", Value: bson.D{
		{Key: "_id", Value: setName}, {Key: "version", Value: out.Config.Version + 1},
		{Key: "members", Value: s.member()}}}, {Key: "force", Value: true}}).Err()
}
