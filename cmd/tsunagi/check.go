package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tsunagi/internal/mail"
)

type checkCmd struct {
	SendTest string `help:"Also send a test mail to this address." placeholder:"ADDRESS"`

	Mail mailSettings `kong:"-"` // the caller's
}

// mailSettings are by which settings mail leaves.
type mailSettings struct{ SMTPURL, SMTPPassword, MailFrom, MailHelo string }

// Run tries what the settings name. Opening the installation already proves the
// database, its indexes, the messages, the pages and the keys.
func (cmd checkCmd) Run(ctx context.Context, s *Settings) error {
	cmd.Mail = s.mailSettings()
	return s.carryOut(ctx, "check", cmd)
}

func (s *Settings) mailSettings() mailSettings {
	return mailSettings{s.SMTPURL, s.SMTPPassword, s.MailFrom, s.MailHelo}
}

// do implements task.
func (cmd checkCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var failed []error
	report := func(what string, err error) {
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", what, err))
			_, _ = fmt.Fprintf(out, "✗ %s: %v\n", what, err)
			return
		}
		_, _ = fmt.Fprintf(out, "○ %s\n", what)
	}
	_, _ = fmt.Fprintf(out, "○ data have version %d, the newest that this program knows\n", in.DB.Shapes().Newest())
	switch version, outdated, err := in.DB.ServerVersion(ctx); {
	case err != nil:
		report("version of MongoDB", err)
	case outdated != "":
		_, _ = fmt.Fprintf(out, "－ %s\n", outdated)
	default:
		_, _ = fmt.Fprintf(out, "○ MongoDB %s gets security fixes\n", version)
	}
	report("database takes writes", in.DB.Ready(ctx))
	if cfg := in.Config; cfg.Elsewhere {
		if free, err := in.DB.Room(ctx); err != nil {
			_, _ = fmt.Fprintf(out, "－ disk of the database: %v: nobody watches it\n", err)
		} else {
			_, _ = fmt.Fprintf(out, "○ disk of the database: %.1f GB left\n", float64(free)/1e9)
		}
	}
	report("clock agrees with the database", in.DB.CheckClock(ctx))
	cmd.mail(ctx, in, out, report)
	return errors.Join(failed...)
}

// mail tries the mail server: sender and recipient are named and taken back. A
// mail leaves only where one was asked for.
func (cmd checkCmd) mail(ctx context.Context, in *installation, out io.Writer, report func(what string, err error)) {
	s := *in.settings
	if cmd.Mail.SMTPURL != "" && cmd.Mail != s.mailSettings() {
		_, _ = fmt.Fprintln(out, "－ mail: the running process has other settings than you named; yours are tried here, and it takes them when it is started anew")
		s.SMTPURL, s.SMTPPassword, s.MailFrom, s.MailHelo = cmd.Mail.SMTPURL, cmd.Mail.SMTPPassword, cmd.Mail.MailFrom, cmd.Mail.MailHelo
	}
	server, err := s.mailServer()
	switch {
	case err != nil:
		report("mail server", err)
		return
	case server == nil && cmd.SendTest != "":
		report("test mail", errors.New("--smtp-url is not set"))
		return
	case server == nil:
		_, _ = fmt.Fprintln(out, "－ mail: --smtp-url is not set, nothing will leave")
		return
	case cmd.SendTest != "" && mail.ValidAddress(cmd.SendTest) != nil:
		report("test mail", fmt.Errorf("--send-test is %q, want a bare address", cmd.SendTest))
		return
	}
	to := cmp.Or(cmd.SendTest, s.MailFrom)
	report(fmt.Sprintf("mail server takes mail from %s (we introduce ourselves as %s)", s.MailFrom, server.Helo), server.Check(ctx, s.MailFrom, to))
	if cmd.SendTest != "" {
		report("test mail to "+to, in.TestMailBy(ctx, *server, s.MailFrom, to))
	}
}
