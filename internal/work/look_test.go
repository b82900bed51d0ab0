package work_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/work"
)

// drawer holds one piece of evidence, or none.
type drawer struct {
	e     *evidence.Evidence
	noted evidence.Check
}

func (d *drawer) Unlooked(context.Context, jobs.Job) (evidence.Evidence, error) {
	if d.e == nil {
		return evidence.Evidence{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return *d.e, nil
}

func (d *drawer) Open(_ context.Context, v access.Viewer, _ evidence.Evidence) (io.ReadCloser, error) {
	if v.Kind != access.Process {
		return nil, errors.New("opened by nobody")
	}
	return io.NopCloser(strings.NewReader("file")), nil
}

func (d *drawer) Note(_ context.Context, e evidence.Evidence) error {
	d.noted = e.File.Check
	return nil
}

// glass finds what it is told to, one answer after the other.
type glass struct {
	evidence.Engine
	answers []error
	asked   int
}

func (g *glass) Judge(context.Context, evidence.File, io.Reader) (evidence.Findings, error) {
	g.asked++
	return evidence.Findings{Check: evidence.Sound, Pages: 1}, g.answers[g.asked-1]
}

// TestLook: a file is judged once; one that harms twice is broken, and what fails
// otherwise is tried again by the queue.
func TestLook(t *testing.T) {
	busy := errors.New("busy")
	for _, tt := range []struct {
		name    string
		check   evidence.Check
		answers []error
		want    evidence.Check
		err     error
	}{
		{"unchecked", evidence.Unchecked, []error{nil}, evidence.Sound, nil},
		{"from before", "", []error{nil}, evidence.Sound, nil},
		{"checked meanwhile", evidence.Locked, nil, "", nil},
		{"harms once", evidence.Unchecked, []error{evidence.ErrHarm, nil}, evidence.Sound, nil},
		{"harms twice", evidence.Unchecked, []error{evidence.ErrHarm, evidence.ErrHarm}, evidence.Broken, nil},
		{"busy", evidence.Unchecked, []error{busy}, "", busy},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := &drawer{e: &evidence.Evidence{ID: "e", Org: "o1", File: &evidence.File{Findings: evidence.Findings{Check: tt.check}}}}
			g := &glass{answers: tt.answers}
			err := work.LookWork(d, g).Work(t.Context(), jobs.Job{Org: "o1", Subject: "e", Params: jobs.Encode(work.Look{})})
			if !errors.Is(err, tt.err) || d.noted != tt.want || g.asked != len(tt.answers) {
				t.Errorf("%v, noted %q after %d looks, want %q", err, d.noted, g.asked, tt.want)
			}
		})
	}
	job := jobs.Job{Org: "o1", Subject: "e", Params: jobs.Encode(work.Look{})}
	if err := work.LookWork(&drawer{}, &glass{}).Work(t.Context(), job); err != nil {
		t.Errorf("evidence that is gone: %v", err)
	}
	if err := work.LookWork(&drawer{e: &evidence.Evidence{File: &evidence.File{}}}, nil).Work(t.Context(), job); err != nil {
		t.Errorf("without an engine: %v", err)
	}
}
