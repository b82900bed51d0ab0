package work

import (
	"context"
	"errors"
	"io"

	"tsunagi/internal/access"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
)

// Look looks into a file that nobody could look into while it came in. The job's
// subject is the evidence.
type Look struct{}

// Kind implements jobs.Args.
func (Look) Kind() jobs.Kind { return "look" }

// Check implements jobs.Args.
func (Look) Check() error { return nil }

// LookStore keeps evidence.
type LookStore interface {
	// Unlooked gives the evidence of a job, whether or not it was submitted since.
	Unlooked(ctx context.Context, job jobs.Job) (evidence.Evidence, error)
	Open(ctx context.Context, v access.Viewer, e evidence.Evidence) (io.ReadCloser, error)
	// Note keeps what was found.
	Note(ctx context.Context, e evidence.Evidence) error
}

// looking is the work of Look. Twice does no harm.
type looking struct {
	store  LookStore
	engine evidence.Engine
}

// LookWork registers the work of Look. Without an engine files stay unchecked.
func LookWork(store LookStore, engine evidence.Engine) jobs.Registration {
	return jobs.Register(looking{store, engine}.run)
}

func (w looking) run(ctx context.Context, job jobs.Job, _ Look) error {
	e, err := w.store.Unlooked(ctx, job)
	if fault.KindOf(err) == fault.NotFound {
		return nil // gone meanwhile
	}
	if err != nil || w.engine == nil || e.File == nil || !e.File.Pending() {
		return err
	}
	found, err := w.judge(ctx, job, e)
	if errors.Is(err, evidence.ErrHarm) { // once more: somebody else may have ended the child
		found, err = w.judge(ctx, job, e)
	}
	if errors.Is(err, evidence.ErrHarm) {
		found, err = evidence.Findings{Check: evidence.Broken}, nil
	}
	if err != nil {
		return err
	}
	e.File.Findings = found
	return w.store.Note(ctx, e)
}

func (w looking) judge(ctx context.Context, job jobs.Job, e evidence.Evidence) (evidence.Findings, error) {
	content, err := w.store.Open(ctx, system(job), e)
	if err != nil {
		return evidence.Findings{}, err
	}
	defer func() { _ = content.Close() }()
	return w.engine.Judge(ctx, *e.File, content)
}
