package main

import (
	"context"
	"fmt"
	"io"
)

type releaseMailCmd struct{}

// do implements task.
func (releaseMailCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	released, err := in.ReleaseMail(ctx)
	if err != nil {
		return err
	}
	if !released {
		_, _ = fmt.Fprintln(out, "Mail is not held: these data were not restored from a backup, or it was confirmed before.")
		return nil
	}
	_, _ = fmt.Fprintln(out, "Mail leaves again from this server. What was queued when the backup was made leaves, too: "+
		"where the lost server had sent it since, it arrives twice, under the same Message-ID.")
	return nil
}
