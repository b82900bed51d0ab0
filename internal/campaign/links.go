package campaign

import (
	"context"
	"errors"
	"slices"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// Linked says whose links are meant: of a campaign, of a supplier, or, without either, all
// of the organisation.
type Linked struct{ Campaign, Supplier string }

// LinkStore finds and changes requests by their links.
type LinkStore interface {
	// Linked gives the next requests that have a link, in the order of their ids.
	Linked(ctx context.Context, v access.Viewer, which Linked, after string, n int) ([]Assignment, error)
	// Change is Store's.
	Change(ctx context.Context, v access.Viewer, decided ...Decided) error
}

// Links are what the administrator does about the links of many requests at once, where
// they may be in wrong hands. Each request is one decision and one entry, as on its page.
type Links struct {
	service *Service
	store   LinkStore
}

// NewLinks makes the rules over those about single requests.
func NewLinks(service *Service, store LinkStore) *Links { return &Links{service, store} }

// LinkCount counts requests: those that were gone through, those of them that take answers
// still, and those that were sent again.
type LinkCount struct{ Links, Open, Sent int }

// Add counts others, too.
func (c LinkCount) Add(more LinkCount) LinkCount {
	return LinkCount{c.Links + more.Links, c.Open + more.Open, c.Sent + more.Sent}
}

// linkBatch is how many requests one transaction changes: each has its draft, entry and mails.
const linkBatch = 50

// Revoke ends the links that are meant, with every session of them; with again the
// suppliers that can answer still get the next one by mail. told hears after every batch
// how many there were so far.
func (l *Links) Revoke(ctx context.Context, v access.Viewer, which Linked, again bool, told func(LinkCount)) (LinkCount, error) {
	return l.each(ctx, v, which, told, func(a Assignment) (Change, error) {
		c, err := Revoke(a)
		if err == nil && again && l.reachable(a) {
			c.mail = notify.Request
			c.details = append(slices.Clip(c.details), detail("to", a.Email))
			if a.Delivery != DeliveryOpened {
				c.Delivery = DeliveryQueued
			}
		}
		return c, err
	})
}

// SendAgain sends the requests that are meant and take answers still once more, with the
// links that they have now.
func (l *Links) SendAgain(ctx context.Context, v access.Viewer, which Linked, told func(LinkCount)) (LinkCount, error) {
	return l.each(ctx, v, which, told, func(a Assignment) (Change, error) {
		if !l.reachable(a) {
			return Change{}, errNotMeant
		}
		return SendAgain(a)
	})
}

// errNotMeant leaves a request as it is.
var errNotMeant = errors.New("not meant")

// reachable tells whether a mail reaches the supplier of a request that takes answers.
func (l *Links) reachable(a Assignment) bool { return l.open(a) && Mailable(a) && Writable(a) }

func (l *Links) open(a Assignment) bool { return a.Response.Waits() && !a.ClosedAt(l.service.now()) }

// each decides about all that are meant, batch by batch.
func (l *Links) each(ctx context.Context, v access.Viewer, which Linked, told func(LinkCount), decide func(Assignment) (Change, error)) (LinkCount, error) {
	var sum LinkCount
	for after := ""; ; {
		batch, err := l.store.Linked(ctx, v, which, after, linkBatch)
		if err != nil || len(batch) == 0 {
			return sum, err
		}
		n, err := l.batch(ctx, v, batch, decide)
		if fault.KindOf(err) == fault.Conflict { // somebody changed one of them meanwhile
			n, err = l.oneByOne(ctx, v, batch, decide)
		}
		sum = sum.Add(n)
		if err != nil {
			return sum, err
		}
		told(sum)
		after = batch[len(batch)-1].ID
	}
}

// batch decides about requests as they were read, and saves all of it or nothing.
func (l *Links) batch(ctx context.Context, v access.Viewer, batch []Assignment, decide func(Assignment) (Change, error)) (LinkCount, error) {
	var n LinkCount
	var changes []Decided
	for _, a := range batch {
		n.Links++
		if l.open(a) {
			n.Open++
		}
		d, err := l.service.decided(v, a, decide)
		if errors.Is(err, errNotMeant) || fault.KindOf(err) == fault.Conflict { // nothing to do about it
			continue
		}
		if err != nil {
			return LinkCount{}, err
		}
		if len(d.Change.Messages) > 0 {
			n.Sent++
		}
		changes = append(changes, d)
	}
	if len(changes) == 0 {
		return n, nil
	}
	if err := l.store.Change(ctx, v, changes...); err != nil {
		return LinkCount{}, err
	}
	return n, nil
}

// tries is how often a request is read anew that somebody changes all the time.
const tries = 5

// oneByOne decides about each request of a batch as it is at that moment.
func (l *Links) oneByOne(ctx context.Context, v access.Viewer, batch []Assignment, decide func(Assignment) (Change, error)) (LinkCount, error) {
	var sum LinkCount
	for _, a := range batch {
		for try := 1; ; try++ {
			now, err := l.service.Assignment(ctx, v, a.ID)
			if err != nil {
				return sum, err
			}
			n, err := l.batch(ctx, v, []Assignment{now}, decide)
			if fault.KindOf(err) == fault.Conflict && try < tries {
				continue
			}
			if err != nil {
				return sum, err
			}
			sum = sum.Add(n)
			break
		}
	}
	return sum, nil
}
