package main

import (
	"context"
	"errors"
	"fmt"

	"tsunagi/internal/web"
	"tsunagi/internal/web/account"
)

type serveCmd struct{}

// Run serves until it is told to stop.
func (serveCmd) Run(ctx context.Context, s *Settings) error {
	if err := s.checkBackupDir(); err != nil {
		return err
	}
	in, err := s.open(ctx, web.Production)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	needs, err := in.Accounts.NeedsOwner(ctx)
	if err != nil {
		return errors.Join(err, in.close())
	}
	if needs {
		fmt.Printf("Nobody has an account yet. Open this address to make the first owner:\n  %s\n", s.BaseURL+account.SetupPath(in.Keys))
	}
	return in.serve(ctx, s.Listen)
}

type workCmd struct{}

// Run works until it is told to stop.
func (workCmd) Run(ctx context.Context, s *Settings) error {
	if err := s.checkBackupDir(); err != nil {
		return err
	}
	in, err := s.open(ctx, web.Production)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	return in.work(ctx)
}
