package server

import (
	"context"
	"errors"
	"testing"

	"tsunagi/internal/fault"
)

func TestPulse(t *testing.T) {
	var p Pulse
	answers := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	if p.Silent() != nil {
		t.Fatal("silent before anybody asked")
	}
	waiting, end := p.While(t.Context())
	defer end()
	p.note(t.Context(), answers(nil))
	if waiting.Err() != nil || p.Silent() != nil {
		t.Fatal("a database that answers lets nobody wait")
	}
	for range 2 {
		p.note(t.Context(), answers(context.DeadlineExceeded))
	}
	<-waiting.Done()
	if !fault.Lost(waiting) || !errors.Is(p.Silent(), ErrSilent) || fault.KindOf(p.Silent()) != fault.Unavailable {
		t.Errorf("silent: lost %v, %v", fault.Lost(waiting), p.Silent())
	}
	late, end := p.While(t.Context())
	defer end()
	<-late.Done()
	if !fault.Lost(late) {
		t.Error("who comes later waits")
	}
	p.note(t.Context(), answers(nil))
	again, end := p.While(t.Context())
	if p.Silent() != nil || again.Err() != nil {
		t.Errorf("back: %v, %v", p.Silent(), again.Err())
	}
	end()
	if fault.Lost(again) {
		t.Error("an answered request counts as lost")
	}

	p.note(t.Context(), answers(errors.New("not primary")))
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	p.note(stopped, answers(context.Canceled))
	if p.Silent() != nil {
		t.Error("nobody looks any more, and it counts as silent for ever")
	}
}
