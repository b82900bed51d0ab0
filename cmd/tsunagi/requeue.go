package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

type requeueCmd struct {
	Mail requeueMailCmd `cmd:"" help:"Send mails again that failed for good."`
	Jobs requeueJobsCmd `cmd:"" help:"Let work go on that was given up: issuing, reminders, imports, reports."`
}

type requeueMailCmd struct {
	Reason string `help:"Only those that failed for this reason: a word such as refused or gave-up, or the code that the mail server answered, such as 550 5.1.1."`
}

// do implements task.
func (cmd requeueMailCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	all, err := in.DB.Accounts().Organizations(ctx)
	if err != nil {
		return err
	}
	sum, others := 0, []string(nil)
	for _, o := range all {
		v := access.System(o.ID, access.Administrator)
		groups, err := in.Ledger.Failures(ctx, v, "")
		if err != nil {
			return in.explain(err)
		}
		for _, g := range groups {
			if !cmd.means(g) {
				others = append(others, fmt.Sprintf("%s (%d)", reasonOf(g), g.N))
				continue
			}
			n, err := in.Ledger.ResendAll(ctx, v, g.Failure, g.N)
			sum += n
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return fmt.Errorf("%s sent again, the rest not; call the command again: %w", are(sum, "mail"), in.explain(err))
			}
			if err := print(out, "%s: %s in the queue again, failed with %s before", o.Name, are(n, "mail"), reasonOf(g)); err != nil {
				return err
			}
		}
	}
	return errors.Join(cmd.end(out, sum, others), in.sayKept(ctx, out, sum))
}

// means tells whether a group of failed mails is meant.
func (cmd requeueMailCmd) means(g notify.FailureGroup) bool {
	return cmd.Reason == "" || strings.EqualFold(cmd.Reason, string(g.Reason)) || cmd.Reason == g.Answer || strings.HasPrefix(g.Answer, cmd.Reason+" ")
}

// reasonOf is why a group failed, as --reason takes it.
func reasonOf(g notify.FailureGroup) string {
	if g.Answer != "" {
		return g.Answer
	}
	if g.Reason != "" {
		return string(g.Reason)
	}
	return "an answer without a code"
}

// end says what is to come.
func (cmd requeueMailCmd) end(out io.Writer, sum int, others []string) error {
	if sum == 0 && len(others) > 0 {
		return fmt.Errorf("no mail failed with %q. There are: %s", cmd.Reason, strings.Join(others, ", "))
	}
	if sum == 0 {
		return print(out, "No mail that can be sent again has failed.")
	}
	return print(out, "They are in the queue, and leave at --mail-rate; the delivery ledger shows what becomes of them. What asks for nothing any more is cancelled.")
}

type requeueJobsCmd struct{}

// do implements task.
func (requeueJobsCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	n, left := 0, 0
	err := in.RequeueJobs(ctx, func(o org.Organization, job jobs.Job, why error) {
		what := fmt.Sprintf("%s: %s of %s, stopped after %d of %d", o.Name, job.Kind, minute(job.CreatedAt), job.Done, job.Total)
		if why != nil {
			left++
			_ = print(out, "－ %s: %v", what, in.explain(why))
			return
		}
		n++
		_ = print(out, "○ %s, goes on", what)
		if job.Error != "" {
			_ = print(out, "    it had stopped because: %s", job.Error)
		}
	})
	switch {
	case err != nil:
		return in.explain(err)
	case n+left == 0:
		return print(out, "No work was given up.")
	}
	return print(out, "%s on; a process that serves or works takes them up at once. One that stops again says why in the log.", goes(n))
}

func goes(n int) string {
	if n == 1 {
		return "1 job goes"
	}
	return count(n, "job") + " go"
}
