package main

import (
	"context"
	"errors"
	"fmt"

	"tsunagi/internal/demo"
	"tsunagi/internal/web"
)

type demoCmd struct{}

// Run loads the invented data once and serves it, and says how to sign in.
func (demoCmd) Run(ctx context.Context, s *Settings) error {
	in, err := s.open(ctx, web.Demo)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	if err := demo.Load(ctx, in.App); err != nil {
		return unlessStopped(ctx, errors.Join(fmt.Errorf("load the demo data: %w", err), in.close()))
	}
	fmt.Printf(`
  つなぎ (demo)        %[1]s
  built-in mailbox     %[1]s/mailbox
  sign in as buyer     buyer@example.jp
          reviewer     reviewer@example.jp
          both         both@example.jp
          reader       reader@example.jp
          auditor      auditor@example.jp
          owner        owner@example.jp     password: %[2]s
  as a supplier        open a link from the mailbox

`, s.BaseURL, demo.Password)
	return in.serve(ctx, s.Listen)
}
