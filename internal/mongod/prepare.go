package mongod

import (
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
func (s *Server) loadSecrets() (fresh bool, err error) {
	entries, err := os.ReadDir(s.cfg.path("db"))
	if err != nil {
		return false, fmt.Errorf("read the data folder: %w", err)
	}
	password, err := os.ReadFile(s.cfg.path("password"))
	if err == nil {
		_, err = os.Stat(s.cfg.path("key"))
	}
	switch {
	case err == nil:
		s.password = strings.TrimSpace(string(password))
		_, err = os.Stat(s.cfg.path("ready"))
		return errors.Is(err, os.ErrNotExist), nil
	case !errors.Is(err, os.ErrNotExist):
		return false, fmt.Errorf("read the database's secrets: %w", err)
	case len(entries) > 0:
		return false, fmt.Errorf("%s holds data, but its secrets (key, password) are gone: put them back from the backup", s.cfg.Dir)
	}
	s.password = secret(24)
	if err := writeSecret(s.cfg.path("key"), secret(96)); err != nil {
		return false, err
	}
	return true, writeSecret(s.cfg.path("password"), s.password)
}

func secret(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b)
	return base64.StdEncoding.EncodeToString(b) // the letters that a key file may hold
}

// writeSecret writes a file that only we may read, and never replaces one.
func writeSecret(path, value string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write secret: %w", err)
	}
	if _, err := f.WriteString(value + "\n"); err != nil {
		_ = f.Close()
		return fmt.Errorf("write secret: %w", err)
	}
	return f.Close()
}

// choosePort keeps the port noted beside the data, because the replica set's
// configuration names it. When it is taken, another one is chosen and the set
// must be told (moved).
func (s *Server) choosePort() (moved bool, err error) {
	noted := 0
	if raw, err := os.ReadFile(s.cfg.path("port")); err == nil {
		noted, _ = strconv.Atoi(strings.TrimSpace(string(raw)))
	}
	for _, port := range []int{noted, s.cfg.Port, 0} {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			continue
		}
		s.port = l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			return false, err
		}
		if s.port == noted {
			return false, nil
		}
		return noted != 0, os.WriteFile(s.cfg.path("port"), []byte(strconv.Itoa(s.port)+"\n"), 0o600)
	}
	return false, errors.New("no free port on 127.0.0.1 for mongod")
}

// prepare waits for the server, makes it the one member of its set, and creates
// the one user. From then on nothing works without a password.
func (s *Server) prepare(ctx context.Context, fresh, moved bool) error {
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
	told := !moved
	return s.until(ctx, func(ctx context.Context) (bool, error) {
		primary, set, err := hello(ctx, client)
		if err != nil || primary {
			return primary, err
		}
		if !told || set == "" {
			told = true
			return false, s.reconfigure(ctx, client)
		}
		return false, nil
	})
}

// until tries again every 50 ms until done, the deadline, or the process's end.
func (s *Server) until(ctx context.Context, try func(context.Context) (bool, error)) error {
	var last error
	for {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		done, err := try(attempt)
		cancel()
		if done {
			return nil
		}
		if err != nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("mongod did not become ready: %w", errors.Join(ctx.Err(), last))
		case <-s.done:
			return errors.New("mongod ended while starting")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func hello(ctx context.Context, client *mongo.Client) (primary bool, set string, err error) {
	var out struct {
		Primary bool   `bson:"isWritablePrimary"`
		Set     string `bson:"setName"`
	}
	err = client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&out)
	return out.Primary, out.Set, err
}

func (s *Server) member() bson.A {
	return bson.A{bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: s.host()}}}
}

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
	return s.until(ctx, func(ctx context.Context) (bool, error) {
		primary, _, err := hello(ctx, client)
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
			return false, err
		}
		err = admin.RunCommand(ctx, bson.D{{Key: "createUser", Value: user}, {Key: "pwd", Value: s.password},
			{Key: "roles", Value: bson.A{"root"}}}).Err()
		return err == nil || hasCode(err, codeUnauthorized, codeUserExists), err
	})
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

// reconfigure tells the set the node's new port; by force, since a node that does
// not find itself in its set cannot be primary.
func (s *Server) reconfigure(ctx context.Context, client *mongo.Client) error {
	return client.Database("admin").RunCommand(ctx, bson.D{{Key: "replSetReconfig", Value: bson.D{
		{Key: "_id", Value: setName}, {Key: "version", Value: int32(time.Now().Unix() & 0x7fffffff)},
		{Key: "members", Value: s.member()}}}, {Key: "force", Value: true}}).Err()
}
