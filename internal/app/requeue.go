package app

import (
	"context"
	"errors"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/org"
	"tsunagi/internal/work"
)

// Why a job that was given up stays so.
var (
	errJobOvertaken = errors.New("it was asked for again since")
	errListNewer    = errors.New("another list was imported since, and this one would bring back what was: import the file again")
)

// RequeueJobs lets the jobs that were given up go on where they stood, in every
// organisation. told hears of each, with why it stays given up, if it does.
func (a *App) RequeueJobs(ctx context.Context, told func(o org.Organization, job jobs.Job, why error)) error {
	all, err := a.DB.Accounts().Organizations(ctx)
	for _, o := range all {
		v := access.System(o.ID, access.Administrator)
		stopped, err := a.DB.Jobs().GivenUp(ctx, v)
		if err != nil {
			return err
		}
		for _, job := range stopped {
			err := a.requeue(ctx, v, job)
			if err != nil && fault.KindOf(err) != fault.Conflict && !errors.Is(err, errJobOvertaken) && !errors.Is(err, errListNewer) {
				return err
			}
			told(o, job, err)
		}
	}
	return err
}

// requeue lets one job go on.
func (a *App) requeue(ctx context.Context, v access.Viewer, job jobs.Job) error {
	since, err := a.DB.Jobs().Since(ctx, v, job, false)
	if err == nil && since {
		return errJobOvertaken
	}
	if err == nil && job.Kind == (work.Import{}).Kind() {
		if since, err = a.DB.Jobs().Since(ctx, v, job, true); err == nil && since {
			return errListNewer
		}
	}
	if err != nil {
		return err
	}
	switch job.Kind {
	case work.Issue{}.Kind(), work.Remind{}.Kind(), work.Reschedule{}.Kind():
		return a.Campaigns.Resume(ctx, v, job.Subject)
	}
	return a.DB.Jobs().Resume(ctx, v, job, a.Rescue.JobResumed(v.Org, job.ID, string(job.Kind)))
}
