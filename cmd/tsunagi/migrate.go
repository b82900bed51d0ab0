package main

import (
	"context"
	"errors"
	"fmt"

	"tsunagi/internal/app"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/web"
)

type migrateCmd struct {
	DryRun bool `help:"Say what would be done to how many records, and change nothing."`
}

// Run migrates the data, or tells what that would do.
func (cmd migrateCmd) Run(ctx context.Context, s *Settings) error {
	if cmd.DryRun {
		return s.planMigration(ctx)
	}
	in, err := s.open(ctx, web.Production)
	if err != nil {
		return err
	}
	fmt.Printf("The data have version %d.\n", in.DB.Shapes().Newest())
	return in.close()
}

// planMigration prints the steps that the data have not been through.
func (s *Settings) planMigration(ctx context.Context) error {
	in := &installation{log: s.logger()}
	uri, err := in.startDatabase(ctx, s)
	if err != nil {
		return err
	}
	return errors.Join(printPlan(ctx, uri, s.MongodbName), in.stopDatabase())
}

func printPlan(ctx context.Context, uri, name string) error {
	db, err := mongodb.Connect(ctx, mongodb.Config{URI: uri, Name: name, Now: app.Now, NewID: app.NewID})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close(context.WithoutCancel(ctx)) }()
	have, err := db.Shapes().Version(ctx)
	if err != nil {
		return err
	}
	plan, err := db.Shapes().Plan(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("The data have version %d, this program writes version %d.\n", have, db.Shapes().Newest())
	for _, p := range plan {
		fmt.Printf("  version %d, %s: %s; %d records\n", p.Version, p.Name, p.What, p.Records)
	}
	fmt.Println("Nothing was changed.")
	return nil
}
