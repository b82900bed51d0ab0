package mail

import (
	"context"
	"errors"
	"fmt"

	gomail "github.com/wneessen/go-mail"

	"tsunagi/internal/notify"
)

// worker sends letters one after the other over one connection.
type worker struct {
	*Sender
	conn *connection
}

// run works the queue off. Once the sender stops or pauses, or the lease is
// nearly over, what is left is handed back.
func (w *worker) run(ctx context.Context, queue <-chan Letter) {
	defer w.hangUp()
	var back []notify.Message
	words := ""
	for l := range queue {
		if ctx.Err() != nil || w.paused() || w.Now().After(l.Message.LeaseUntil.Add(-timeout)) {
			back = append(back, l.Message)
			continue
		}
		outcome, err := w.attempt(ctx, l)
		if err != nil {
			if ctx.Err() == nil {
				w.unreachable(err)
				words = oneLine(err.Error(), 500)
			}
			back = append(back, l.Message)
			continue
		}
		w.settle(ctx, []notify.Outcome{outcome})
	}
	w.handBack(ctx, back, words)
}

// attempt sends one letter. An error means that the server cannot be reached or
// wants nothing from us, whatever the letter.
func (w *worker) attempt(ctx context.Context, l Letter) (notify.Outcome, error) {
	msg, err := w.write(l)
	if errors.Is(err, errAddress) {
		o := outcome(l.Message, notify.Failed, w.Now())
		o.Reason = notify.BadAddress
		return o, nil
	}
	if err != nil {
		w.Log.Error("mail cannot be written", "mail", l.Message.ID, "kind", l.Message.Kind, "error", err)
		return retry(l.Message, notify.Unwritable, "", w.Now()), nil
	}
	if err := w.limit.Wait(ctx); err != nil {
		return notify.Outcome{}, err
	}
	for fresh := w.conn == nil; ; fresh = true {
		if err := w.call(ctx); err != nil {
			return notify.Outcome{}, err
		}
		v, words := w.conn.send(msg)
		if v == stale && !fresh { // the server had hung up meanwhile: once more on a new connection
			w.hangUp()
			continue
		}
		return w.conclude(l.Message, v, words)
	}
}

// conclude turns the server's verdict into an outcome.
func (w *worker) conclude(m notify.Message, v verdict, words string) (notify.Outcome, error) {
	switch v {
	case delivered:
		w.reached()
		o := outcome(m, notify.Sent, w.Now())
		o.Attempts++
		return o, nil
	case refused:
		w.reached()
		o := outcome(m, notify.Failed, w.Now())
		o.Attempts++
		o.Reply = words
		return o, nil
	case unwelcome:
		w.hangUp()
		return notify.Outcome{}, unwelcomeError(words)
	case later:
		w.reached()
	default:
		w.hangUp()
	}
	return retry(m, notify.NoReason, words, w.Now()), nil
}

// write renders and composes a letter. A panic in a template is an error of that
// letter alone.
func (w *worker) write(l Letter) (msg *gomail.Msg, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("rendering panicked: %v", p)
		}
	}()
	r, err := w.renderer.render(l, w.Now(), "")
	if err != nil {
		return nil, err
	}
	return compose(l.Message.ID, r, w.Now())
}

// call connects unless there is a connection. It is finished even while the
// process is stopping, within the exchange's time limit.
func (w *worker) call(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	conn, err := dial(context.WithoutCancel(ctx), *w.Server)
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
