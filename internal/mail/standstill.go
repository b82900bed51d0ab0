package mail

import (
	"context"
	"slices"
	"time"

	"tsunagi/internal/mail/reply"
	"tsunagi/internal/notify"
)

// sameAnswers is how many recipients in a row the server must give the same
// refusal, without taking a mail in between, until it is held to be about us.
const sameAnswers = 3

// streak is a run of the same refusal. Mails that were refused before do not add
// to it: what one recipient's server refuses again and again stays that mail's own.
type streak struct {
	likeness   string
	recipients []string
}

// add counts a refusal and tells whether sameAnswers recipients in a row have got it.
func (s *streak) add(likeness string, m notify.Message) bool {
	if !m.RefusedAt.IsZero() {
		return false
	}
	if likeness != s.likeness {
		*s = streak{likeness: likeness}
	}
	if !slices.Contains(s.recipients, m.To.Email) && len(s.recipients) < sameAnswers {
		s.recipients = append(s.recipients, m.To.Email)
	}
	return len(s.recipients) >= sameAnswers
}

// readPause reads whether sending stands still, which all senders share.
func (s *Sender) readPause(ctx context.Context) (notify.Pause, error) {
	if s.Server == nil {
		return notify.Pause{}, nil
	}
	p, err := s.queue.Pause(ctx)
	if err != nil {
		return p, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pause.On() && !p.On() { // another process found the way free
		s.streak = streak{}
	}
	s.pause = p
	return p, nil
}

// hurry brings the next probe forward when a process starts: whoever mended the
// settings has started it for that.
func (s *Sender) hurry(ctx context.Context) {
	p, err := s.readPause(ctx)
	if err == nil && p.On() {
		_, err = s.queue.SavePause(ctx, p, p.Sooner(s.Now()))
	}
	if err != nil {
		s.Log.Warn("read whether sending stands still", "error", err)
	}
}

func (s *Sender) paused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pause.On()
}

// endStreak forgets the refusals in a row, because the server took a mail.
func (s *Sender) endStreak() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.streak = streak{}
}

// countRefusal counts a refusal and tells whether sameAnswers recipients in a row have
// got it.
func (s *Sender) countRefusal(r reply.Reply, m notify.Message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streak.add(r.Likeness(), m)
}

// stop begins a pause, for every process. Whoever notices the same at the same
// time begins none of its own.
func (s *Sender) stop(ctx context.Context, cause notify.Cause, r reply.Reply) {
	s.mu.Lock()
	if s.pause.On() {
		s.mu.Unlock()
		return
	}
	next := s.pause.Again(cause, string(r.Stage), r.Code, reply.WithoutAddresses(r.Words), s.Now())
	s.pause = next
	s.mu.Unlock()
	s.savePause(ctx, notify.Pause{}, next)
	s.Log.Warn("the mail server refuses us; sending pauses", logged(next)...)
}

// probe sends the one letter that finds out whether the server takes mail again.
// due is empty when the message had lost its reason: the next one probes.
func (s *Sender) probe(ctx context.Context, p notify.Pause, due []Letter) {
	exchanges, end := s.withGrace(ctx)
	defer end()
	w := worker{Sender: s, probing: true, exchanges: exchanges}
	defer w.hangUp()
	for _, l := range due {
		found, cause, r := w.probe(ctx, l)
		switch found {
		case wayFree:
			s.savePause(ctx, p, notify.Pause{})
			s.mu.Lock()
			s.pause, s.streak = notify.Pause{}, streak{}
			s.mu.Unlock()
			s.Log.Info("the mail server takes mail again; sending goes on", "cause", p.Cause, "stood_still", s.Now().Sub(p.Since).Round(time.Second).String())
			return
		case wayShut:
			next := p.Again(cause, string(r.Stage), r.Code, reply.WithoutAddresses(r.Words), s.Now())
			s.savePause(ctx, p, next)
			s.Log.Warn("the mail server still refuses us", logged(next)...)
			return
		}
	}
	s.savePause(ctx, p, p.Probed(s.Now()))
}

// savePause writes a pause even while the process is stopping. Where it fails, the
// lease of the probe runs out and somebody probes again.
func (s *Sender) savePause(ctx context.Context, read, next notify.Pause) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Lease/2)
	defer cancel()
	if _, err := s.queue.SavePause(ctx, read, next); err != nil {
		s.Log.Error("note whether sending stands still", "error", err)
	}
}

// logged is a pause as it stands in the log.
func logged(p notify.Pause) []any {
	return []any{"class", p.Cause, "stage", p.Stage, "code", p.Code, "words", p.Words, "refusals", p.Tries, "next", p.Until}
}
