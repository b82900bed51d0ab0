package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/width"

	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/org"
	"tsunagi/internal/token"
)

// explain gives an error in the words of the pages, where it is one of those.
func (in *installation) explain(err error) error {
	var judged *fault.Error
	if errors.As(err, &judged) {
		return errors.New(in.Catalog.For("en").Explain(err))
	}
	return err
}

// print says what a command did.
func print(out io.Writer, format string, args ...any) error {
	_, err := fmt.Fprintf(out, format+"\n", args...)
	return err
}

type resetLinkCmd struct {
	Email string `arg:"" help:"Mail address of the account."`
}

// do implements task.
func (cmd resetLinkCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	u, err := in.Rescue.ResetLink(ctx, cmd.Email)
	if err != nil {
		return in.explain(err)
	}
	return in.printReset(out, u)
}

// printReset prints the link of a user by which a new password is set.
func (in *installation) printReset(out io.Writer, u org.User) error {
	return print(out, "%s (%s) sets a new password here, once, until %s; earlier links are dead:\n  %s", u.Name, u.Email, minute(u.ResetUntil),
		strings.TrimSuffix(in.Base.String(), "/")+"/reset/"+in.Keys.Link(token.Reset, u.ID, u.ResetGeneration))
}

// minute is a time as an administrator reads it, by the clock of this machine.
func minute(at time.Time) string { return at.Local().Format("2006-01-02 15:04 MST") }

type listCmd struct{}

// do implements task.
func (listCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	rows := [][]string{{"ADDRESS", "NAME", "ORGANISATION", "ROLES", "LAST SIGN-IN", ""}}
	words := in.Catalog.For("en")
	err := in.Rescue.Each(ctx, func(h org.Held) error {
		first := []string{h.User.Email, h.User.Name}
		last := []string{lastSignIn(h.User), remarks(h.User)}
		for _, place := range places(h, words) {
			rows = append(rows, slices.Concat(first, place, last))
		}
		return nil
	})
	if err != nil {
		return in.explain(err)
	}
	if len(rows) == 1 {
		return print(out, "Nobody has an account yet: tsunagi admin create-owner makes the first.")
	}
	return printTable(out, rows)
}

// places are where somebody works, and as what: one row an organisation.
func places(h org.Held, words *locale.Printer) [][]string {
	if len(h.Memberships) == 0 {
		return [][]string{{"(none)", ""}}
	}
	names := map[string]string{}
	for _, o := range h.Organizations {
		names[o.ID] = o.Name
	}
	var out [][]string
	for _, m := range h.Memberships {
		var roles []string
		for _, r := range m.Roles {
			roles = append(roles, words.T("access.role."+string(r)))
		}
		as := strings.Join(roles, ", ")
		if m.Until != nil {
			as += " until " + minute(*m.Until)
		}
		out = append(out, []string{names[m.Org], as})
	}
	return out
}

func lastSignIn(u org.User) string {
	if u.SignedInAt.IsZero() {
		return "never"
	}
	return minute(u.SignedInAt)
}

func remarks(u org.User) string {
	var out []string
	if u.Administrator {
		out = append(out, "administrator")
	}
	if !u.LockedAt.IsZero() {
		out = append(out, "locked since "+minute(u.LockedAt))
	}
	return strings.Join(out, ", ")
}

// printTable prints rows in columns. Japanese letters take two places of a terminal.
func printTable(out io.Writer, rows [][]string) error {
	widest := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widest[i] = max(widest[i], columns(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widest[i]-columns(cell)+2))
		}
		if err := print(out, "%s", strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// columns is how many places of a terminal a text takes.
func columns(text string) (n int) {
	for _, r := range text {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

type lockCmd struct {
	Email string `arg:"" help:"Mail address of the account."`
}

// do implements task.
func (cmd lockCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	n, err := in.Rescue.Lock(ctx, cmd.Email)
	if err != nil {
		return in.explain(err)
	}
	return print(out, "%s is locked: %s ended, and nobody signs in with it until tsunagi admin unlock %s.", cmd.Email, count(n, "session"), cmd.Email)
}

type unlockCmd struct {
	Email string `arg:"" help:"Mail address of the account."`
}

// do implements task.
func (cmd unlockCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	if err := in.Rescue.Unlock(ctx, cmd.Email); err != nil {
		return in.explain(err)
	}
	return print(out, "%s is unlocked, and signs in with the password that there was. Where that may be known to others: tsunagi admin reset-link %s", cmd.Email, cmd.Email)
}

type makeOwnerCmd struct {
	Email        string `arg:"" help:"Mail address of the account."`
	Organization string `help:"Name of the organisation, or its id." required:""`
	Name         string `help:"Name of the person; only where nobody has an account with the address: one is made."`
	Lang         string `help:"Language of mails to a new account." enum:"ja,en" default:"ja"`
}

// do implements task.
func (cmd makeOwnerCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	made, err := in.Rescue.MakeOwner(ctx, cmd.Email, cmd.Name, cmd.Lang, cmd.Organization)
	if err != nil {
		return in.explain(err)
	}
	if err := print(out, "%s is now an owner of %s.", made.User.Email, made.Organization.Name); err != nil {
		return err
	}
	switch {
	case made.New:
		return in.printReset(out, made.User)
	case !made.User.LockedAt.IsZero():
		return print(out, "The account is locked: tsunagi admin unlock %s", made.User.Email)
	}
	return nil
}

type makeAdministratorCmd struct {
	Email    string `arg:"" help:"Mail address of the account."`
	NoLonger bool   `help:"Take it away."`
}

// do implements task.
func (cmd makeAdministratorCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	if err := in.Rescue.SetAdministrator(ctx, cmd.Email, !cmd.NoLonger); err != nil {
		return in.explain(err)
	}
	if cmd.NoLonger {
		return print(out, "%s does not see to the installation any more.", cmd.Email)
	}
	return print(out, "%s sees to the installation: %s/system", cmd.Email, strings.TrimSuffix(in.Base.String(), "/"))
}

type revokeSessionsCmd struct {
	Email string `arg:"" optional:"" help:"Mail address of the account."`
	All   bool   `help:"Of everybody."`
}

// Validate is called by kong.
func (cmd revokeSessionsCmd) Validate() error {
	if (cmd.Email == "") != cmd.All {
		return errors.New("name either a mail address or --all")
	}
	return nil
}

// do implements task.
func (cmd revokeSessionsCmd) do(ctx context.Context, in *installation, out io.Writer) (err error) {
	var n int
	if cmd.All {
		n, err = in.Rescue.EndAllSessions(ctx)
	} else {
		n, err = in.Rescue.EndSessions(ctx, cmd.Email)
	}
	if err != nil {
		return in.explain(err)
	}
	return print(out, "%s ended. Who has an account signs in anew with the password that there is; suppliers' links go on working (tsunagi admin revoke-links ends those).", count(n, "session"))
}

// count says how many there are of a thing.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
