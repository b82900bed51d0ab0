// Command tsunagi is the whole product in one program: the pages, the jobs, and
// what an administrator needs.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"tsunagi/internal/picture/sandbox"
)

// version is set by the build.
var version = "dev"

type cli struct {
	Settings

	Serve   serveCmd   `cmd:"" help:"Serve the pages and run the jobs."`
	Work    workCmd    `cmd:"" help:"Run the jobs alone, beside other processes that serve."`
	Demo    demoCmd    `cmd:"" help:"Serve with invented data to try everything, mails kept in a built-in mailbox."`
	Migrate migrateCmd `cmd:"" help:"Bring the data of an older version to this one, as serve does at its start."`
	Backup  backupCmd  `cmd:"" help:"Copy everything as it is at one moment into one file, while the service runs."`
	Restore restoreCmd `cmd:"" help:"Put a backup into an empty installation."`
	Verify  verifyCmd  `cmd:"" help:"Check everything: the audit trail, submissions, files, numbers that are kept, and what names what. Name what does not hold, and exit non-zero."`
	Admin   adminCmd   `cmd:"" help:"What an administrator does by hand."`
	Audit   auditCmd   `cmd:"" help:"Check the audit trail."`
	Check   checkCmd   `cmd:"" help:"Check the settings: database, mail, fonts, keys."`
	Health  healthCmd  `cmd:"" help:"Ask the process that serves with these settings how it is; exits non-zero unless it is ready."`
	Show    configCmd  `cmd:"" name:"config" help:"Print every setting and where it came from."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

func main() {
	sandbox.Main() // a child that looks into foreign files needs nothing else of us
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tsunagi:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// run parses the command line and carries out its command.
func run(ctx context.Context, args []string) error {
	var c cli
	parser, err := newParser(ctx, &c)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	chosen := command.Selected()
	if t := onlyTask(chosen.Target.Addr().Interface()); t != nil {
		return c.carryOut(ctx, chosen.Path(), t)
	}
	return command.Run(&c.Settings)
}

// newParser makes what reads the command line, the environment and the file of settings into c.
func newParser(ctx context.Context, c *cli) (*kong.Kong, error) {
	sources := &sources{}
	return kong.New(c, kong.Name("tsunagi"), kong.Description("つなぎ – supply-chain security questionnaires."),
		kong.DefaultEnvars("TSUNAGI"), kong.Resolvers(sources), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(sources))
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run() error {
	fmt.Println("tsunagi", version)
	return nil
}
