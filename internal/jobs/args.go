package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Args are the typed arguments of a kind of job.
type Args interface {
	Kind() Kind
	// Check judges arguments that were read: an error when the job must not be done
	// with them.
	Check() error
}

// older is implemented by arguments that earlier versions stored in another form: one
// text for each name.
type older interface {
	FromParams(params map[string]string) error
}

// paramArgs is where a job keeps its arguments.
const paramArgs = "args"

// Encode gives arguments as a job keeps them, in Job.Params.
func Encode(a Args) map[string]string {
	raw, err := json.Marshal(a)
	if err != nil {
		panic(fmt.Sprintf("the arguments of %s cannot be written: %v", a.Kind(), err)) // a fault of their type
	}
	return map[string]string{paramArgs: string(raw)}
}

// Decode reads a job's arguments. What cannot be read whole is ErrHopeless: a job
// must never do more than was asked for, because it did not understand it.
func Decode[A Args](job Job) (A, error) {
	var a A
	if err := read(job.Params, &a); err != nil {
		return a, fmt.Errorf("the arguments of the job: %w: %w", err, ErrHopeless)
	}
	if err := a.Check(); err != nil {
		return a, fmt.Errorf("the arguments of the job: %w: %w", err, ErrHopeless)
	}
	return a, nil
}

func read[A Args](params map[string]string, into *A) error {
	text, ok := params[paramArgs]
	if !ok {
		if old, ok := any(into).(older); ok {
			return old.FromParams(params)
		}
		text = "{}"
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("something follows them: %q", text)
	}
	return nil
}

// Register makes a kind of job out of the function that works it with its arguments.
func Register[A Args](work func(ctx context.Context, job Job, args A) error) Registration {
	var a A
	return Registration{Kind: a.Kind(), Work: func(ctx context.Context, job Job) error {
		args, err := Decode[A](job)
		if err != nil {
			return err
		}
		return work(ctx, job, args)
	}}
}

// Apart makes it one of the slow kinds.
func (r Registration) Apart() Registration {
	r.Slow = true
	return r
}
