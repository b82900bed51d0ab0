package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	gomail "github.com/wneessen/go-mail"

	"tsunagi/internal/mail/reply"
	"tsunagi/internal/notify"
	"tsunagi/internal/watch"
)

// worker sends letters one after the other over one connection.
type worker struct {
	*Sender
	conn      *connection
	exchanges context.Context // ends when the grace of a stopping sender is over
	probing   bool            // sending stands still, and this letter finds out whether it must
}

// run works the queue off. Once the sender stops or pauses, or the lease is
// nearly over, what is left is handed back.
func (w *worker) run(ctx context.Context, queue <-chan Letter, notes *notes) {
	defer w.hangUp()
	var back, held []notify.Message
	for l := range queue {
		if !notes.take(ctx) {
			back = append(back, l.Message)
			continue
		}
		switch o, ok := w.leave(ctx, l); {
		case ok:
			notes.add(o)
			continue
		case w.paused():
			held = append(held, l.Message)
		default:
			back = append(back, l.Message)
		}
		notes.free()
	}
	w.handBack(ctx, back, notify.NoReason)
	w.handBack(ctx, held, notify.Held)
}

// leave sends a letter; false when it may not leave now, and did not.
func (w *worker) leave(ctx context.Context, l Letter) (notify.Outcome, bool) {
	if w.paused() || ctx.Err() != nil || w.Now().After(l.Message.LeaseUntil.Add(-timeout)) {
		return notify.Outcome{}, false
	}
	return w.attempt(ctx, l)
}

// attempt sends one letter; false when the process stopped before it could.
func (w *worker) attempt(ctx context.Context, l Letter) (notify.Outcome, bool) {
	m := l.Message
	msg, from, err := w.write(l)
	if err != nil {
		return w.unwritten(m, err), true
	}
	if err := w.limit.Wait(ctx); err != nil {
		return notify.Outcome{}, false
	}
	r, ok := w.exchange(msg, from, m.To.Email)
	switch {
	case !ok && w.exchanges.Err() != nil:
		return notify.Outcome{}, false // we broke it off ourselves
	case ok:
		w.endStreak()
		o := outcome(m, notify.Sent, w.Now())
		o.Attempts++
		return o, true
	}
	return w.conclude(ctx, m, r), true
}

// unwritten is the outcome of a letter that cannot be put into a mail.
func (w *worker) unwritten(m notify.Message, err error) notify.Outcome {
	if errors.Is(err, errAddress) {
		o := outcome(m, notify.Failed, w.Now())
		o.Reason = notify.BadAddress
		return o
	}
	w.Log.Error("mail cannot be written", "mail", m.ID, "kind", m.Kind, "error", err)
	return retry(m, notify.Unwritable, "", w.Now())
}

// exchange hands a mail to the server, and tells what became of it unless we broke it off.
func (w *worker) exchange(msg *gomail.Msg, from, to string) (reply.Reply, bool) {
	r, ok := w.hand(msg, from, to)
	switch {
	case w.Told == nil || !ok && w.exchanges.Err() != nil:
	case ok:
		w.Told(watch.Sent)
	default:
		meant, _ := reply.Judge(r)
		w.Told(meant.String())
	}
	return r, ok
}

// hand hands a mail to the server, and once more over a new connection when
// the server had ended the old one. It is finished even while the process is
// stopping, within the grace.
func (w *worker) hand(msg *gomail.Msg, from, to string) (reply.Reply, bool) {
	for fresh := w.conn == nil; ; fresh = true {
		if err := w.call(); err != nil {
			return err.Reply, false
		}
		r, ok := w.conn.send(msg, from, to)
		if ok {
			return r, true
		}
		ended := r.Code == 421 || r.Code < 400
		if ended {
			w.hangUp()
		}
		if ended && !fresh && (r.Code == 421 || r.Stage == reply.AtMail) { // nothing of this mail was taken
			continue
		}
		return r, false
	}
}

// conclude turns a refusal into an outcome, and stops the sender when it is about
// us and not about this mail.
func (w *worker) conclude(ctx context.Context, m notify.Message, r reply.Reply) notify.Outcome {
	meant, cause := reply.Judge(r)
	if meant == reply.Refused || meant == reply.BadAddress || meant == reply.NotNow {
		w.logRefusal(m, meant, r)
	}
	switch meant {
	case reply.BadAddress:
		o := outcome(m, notify.Failed, w.Now())
		o.Attempts++
		o.Reply = r.Words
		return o
	case reply.AboutUs:
		return w.stopAndHold(ctx, m, cause, r)
	case reply.NotNow:
		if r.Code == 421 || r.Stage == reply.AtMail || w.countRefusal(r, m) {
			return w.stopAndHold(ctx, m, cause, r)
		}
		return w.waitsUncounted(m, r)
	case reply.Refused:
		if w.countRefusal(r, m) {
			return w.stopAndHold(ctx, m, cause, r)
		}
		return waits(m, r, w.Now())
	case reply.Greylisted:
		if r.Policy() {
			return w.waitsUncounted(m, r)
		}
	case reply.Later, reply.Broken:
		if r.Silent { // each further mail would hang as long; this one is counted, lest it alone is why
			w.stop(ctx, cause, r)
		} else if w.countRefusal(r, m) {
			return w.stopAndHold(ctx, m, cause, r)
		}
	}
	o := retry(m, notify.NoReason, r.Words, w.Now())
	if meant != reply.Broken || r.Silent {
		o.Refused = w.Now()
	}
	if r.Silent {
		o.Hung, _ = m.Hangs(w.Now())
	}
	return o
}

// stopAndHold pauses the sender and gives the mail back without counting anything
// against it.
func (w *worker) stopAndHold(ctx context.Context, m notify.Message, cause notify.Cause, r reply.Reply) notify.Outcome {
	if !w.probing {
		w.stop(ctx, cause, r)
	}
	reason := notify.Held
	if cause == notify.CauseConnect {
		reason = notify.Unreachable
	}
	o := w.held(m, reason, r.Words)
	if (r.Code != 0 || r.Silent) && r.Stage != reply.AtConnect && r.Stage != reply.AtSignIn {
		o.Refused = w.Now()
	}
	return o
}

// hung is the outcome of a probe in which the server falls silent: it costs nothing, since
// the server may hang at every mail, until that has gone on for too long.
func (w *worker) hung(o notify.Outcome) notify.Outcome {
	since, again := o.Message.Hangs(w.Now())
	if o.Hung = since; !again {
		o.State, o.Reason = notify.Failed, notify.GaveUp
	}
	return o
}

// waits is the outcome of a mail that the server refuses though it takes others.
func waits(m notify.Message, r reply.Reply, now time.Time) notify.Outcome {
	o := outcome(m, notify.Queued, now)
	o.Attempts++
	o.Refusals++
	o.Refused, o.Reason, o.Reply = now, notify.Refused, r.Words
	next, again := notify.Wait(o.Refusals, now)
	if !again {
		o.State = notify.Failed
		return o
	}
	o.NextAt = next
	return o
}

// waitsUncounted is the outcome of a mail that the server does not want just now.
func (w *worker) waitsUncounted(m notify.Message, r reply.Reply) notify.Outcome {
	o := outcome(m, notify.Queued, w.Now())
	o.Refused, o.Reply = w.Now(), r.Words
	o.NextAt, _ = notify.Wait(1, w.Now())
	return o
}

func (w *worker) logRefusal(m notify.Message, meant reply.Sense, r reply.Reply) {
	w.Log.Info("the mail server refuses a mail", "mail", m.ID, "class", meant.String(), "stage", r.Stage, "code", r.Code,
		"enhanced", r.Enhanced, "words", reply.WithoutAddresses(r.Words))
}

// way is what a probe finds out.
type way int

const (
	wayUnknown way = iota // the answer was about this recipient alone
	wayFree
	wayShut
)

// probe sends a letter while sending stands still. Whatever concerns us holds it
// back uncounted; what says nothing about us is settled as always.
func (w *worker) probe(ctx context.Context, l Letter) (way, notify.Cause, reply.Reply) {
	m := l.Message
	msg, from, err := w.write(l)
	if err != nil {
		w.settle(ctx, []notify.Outcome{w.unwritten(m, err)})
		return wayUnknown, "", reply.Reply{}
	}
	r, ok := w.exchange(msg, from, m.To.Email)
	if !ok && w.exchanges.Err() != nil { // we broke it off ourselves
		w.handBack(ctx, []notify.Message{m}, notify.Held)
		return wayUnknown, "", r
	}
	if ok {
		o := outcome(m, notify.Sent, w.Now())
		o.Attempts++
		w.settle(ctx, []notify.Outcome{o})
		return wayFree, "", r
	}
	meant, cause := reply.Judge(r)
	if meant == reply.BadAddress || meant == reply.Greylisted {
		w.settle(ctx, []notify.Outcome{w.conclude(ctx, m, r)})
		return wayUnknown, "", r
	}
	o := w.stopAndHold(ctx, m, cause, r)
	if cause == notify.CauseSilent {
		o = w.hung(o)
	}
	w.settle(ctx, []notify.Outcome{o})
	return wayShut, cause, r
}

// write renders and composes a letter, and gives the envelope's sender. A panic in
// a template is an error of that letter alone.
func (w *worker) write(l Letter) (msg *gomail.Msg, from string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("rendering panicked: %v", p)
		}
	}()
	r, err := w.renderer.render(l, w.Now(), "")
	if err != nil {
		return nil, "", err
	}
	msg, err = compose(l.Message.ID, r, w.Now())
	return msg, r.from.Address, err
}

// call connects unless there is a connection.
func (w *worker) call() *unreached {
	if w.conn != nil {
		return nil
	}
	conn, err := dial(w.exchanges, *w.Server)
	if err != nil {
		return err
	}
	w.conn = conn
	return nil
}

func (w *worker) hangUp() {
	if w.conn != nil {
		_ = w.conn.close() // the server may have left already
		w.conn = nil
	}
}
