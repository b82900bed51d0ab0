package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"tsunagi/internal/audit"
	"tsunagi/internal/mail"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/org"
)

type adminCmd struct {
	CreateOwner createOwnerCmd `cmd:"" help:"Make an organisation with its first owner."`
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

type auditCmd struct {
	Verify verifyCmd `cmd:"" help:"Walk every chain of the audit trail; name the first broken row and exit non-zero."`
}

type verifyCmd struct{}

// Run verifies the trail of every organisation.
func (verifyCmd) Run(ctx context.Context, s *Settings) error {
	in, err := s.openAsIs(ctx)
	if err != nil {
		return err
	}
	trail := mongodb.Audit{DB: in.DB}
	heads, err := trail.Organizations(ctx)
	if err != nil {
		return errors.Join(err, in.close())
	}
	var broken []error
	for _, head := range heads {
		rows, waiting, err := trail.Verify(ctx, head.Org)
		var b *audit.Break
		switch {
		case errors.As(err, &b):
			broken = append(broken, fmt.Errorf("organisation %s: %w", head.Org, err))
		case err != nil:
			return errors.Join(err, in.close())
		default:
			fmt.Printf("organisation %s: %d rows hold, %d wait to be sealed, last hash %s\n", head.Org, rows, waiting, head.Hash)
		}
	}
	return errors.Join(append(broken, in.close())...)
}

type checkCmd struct{}

// Run tries what the settings name. Opening the installation already proves the
// database, its indexes, the messages, the pages and the keys.
func (checkCmd) Run(ctx context.Context, s *Settings) error {
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
	report("clock agrees with the database", in.DB.CheckClock(ctx))
	if s.SMTPURL == "" {
		fmt.Println("－ mail: --smtp-url is not set, nothing will leave")
	} else {
		server, err := mail.ParseURL(s.SMTPURL, s.SMTPPassword)
		if err == nil {
			err = server.Check(ctx)
		}
		report("mail server takes our sign-in", err)
	}
	return errors.Join(append(failed, in.close())...)
}
