package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tsunagi/internal/app"
	"tsunagi/internal/mail"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/org"
)

type adminCmd struct {
	CreateOwner createOwnerCmd `cmd:"" help:"Make an organisation with its first owner."`

	AcceptServerKey acceptKeyCmd `cmd:"" help:"Take the server key that is there, or a new one, for the one of the data: every link that was sent is dead then."`
}

type acceptKeyCmd struct{}

// Run takes the key.
func (acceptKeyCmd) Run(ctx context.Context, s *Settings) error {
	in := &installation{log: s.logger()}
	uri, err := in.startDatabase(ctx, s)
	if err != nil {
		return err
	}
	return errors.Join(s.acceptKey(ctx, uri), in.stopDatabase())
}

func (s *Settings) acceptKey(ctx context.Context, uri string) error {
	db, err := mongodb.Connect(ctx, mongodb.Config{URI: uri, Name: s.MongodbName, Now: app.Now, NewID: app.NewID})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(context.WithoutCancel(ctx)) }()
	dir := filepath.Join(s.Data, "secrets")
	if err := app.AcceptServerKey(ctx, db, dir); err != nil {
		return err
	}
	fmt.Printf("%s is the key of the data now. Links that were sent before are dead: send the requests again, and everybody signs in anew.\n", app.ServerKeyPath(dir))
	return nil
}

type createOwnerCmd struct {
	Organization  string `help:"Name of the organisation." required:""`
	Name          string `help:"Name of the owner." required:""`
	Email         string `help:"Mail address of the owner." required:""`
	Lang          string `help:"Language of mails." enum:"ja,en" default:"ja"`
	OwnerPassword string `help:"Password; read from standard input when not given. Better by TSUNAGI_OWNER_PASSWORD than here."`
}

// Run makes the owner.
func (cmd createOwnerCmd) Run(ctx context.Context, s *Settings) error {
	password := cmd.OwnerPassword
	if password == "" {
		fmt.Fprint(os.Stderr, "Password: ")
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && line == "" {
			return errNoOwner
		}
		password = strings.TrimRight(line, "\r\n")
	}
	in, err := s.openAsIs(ctx)
	if err != nil {
		return err
	}
	user, o, err := in.Accounts.CreateOwner(ctx, org.NewOwner{Organization: cmd.Organization, Name: cmd.Name, Email: cmd.Email,
		Password: password, Lang: cmd.Lang})
	if err != nil {
		return errors.Join(errors.New(in.Catalog.For("en").Explain(err)), in.close())
	}
	fmt.Printf("%s is now owner of %s. Sign in at %s/sign-in\n", user.Email, o.Name, s.BaseURL)
	return in.close()
}

type checkCmd struct {
	SendTest string `help:"Also send a test mail to this address." placeholder:"ADDRESS"`
}

// Run tries what the settings name. Opening the installation already proves the
// database, its indexes, the messages, the pages and the keys.
func (cmd checkCmd) Run(ctx context.Context, s *Settings) error {
	in, err := s.openAsIs(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var failed []error
	report := func(what string, err error) {
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", what, err))
			fmt.Printf("✗ %s: %v\n", what, err)
			return
		}
		fmt.Printf("○ %s\n", what)
	}
	fmt.Printf("○ data have version %d, the newest that this program knows\n", in.DB.Shapes().Newest())
	report("database takes writes", in.DB.Ready(ctx))
	if cfg := in.Config; cfg.Elsewhere {
		if free, err := in.DB.Room(ctx); err != nil {
			fmt.Printf("－ disk of the database: %v: nobody watches it\n", err)
		} else {
			fmt.Printf("○ disk of the database: %.1f GB left\n", float64(free)/1e9)
		}
	}
	report("clock agrees with the database", in.DB.CheckClock(ctx))
	cmd.mail(ctx, s, in, report)
	return errors.Join(append(failed, in.close())...)
}

// mail tries the mail server: sender and recipient are named and taken back. A
// mail leaves only where one was asked for.
func (cmd checkCmd) mail(ctx context.Context, s *Settings, in *installation, report func(what string, err error)) {
	server, err := s.mailServer()
	switch {
	case err != nil:
		report("mail server", err)
		return
	case server == nil && cmd.SendTest != "":
		report("test mail", errors.New("--smtp-url is not set"))
		return
	case server == nil:
		fmt.Println("－ mail: --smtp-url is not set, nothing will leave")
		return
	case cmd.SendTest != "" && mail.ValidAddress(cmd.SendTest) != nil:
		report("test mail", fmt.Errorf("--send-test is %q, want a bare address", cmd.SendTest))
		return
	}
	to := cmp.Or(cmd.SendTest, s.MailFrom)
	report(fmt.Sprintf("mail server takes mail from %s (we introduce ourselves as %s)", s.MailFrom, server.Helo), server.Check(ctx, s.MailFrom, to))
	if cmd.SendTest == "" {
		return
	}
	ja, en := in.Catalog.For("ja"), in.Catalog.For("en")
	host := in.Base.Host
	report("test mail to "+cmd.SendTest, server.SendTest(ctx, s.MailFrom, to, "check."+app.NewID(),
		ja.T("mail.test.subject", "Host", host)+" / "+en.T("mail.test.subject", "Host", host),
		ja.T("mail.test.text", "Host", host)+"\n\n"+en.T("mail.test.text", "Host", host)+"\n", in.Now()))
}
