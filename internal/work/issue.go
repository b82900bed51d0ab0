package work

import (
	"context"
	"errors"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/jobs"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
)

// Issue asks everybody in a campaign's audience. The job's subject is the campaign.
type Issue struct{}

// Kind implements jobs.Args.
func (Issue) Kind() jobs.Kind { return "issue" }

// Check implements jobs.Args.
func (Issue) Check() error { return nil }

// IssueStore keeps what asking makes. E is a request as the store writes it.
type IssueStore[E any] interface {
	Get(ctx context.Context, v access.Viewer, campaign string) (campaign.Campaign, error)
	// Audience reads the next suppliers of an audience in the order of their ids.
	Audience(ctx context.Context, v access.Viewer, a campaign.Audience, yearStart time.Time, after string, n int) ([]supplier.Supplier, error)
	// EncodeAsked makes a request ready to be written.
	EncodeAsked(a response.Asked) (E, error)
	// Ask writes requests with the job's cursor. Who was asked already is left out.
	Ask(ctx context.Context, job jobs.Job, batch []E, cursor string) error
	// AskedBy gives the suppliers that a campaign has asked so far, each with the address
	// that it is asked at.
	AskedBy(ctx context.Context, v access.Viewer, campaign string) (map[string]string, error)
	// MarkAsked notes on suppliers that they were asked, and on the requests of those that
	// have another address by now where the directory is.
	MarkAsked(ctx context.Context, v access.Viewer, c campaign.Campaign, asked map[string]string) error
	// FinishIssue opens the campaign, unless an earlier run got this far.
	FinishIssue(ctx context.Context, v access.Viewer, c campaign.Campaign, e audit.Entry) error
}

// issuing is the work of Issue.
type issuing[E any] struct {
	store IssueStore[E]
	now   now
	newID newID
}

// IssueWork registers the work of Issue.
func IssueWork[E any](store IssueStore[E], now func() time.Time, newID func() string) jobs.Registration {
	return jobs.Register(issuing[E]{store, now, newID}.run)
}

// request is one that is ready to be written.
type request[E any] struct {
	supplier, address string
	encoded           E
}

// run asks batch after batch: assignments, drafts, messages, entries and the job's
// cursor are one transaction. Killed anywhere, it goes on after the last batch that
// was committed; the deterministic ids make doubling impossible even so.
func (w issuing[E]) run(ctx context.Context, job jobs.Job, _ Issue) error {
	v := system(job)
	c, err := w.store.Get(ctx, v, job.Subject)
	if err != nil {
		return err
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	asked, marked := w.startMarking(inner, v, c)
	if err := errors.Join(w.askAll(inner, v, c, job, asked), <-marked); err != nil {
		return err
	}
	return w.store.FinishIssue(ctx, v, c, campaign.IssuedEntry(v, c, w.newID(), w.now()))
}

// askAll asks batch after batch, and tells who was asked, until it closes asked.
func (w issuing[E]) askAll(ctx context.Context, v access.Viewer, c campaign.Campaign, job jobs.Job, asked chan<- map[string]string) error {
	defer close(asked)
	if job.Cursor != "" { // what a killed run asked, and may not have marked
		before, err := w.store.AskedBy(ctx, v, c.ID)
		if err != nil {
			return err
		}
		asked <- before
	}
	return steps[request[E]]{
		next: func(ctx context.Context, after string, n int) ([]request[E], error) {
			suppliers, err := w.store.Audience(ctx, v, c.Audience, calendar.FiscalYearStart(c.IssuedAt), after, n)
			if err != nil {
				return nil, err
			}
			return w.prepare(v, c, suppliers)
		},
		name: func(r request[E]) string { return r.supplier },
		commit: func(ctx context.Context, batch []request[E], cursor string) error {
			encoded, addresses := make([]E, len(batch)), make(map[string]string, len(batch))
			for i, r := range batch {
				encoded[i], addresses[r.supplier] = r.encoded, r.address
			}
			if err := w.store.Ask(ctx, job, encoded, cursor); err != nil {
				return err
			}
			asked <- addresses
			return nil
		},
	}.run(ctx, job)
}

func (w issuing[E]) prepare(v access.Viewer, c campaign.Campaign, suppliers []supplier.Supplier) ([]request[E], error) {
	at, out := w.now(), make([]request[E], 0, len(suppliers))
	for _, one := range suppliers {
		encoded, err := w.store.EncodeAsked(response.Ask(v, c, one, w.newID(), at))
		if err != nil {
			return nil, err
		}
		out = append(out, request[E]{one.ID, one.Email, encoded})
	}
	return out, nil
}

// startMarking notes on the suppliers that it is told of that they were asked, while
// the next ones are. It is no part of the transactions, because it only repeats what
// the assignments say: a run that was killed is made good by the next one. It ends
// when asked is closed, and then says how it went.
func (w issuing[E]) startMarking(ctx context.Context, v access.Viewer, c campaign.Campaign) (asked chan<- map[string]string, marked <-chan error) {
	in, out := make(chan map[string]string, 1), make(chan error, 1)
	go func() {
		var failed error
		for addresses := range in {
			if failed == nil && ctx.Err() == nil && len(addresses) > 0 {
				failed = w.store.MarkAsked(ctx, v, c, addresses)
			}
		}
		out <- failed
	}()
	return in, out
}
