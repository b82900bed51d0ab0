package mongodb_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/mongod"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
)

// TestTheDriversErrorsInOurWords: what the driver says of a server that cannot be used is
// told to whoever runs it as what is the matter and what to do, and never with a password.
func TestTheDriversErrorsInOurWords(t *testing.T) {
	uri := mongodtest.URI(t)
	db := dbtest.Open(t)
	name := db.Database.Name()
	makeUser := bson.D{{Key: "createUser", Value: "reader-" + name}, {Key: "pwd", Value: "s3cret"},
		{Key: "roles", Value: bson.A{bson.D{{Key: "role", Value: "read"}, {Key: "db", Value: name}}}}}
	if err := db.Client.Database("admin").RunCommand(t.Context(), makeUser).Err(); err != nil {
		t.Fatal(err)
	}
	_, at, _ := strings.Cut(uri, "@")
	host, query, _ := strings.Cut(at, "/")
	secured, untrusted := securedServer(t)
	for want, address := range map[string]string{
		`is not of the replica set "rs9" that --mongodb-uri names: its set is called "tsunagi", so write replicaSet=tsunagi`: strings.Replace(uri, "replicaSet=tsunagi", "replicaSet=rs9", 1),
		"no MongoDB listens at 127.0.0.1:1:":                                                             "mongodb://127.0.0.1:1/?replicaSet=rs0",
		"the name no.such.invalid:27017 of --mongodb-uri is not":                                         "mongodb://no.such.invalid/?replicaSet=rs0",
		`MongoDB refuses the user "tsunagi" of --mongodb-uri:`:                                           "mongodb://tsunagi:s3cret@" + at,
		"MongoDB wants a user and a password":                                                            "mongodb://" + at,
		`the user "reader-` + name + `" of --mongodb-uri may not do in the database what Tsunagi does (`: "mongodb://reader-" + name + ":s3cret@" + host + "/" + query,
		"ends the connection when TLS begins":                                                            uri + "&tls=true",
		"it is a MongoDB that wants TLS, and tls=true":                                                   "mongodb://" + secured + "/?replicaSet=rs0",
		"the certificate of MongoDB at " + untrusted + " is not accepted":                                "mongodb://" + untrusted + "/?replicaSet=rs0&tls=true",
		"is no MongoDB: look at host and port in --mongodb-uri":                                          "mongodb://" + talker(t) + "/?replicaSet=rs0",
		"does not answer: is the machine up":                                                             "mongodb://" + silent(t) + "/?replicaSet=rs0&connectTimeoutMS=200",
	} {
		if !strings.Contains(address, "?") {
			address += "?"
		}
		_, err := mongodb.Open(t.Context(), mongodb.Config{URI: address + "&serverSelectionTimeoutMS=700", Name: name, Now: time.Now,
			NewID: func() string { return "x" }, Trail: dbtest.Keys})
		switch {
		case err == nil:
			t.Errorf("%s: no error", want)
		case !strings.Contains(err.Error(), want):
			t.Errorf("got %q, want %q", err, want)
		case strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "clusterTime"):
			t.Errorf("it says too much: %v", err)
		}
	}
}

// listening answers each connection as it is told.
func listening(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
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
			answer(c)
		}
	}()
	return l.Addr().String()
}

// talker is a server of something else.
func talker(t *testing.T) string {
	return listening(t, func(c net.Conn) {
		_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		time.AfterFunc(time.Second, func() { _ = c.Close() })
	})
}

// silent takes connections and says nothing.
func silent(t *testing.T) string {
	return listening(t, func(c net.Conn) { t.Cleanup(func() { _ = c.Close() }) })
}

// securedServer is a MongoDB that wants TLS, by its address as it listens and by one that
// its certificate has.
func securedServer(t *testing.T) (at, named string) {
	t.Helper()
	binary, err := mongod.Find(os.Getenv("TSUNAGI_MONGOD"), mongodtest.Tools())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at = l.Addr().String()
	_ = l.Close()
	_, port, _ := net.SplitHostPort(at)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, "--dbpath", dir, "--bind_ip", "127.0.0.1", "--port", port, "--replSet", "rs0", "--nounixsocket",
		"--tlsMode", "requireTLS", "--tlsCertificateKeyFile", certificate(t, dir), "--tlsAllowConnectionsWithoutCertificates", "--tlsCAFile", filepath.Join(dir, "server.pem"), "--wiredTigerCacheSizeGB", "0.25")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		c, err := net.Dial("tcp", at)
		if err == nil {
			_ = c.Close()
			return at, at
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// certificate makes one that signs itself, with its key, in one file.
func certificate(t *testing.T, dir string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	what := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP("127.0.0.1")}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	signed, err := x509.CreateCertificate(rand.Reader, what, what, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	path := filepath.Join(dir, "server.pem")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
