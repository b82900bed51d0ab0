package server

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// explained is an error of the driver in the words of whoever runs the server: what is the
// matter there, and what to do. The driver's own words are kept beneath.
type explained struct {
	words string
	err   error
}

func (e *explained) Error() string { return e.words }
func (e *explained) Unwrap() error { return e.err }

// Codes of a server that does not let us in.
const (
	codeUnauthorized = 13
	codeAuthFailed   = 18
)

// reading is one thing that a driver's error says of a server that cannot be reached.
type reading struct {
	says []string // one of these is in the error
	tls  string   // "on" or "off": only where the address asks for TLS, or does not
	mean string   // %s is the server
}

// readings are all of them; the first that fits counts.
var readings = []reading{
	{says: []string{"unknown authority", "x509:", "tls: "},
		mean: "the certificate of MongoDB at %s is not accepted: name the authority that signed it by tlsCAFile=/path/ca.pem in --mongodb-uri, and call the server by a name that the certificate has"},
	{says: []string{"EOF", "connection reset", "first record"}, tls: "on",
		mean: "MongoDB at %s ends the connection when TLS begins: it has no TLS, and tls=true must go from --mongodb-uri; or it wants a certificate of ours (tlsCertificateKeyFile)"},
	{says: []string{"EOF", "connection reset", "unexpectedly closed"}, tls: "off",
		mean: "what listens at %s ends the connection at once: it is a MongoDB that wants TLS, and tls=true (with tlsCAFile=/path/ca.pem where the authority is your own) must come into --mongodb-uri; or it is none"},
	{says: []string{"connection refused"},
		mean: "no MongoDB listens at %s: is mongod running there, and does it listen at that address (bindIp) and port? --mongodb-uri names it"},
	{says: []string{"no such host", "server misbehaving", "lookup "},
		mean: "the name %s of --mongodb-uri is not known to this machine: look at its spelling, and at the DNS"},
	{says: []string{"read message too large", "length of read message"},
		mean: "what listens at %s is no MongoDB: look at host and port in --mongodb-uri"},
	{says: []string{"i/o timeout", "deadline exceeded", "no route to host", "network is unreachable"},
		mean: "MongoDB at %s does not answer: is the machine up, does a firewall stand between, is the address in --mongodb-uri right?"},
}

// Explain puts what a driver's error means into words for whoever runs the server at an
// address. Any other error stays as it is.
func Explain(ctx context.Context, err error, uri string) error {
	if err == nil || errors.As(err, new(*explained)) {
		return err
	}
	opts := options.Client().ApplyURI(uri)
	if opts.Validate() != nil {
		return err
	}
	if words := words(ctx, err, opts); words != "" {
		return &explained{words, err}
	}
	return err
}

func words(ctx context.Context, err error, opts *options.ClientOptions) string {
	user := "the user of --mongodb-uri"
	if opts.Auth != nil {
		user = fmt.Sprintf("the user %q of --mongodb-uri", opts.Auth.Username)
	}
	says := err.Error()
	switch {
	case hasCode(err, codeAuthFailed) || strings.Contains(says, "auth error"):
		return "MongoDB refuses " + user + ": its password is another one, or it is kept in another database (authSource=admin, mostly)"
	case hasCode(err, codeUnauthorized) && strings.Contains(says, "requires authentication"):
		return "MongoDB wants a user and a password: put them into --mongodb-uri (mongodb://user:password@host/?authSource=admin)"
	case hasCode(err, codeUnauthorized):
		return user + " may not do in the database what Tsunagi does" + deniedOn(says) + ": it needs the role readWrite there; as an administrator of MongoDB: " +
			"db.getSiblingDB(\"admin\").grantRolesToUser(…, [{role: \"readWrite\", db: …}])"
	case !strings.Contains(says, "server selection"):
		return ""
	case strings.Contains(says, "Servers: [] }") && opts.ReplicaSet != nil:
		return wrongSet(ctx, opts)
	}
	return unreachable(says, opts)
}

var denied = regexp.MustCompile(`not authorized on (\S+) to execute command \{ (\w+):`)

// deniedOn is what was refused, without what the command holds.
func deniedOn(says string) string {
	m := denied.FindStringSubmatch(says)
	if m == nil {
		return ""
	}
	return fmt.Sprintf(" (%s on %s)", m[2], m[1])
}

// wrongSet says what the set is really called, where the server tells.
func wrongSet(ctx context.Context, opts *options.ClientOptions) string {
	asked, at := *opts.ReplicaSet, strings.Join(opts.Hosts, ",")
	words := fmt.Sprintf("MongoDB at %s is not of the replica set %q that --mongodb-uri names", at, asked)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	one := *opts
	one.ReplicaSet, one.Hosts = nil, opts.Hosts[:1]
	client, err := mongo.Connect(one.SetDirect(true).SetServerSelectionTimeout(2 * time.Second))
	if err != nil {
		return words
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }()
	g, err := hello(ctx, client)
	switch {
	case err != nil:
		return words
	case g.SetName == "":
		return words + ": it is of none"
	}
	return fmt.Sprintf("%s: its set is called %q, so write replicaSet=%s", words, g.SetName, g.SetName)
}

var serverSays = regexp.MustCompile(`Addr: ([^,\s]+), Type: (\w+)(?:, Last error: (.*?))? \}, `)

// unreachable reads the first server's error that means something.
func unreachable(says string, opts *options.ClientOptions) string {
	tls := "off"
	if opts.TLSConfig != nil {
		tls = "on"
	}
	found := serverSays.FindAllStringSubmatch(says, -1)
	for _, r := range readings {
		for _, server := range found {
			fits := slices.ContainsFunc(r.says, func(part string) bool { return strings.Contains(server[3], part) })
			if fits && (r.tls == "" || r.tls == tls) {
				return fmt.Sprintf(r.mean, server[1])
			}
		}
	}
	if len(found) > 0 && !strings.Contains(says, "Last error") {
		return "the replica set of --mongodb-uri has no primary at this moment: rs.status() in mongosh says which of its members are down"
	}
	return ""
}

func hasCode(err error, code int) bool {
	var se mongo.ServerError
	return errors.As(err, &se) && se.HasErrorCode(code)
}
