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

// runningJob is the newest job on a subject while it has not ended.
func (s running) runningJob(c *gin.Context, subject string) (*jobs.Job, error) {
	job, err := s.jobs.Latest(c.Request.Context(), web.Viewer(c), subject)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	if err != nil || job.State == jobs.Done || job.State == jobs.Ended {
		return nil, nil
	}
	return &job, nil
}

type jobReader interface {
	Get(ctx context.Context, v access.Viewer, id string) (jobs.Job, error)
	Latest(ctx context.Context, v access.Viewer, subject string) (jobs.Job, error)
}
