package desk

import (
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/web"
)

// running finds the job that is at work on a record.
type running struct{ jobs jobReader }

// showJob tells a script how far a job is.
func (s campaignPages) showJob(c *gin.Context) error {
	job, err := s.jobs.Get(c.Request.Context(), web.Viewer(c), c.Param("id"))
	if err != nil {
		return err
	}
	if a := web.Viewer(c); a.Campaigns != nil && !slices.Contains(a.Campaigns, job.Subject) {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	c.JSON(http.StatusOK, gin.H{"state": job.State, "done": job.Done, "total": job.Total, "skipped": job.Skipped})
	return nil
}

// runningJob is the newest job on a subject that waits, runs or was given up; nil when
// there is none.
func (s running) runningJob(c *gin.Context, subject string) (*jobs.Job, error) {
	job, err := s.jobs.Unfinished(c.Request.Context(), web.Viewer(c), subject)
	switch {
	case err == nil:
		return &job, nil
	case fault.KindOf(err) == fault.NotFound:
		return nil, nil
	}
	return nil, err
}

type jobReader interface {
	Get(ctx context.Context, v access.Viewer, id string) (jobs.Job, error)
	Unfinished(ctx context.Context, v access.Viewer, subject string) (jobs.Job, error)
}
