package main

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"tsunagi/internal/mail"
)

// Settings are what every command shares. Each is a flag, an environment variable
// (TSUNAGI_ and the flag's name; with _FILE the file that holds a secret), or a
// line of the file named by --config, in that order.
type Settings struct {
	Config string `help:"YAML file with settings, one a line, named as the flags." type:"path"`

	Listen         string   `help:"Address to serve on." default:"127.0.0.1:8080"`
	BaseURL        string   `name:"base-url" help:"Address of this installation as people reach it; links in mails begin with it. Without it, the address of --listen."`
	Data           string   `help:"Folder of the managed database and the secrets." default:"var" type:"path"`
	TrustedProxies []string `help:"Addresses of proxies whose X-Forwarded-For is believed."`

	TrailKeys string `help:"Keys of the audit trail, an id and a secret a line, the newest last; without them, the file trail.keys among the secrets." secret:""`

	MongodbURI   string  `name:"mongodb-uri" help:"Your own MongoDB replica set; without it, a managed mongod is started." secret:""`
	MongodbName  string  `help:"Name of the database." default:"tsunagi"`
	Mongod       string  `help:"The mongod program to run; otherwise the one in PATH or .tools."`
	MongodPort   int     `help:"Port of the managed mongod, if it is free; 0 keeps the one used before." default:"0"`
	MongodbCache float64 `help:"Cache of the managed mongod in gigabytes, from 0.25." default:"0.5"`

	MinFree float64 `help:"Gigabytes left on the disk of --data, or of the database, below which uploads, imports, issuing and reports wait; 0 is never." default:"0.5"`

	SMTPURL      string  `name:"smtp-url" help:"Mail server: smtp://user@host:587?tls=starttls. Without it, mails stay in the outbox." secret:""`
	SMTPPassword string  `name:"smtp-password" help:"Password of the mail server." secret:""`
	MailFrom     string  `help:"Sender of every mail: an address from which the mail server lets us send."`
	MailHelo     string  `help:"Name by which we introduce ourselves to the mail server; without it, the host of --base-url."`
	MailRate     float64 `help:"Mails a second; 0 is as fast as the server takes them." default:"5"`
	MailParallel int     `help:"Connections to the mail server at once." default:"2"`

	BackupDir        string        `help:"Folder in which the service makes backups by itself, on another disk than --data; without it, none." type:"path"`
	BackupEvery      time.Duration `help:"How often a backup is made there." default:"24h"`
	BackupKeep       int           `help:"How many backups are kept there; older ones are removed." default:"7"`
	BackupPassphrase string        `help:"Passphrase by which backups are encrypted, and read again." secret:""`

	MetricsListen string `help:"Address of its own at which /metrics and the details of /readyz are served, such as 127.0.0.1:9464; without it they are not, but with the token."`
	MetricsToken  string `help:"Token with which /metrics is read where the pages are served, and at --metrics-listen: 16 characters or more, sent as Authorization: Bearer." secret:""`

	LogFormat string `help:"Form of the log: text or json." enum:"text,json" default:"text"`
	LogLevel  string `help:"What is logged: debug (also each request), info, warn or error, and what is graver." enum:"debug,info,warn,error" default:"info"`
}

// Validate is called by kong; an error names the setting and what is expected.
// Who names no address is reached where the program listens.
func (s *Settings) Validate() error {
	if !strings.Contains(s.Listen, ":") {
		return fmt.Errorf("--listen is %q, want host:port such as 127.0.0.1:8080", s.Listen)
	}
	if s.BaseURL == "" {
		s.BaseURL = listenURL(s.Listen)
	}
	if err := checkBase(s.BaseURL); err != nil {
		return err
	}
	if err := s.validateMail(); err != nil {
		return err
	}
	if err := s.validateMetrics(); err != nil {
		return err
	}
	switch {
	case s.MongodbCache < 0.25 || s.MongodbCache > 1024:
		return fmt.Errorf("--mongodb-cache is %v, want gigabytes from 0.25", s.MongodbCache)
	case s.MinFree < 0:
		return fmt.Errorf("--min-free is %v, want 0 or more gigabytes", s.MinFree)
	case s.BackupEvery < 10*time.Minute:
		return fmt.Errorf("--backup-every is %v, want 10m or more, such as 24h", s.BackupEvery)
	case s.BackupKeep < 1:
		return fmt.Errorf("--backup-keep is %d, want 1 or more", s.BackupKeep)
	case s.MailRate < 0:
		return fmt.Errorf("--mail-rate is %v, want 0 or more mails a second", s.MailRate)
	case s.MailParallel < 1 || s.MailParallel > 100:
		return fmt.Errorf("--mail-parallel is %d, want 1 to 100 connections", s.MailParallel)
	case s.MongodbName == "" || strings.ContainsAny(s.MongodbName, "/\\. \"$"):
		return fmt.Errorf("--mongodb-name is %q, want a name of letters, digits, - and _", s.MongodbName)
	}
	return nil
}

// leastToken is how long a token must be: strangers may try as many as they like.
const leastToken = 16

func (s *Settings) validateMetrics() error {
	switch {
	case s.MetricsListen != "" && !strings.Contains(s.MetricsListen, ":"):
		return fmt.Errorf("--metrics-listen is %q, want host:port such as 127.0.0.1:9464", s.MetricsListen)
	case s.MetricsListen != "" && s.MetricsListen == s.Listen:
		return errors.New("--metrics-listen is the address of --listen: choose another port, or leave it out and set --metrics-token")
	case s.MetricsToken != "" && (len(s.MetricsToken) < leastToken || strings.ContainsFunc(s.MetricsToken, func(r rune) bool { return r <= ' ' || r >= 0x7f })):
		return fmt.Errorf("--metrics-token must have %d letters, digits or signs at least, without blanks", leastToken)
	}
	return nil
}

// checkBase judges the address by which people reach us.
func checkBase(address string) error {
	base, err := url.Parse(address)
	switch {
	case err != nil || base.Hostname() == "" || base.Scheme != "http" && base.Scheme != "https" || base.User != nil || base.RawQuery+base.Fragment != "":
		return fmt.Errorf("--base-url is %q, want an address like https://survey.example.com", address)
	case strings.Trim(base.Path, "/") != "":
		return fmt.Errorf("--base-url is %q: below the path %s of another site this program cannot live; give it a host name of its own, such as "+
			"https://survey.example.com, and let the proxy pass everything of that name", address, base.Path)
	}
	return nil
}

// listenURL is the address by which this machine reaches what listens there: by
// loopback where it listens at every address.
func listenURL(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip, e := netip.ParseAddr(host); err == nil && (host == "" || e == nil && ip.IsUnspecified()) {
		return "http://127.0.0.1:" + port
	}
	return "http://" + listen
}

// validateMail checks the settings for sending mail, and that those which need each
// other are given together.
func (s *Settings) validateMail() error {
	if s.SMTPURL != "" {
		if _, err := mail.ParseURL(s.SMTPURL, s.SMTPPassword); err != nil {
			return fmt.Errorf("--smtp-url: %w", err)
		}
		if s.MailFrom == "" {
			return errors.New("--mail-from is not set: with --smtp-url it must name an address from which that mail server lets us send, such as survey@your-company.example")
		}
	}
	if s.MailFrom != "" && mail.ValidAddress(s.MailFrom) != nil {
		return fmt.Errorf("--mail-from is %q, want a bare address such as survey@your-company.example", s.MailFrom)
	}
	if strings.ContainsFunc(s.MailHelo, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return fmt.Errorf("--mail-helo is %q, want the name of a host such as survey.example.com", s.MailHelo)
	}
	return nil
}

// noFrom stands as the sender where no mail leaves: in the demo's mailbox.
const noFrom = "tsunagi@example.com"

// sender is the address that mails come from.
func (s *Settings) sender() string {
	if s.MailFrom == "" {
		return noFrom
	}
	return s.MailFrom
}

// mailServer is the server that takes our mail, nil when none is named.
func (s *Settings) mailServer() (*mail.Server, error) {
	if s.SMTPURL == "" {
		return nil, nil
	}
	server, err := mail.ParseURL(s.SMTPURL, s.SMTPPassword)
	if err != nil {
		return nil, fmt.Errorf("--smtp-url: %w", err)
	}
	base, err := url.Parse(s.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("--base-url: %w", err)
	}
	server.Helo = heloName(s.MailHelo, base.Hostname())
	return &server, nil
}

// heloName is the name that was set, else the host; an IP address stands in
// brackets (RFC 5321 §4.1.3).
func heloName(set, host string) string {
	if set != "" {
		return set
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return host
	case ip.Is4():
		return "[" + ip.String() + "]"
	}
	return "[IPv6:" + ip.String() + "]"
}

// sources finds settings that no flag gave, and remembers where each came from.
type sources struct {
	file  map[string]any
	path  string
	found map[string]string
}

// Validate implements kong.Resolver.
func (*sources) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver.
func (s *sources) Resolve(c *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Name == "config" || flag.Name == "help" {
		return nil, nil
	}
	if err := s.load(c); err != nil {
		return nil, err
	}
	env := "TSUNAGI_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
	if v, ok := os.LookupEnv(env); ok {
		s.note(flag.Name, env)
		return v, nil
	}
	if path, ok := os.LookupEnv(env + "_FILE"); ok {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("%s_FILE: %w", env, err)
		}
		s.note(flag.Name, env+"_FILE")
		return strings.TrimSpace(string(raw)), nil
	}
	if v, ok := s.file[flag.Name]; ok {
		s.note(flag.Name, s.path)
		if list, ok := v.([]any); ok {
			parts := make([]string, len(list))
			for i, p := range list {
				parts[i] = fmt.Sprint(p)
			}
			return strings.Join(parts, ","), nil
		}
		return fmt.Sprint(v), nil
	}
	return nil, nil
}

func (s *sources) note(name, source string) {
	if s.found == nil {
		s.found = map[string]string{}
	}
	s.found[name] = source
}

// load reads the file of --config once, and refuses names that are no setting.
func (s *sources) load(c *kong.Context) error {
	if s.file != nil {
		return nil
	}
	s.file = map[string]any{}
	path := os.Getenv("TSUNAGI_CONFIG")
	names := map[string]bool{}
	for _, flag := range c.Model.Flags {
		names[flag.Name] = true
		if flag.Name == "config" {
			if v, ok := c.FlagValue(flag).(string); ok && v != "" {
				path = v
			}
		}
	}
	if path == "" {
		return nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	if err := yaml.Unmarshal(raw, &s.file); err != nil {
		return fmt.Errorf("--config: %s is not YAML: %w", path, err)
	}
	s.path = path
	for name := range s.file {
		if !names[name] {
			return fmt.Errorf("--config: %s sets %q, which is no setting; tsunagi serve --help lists them", path, name)
		}
	}
	return nil
}

type configCmd struct{}

// Run prints each setting with its source; secrets only whether they are set.
func (configCmd) Run(c *kong.Context, s *sources) error {
	given := map[string]bool{}
	for _, p := range c.Path {
		if p.Flag != nil && !p.Resolved {
			given[p.Flag.Name] = true
		}
	}
	for _, flag := range c.Model.Flags {
		if flag.Name == "help" {
			continue
		}
		source := "default"
		if found, ok := s.found[flag.Name]; ok {
			source = found
		}
		if given[flag.Name] {
			source = "flag"
		}
		value := fmt.Sprint(c.FlagValue(flag))
		if flag.Tag.Has("secret") && value != "" {
			value = "(set)"
		}
		if _, err := fmt.Fprintf(c.Stdout, "%-18s %-40s %s\n", flag.Name, value, source); err != nil {
			return err
		}
	}
	return nil
}

var errNoOwner = errors.New("give --organization, --name, --email, and the password by TSUNAGI_OWNER_PASSWORD or standard input")

// disks are the folders whose disks must have room: the managed database's may be another.
func (s *Settings) disks() []string {
	if s.MongodbURI != "" {
		return []string{s.Data}
	}
	return []string{s.Data, filepath.Join(s.Data, "mongod")}
}

// free tells how many bytes are left to us on the fullest disk of some folders.
func free(dirs ...string) func() (int64, error) {
	return func() (int64, error) {
		least := int64(math.MaxInt64)
		for _, dir := range dirs {
			var disk syscall.Statfs_t
			if err := syscall.Statfs(dir, &disk); err != nil {
				return 0, fmt.Errorf("look for free space: %w", err)
			}
			least = min(least, int64(disk.Bavail)*int64(disk.Bsize)) //nolint:unconvert // other systems have other types
		}
		return least, nil
	}
}
