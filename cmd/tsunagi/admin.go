package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tsunagi/internal/app"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/org"
	"tsunagi/internal/work"
)

type adminCmd struct {
	List              listCmd              `cmd:"" help:"List who has an account: organisation, roles, last sign-in, whether locked."`
	ResetLink         resetLinkCmd         `cmd:"" help:"Print a link by which somebody sets a new password: once, within 30 minutes. Earlier links die."`
	Lock              lockCmd              `cmd:"" help:"Lock an account: its sessions and reset links end at once."`
	Unlock            unlockCmd            `cmd:"" help:"Unlock an account."`
	RevokeSessions    revokeSessionsCmd    `cmd:"" help:"End the sessions of somebody, or of everybody, who has an account."`
	MakeOwner         makeOwnerCmd         `cmd:"" help:"Make somebody an owner of an organisation that there is."`
	MakeAdministrator makeAdministratorCmd `cmd:"" help:"Let an account see to the whole installation: the administrator's page. --no-longer takes that away."`
	CreateOwner       createOwnerCmd       `cmd:"" help:"Make an organisation with its first owner."`

	ReleaseMail     releaseMailCmd `cmd:"" help:"Let mail leave again after a restore: confirm that these are the data to write from."`
	RevokeLinks     revokeLinksCmd `cmd:"" help:"End the links of a campaign's or a supplier's requests, or of all."`
	Requeue         requeueCmd     `cmd:"" help:"Mails that failed, or work that was given up, once more."`
	RotateServerKey rotateKeyCmd   `cmd:"" help:"Make a new server key: every link that was sent is dead then."`
	AcceptServerKey acceptKeyCmd   `cmd:"" help:"Take the server key that is there, or a new one, for the one of the data: every link that was sent is dead then."`
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
	open := func(keys audit.Keys) (*mongodb.DB, error) {
		return mongodb.Connect(ctx, mongodb.Config{URI: uri, Name: s.MongodbName, Now: app.Now, NewID: app.NewID, Trail: keys})
	}
	keys, untold := s.knownTrailKeys()
	db, err := open(keys)
	if err == nil && untold == nil {
		if untold = work.CheckBegun(ctx, db.Chains(), keys); untold != nil { // what other keys prove would look forged
			_ = db.Close(ctx)
			db, err = open(nil)
		}
	}
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(context.WithoutCancel(ctx)) }()
	dir := filepath.Join(s.Data, "secrets")
	if err := app.AcceptServerKey(ctx, db, dir); err != nil {
		return err
	}
	fmt.Printf("%s is the key of the data now. Links that were sent before are dead: send the requests again.\n", app.ServerKeyPath(dir))
	if untold != nil {
		fmt.Printf("The audit trail does not tell of it: %v\n", untold)
	}
	return nil
}

type createOwnerCmd struct {
	Organization  string `help:"Name of the organisation." required:""`
	Name          string `help:"Name of the owner." required:""`
	Email         string `help:"Mail address of the owner." required:""`
	Lang          string `help:"Language of mails." enum:"ja,en" default:"ja"`
	Another       bool   `name:"another-organization" help:"Make one though there is an organisation of that name."`
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
	cmd.OwnerPassword = password
	return s.carryOut(ctx, "admin create-owner", cmd)
}

// do implements task.
func (cmd createOwnerCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	first, err := in.Accounts.NeedsOwner(ctx)
	if err != nil {
		return err
	}
	user, o, err := in.Accounts.CreateOwner(ctx, org.NewOwner{Organization: cmd.Organization, Name: cmd.Name, Email: cmd.Email,
		Password: cmd.OwnerPassword, Lang: cmd.Lang, Another: cmd.Another, ByHand: true, Administrator: first})
	if fault.KindOf(err) == fault.Conflict {
		return fmt.Errorf("%w. tsunagi admin list shows who is there; tsunagi admin make-owner makes somebody an owner of an organisation that there is, "+
			"and --another-organization another one of the same name", in.explain(err))
	}
	if err != nil {
		return in.explain(err)
	}
	_, err = fmt.Fprintf(out, "%s is now owner of %s. Sign in at %s/sign-in\n", user.Email, o.Name, in.settings.BaseURL)
	return err
}
