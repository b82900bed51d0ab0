package jobs_test

import (
	"context"
	"testing"

	"tsunagi/internal/jobs"
)

// An archive that takes minutes does not keep a campaign from being issued.
func TestSlowJobsHoldNobodyUp(t *testing.T) {
	b := newBench(t)
	release, issued := make(chan struct{}), make(chan struct{})
	r := b.runner(func(ctx context.Context, job jobs.Job) error {
		if job.Kind == "quick" {
			close(issued)
			return nil
		}
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	b.put(jobs.Job{ID: "archive", Kind: "slow"})
	b.run(r)
	b.until("the archive is begun", func() bool { return b.job("archive").State == jobs.Running })
	b.add("issue")
	r.Wake()
	b.until("the campaign is issued", func() bool {
		select {
		case <-issued:
			return true
		default:
			return false
		}
	})
	if state := b.job("archive").State; state != jobs.Running {
		t.Errorf("the archive is %s while the campaign is issued", state)
	}
	close(release)
	b.until("the archive is made", func() bool { return b.job("archive").State == jobs.Done })
}
