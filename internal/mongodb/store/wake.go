package store

import "context"

// wakes make those who work off what waits look at once.
type wakes struct{ mail, jobs func() }

// WakeBy says what wakes the sender of mails and the runner of jobs: each is called
// after a commit that queued something for it, by whatever store. It is called once,
// before the stores are used. What another process queued is found by looking now
// and then, and so is all of it where nobody is to be woken.
func (d *DB) WakeBy(mail, jobs func()) { d.wakes = wakes{mail, jobs} }

// queued notes what a transaction has put into the queues so far, and whether it has
// written down the key of its form.
type queued struct{ mail, jobs, keyed bool }

type queuedKey struct{}

// noteIn begins the notes of a transaction, anew at each of its tries.
func noteIn(ctx context.Context, q *queued) context.Context {
	*q = queued{}
	return context.WithValue(ctx, queuedKey{}, q)
}

// queuedIn gives the notes of the transaction that runs; outside of one, notes that
// nobody reads.
func queuedIn(ctx context.Context) *queued {
	if q, ok := ctx.Value(queuedKey{}).(*queued); ok {
		return q
	}
	return new(queued)
}

// JobQueued notes that the transaction has put a job into the queue.
func JobQueued(ctx context.Context) { queuedIn(ctx).jobs = true }

// MailQueued notes that the transaction has put a message into the outbox.
func MailQueued(ctx context.Context) { queuedIn(ctx).mail = true }

// after wakes whom a committed transaction has queued something for.
func (w wakes) after(q queued) {
	if q.mail && w.mail != nil {
		w.mail()
	}
	if q.jobs && w.jobs != nil {
		w.jobs()
	}
}
