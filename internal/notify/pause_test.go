package notify

import (
	"testing"
	"time"
)

func TestPausesGrowAndKeepTheirBeginning(t *testing.T) {
	now, last := monday, time.Duration(0)
	var p Pause
	if p.On() {
		t.Fatal("the zero pause is on")
	}
	for try := 1; try <= 12; try++ {
		p = p.Again(CauseQuota, "rcpt", 550, "550 5.4.5 quota", now)
		wait := p.Until.Sub(now)
		if !p.On() || !p.Since.Equal(monday) || p.Tries != try {
			t.Fatalf("after try %d: since %s, %d tries", try, p.Since, p.Tries)
		}
		if wait < last || wait > MaxPause {
			t.Errorf("wait after try %d is %s, the one before %s, the longest allowed %s", try, wait, last, MaxPause)
		}
		last, now = wait, p.Until
	}
	if last != MaxPause {
		t.Errorf("the waits end at %s, want %s", last, MaxPause)
	}
	if sooner := p.Sooner(now.Add(-MaxPause)); !sooner.Until.Before(p.Until) || sooner.Tries != p.Tries {
		t.Errorf("Sooner = %+v, want an earlier probe and nothing else", sooner)
	}
	if at := p.Sooner(p.Until).Until; !at.Equal(p.Until) {
		t.Errorf("Sooner moved a probe that is due to %s", at)
	}
}

func TestARefusedMailIsTriedForADay(t *testing.T) {
	at := monday
	refusals := 0
	for {
		refusals++
		next, again := Wait(refusals, at)
		if !again {
			break
		}
		at = next
		if refusals > 100 {
			t.Fatal("Wait never ends")
		}
	}
	if whole := at.Sub(monday); whole < 23*time.Hour || whole > 25*time.Hour {
		t.Errorf("tried for %s, want a day", whole)
	}
}

// TestWhichMailProbes: a server that is only busy is asked every second time with a mail
// that it refused before; a probe that taught nothing lets the next follow at once.
func TestWhichMailProbes(t *testing.T) {
	now := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		cause Cause
		tries int
		want  bool
	}{{CauseBusy, 1, false}, {CauseBusy, 2, true}, {CauseBusy, 3, false}, {CauseQuota, 2, false}, {CauseRefused, 2, false}} {
		if got := (Pause{Cause: tt.cause, Tries: tt.tries}).RefusedFirst(); got != tt.want {
			t.Errorf("%s, %d tries: a refused one first: %v, want %v", tt.cause, tt.tries, got, tt.want)
		}
	}
	p := Pause{Since: now, Tries: 3, Cause: CauseBusy, Until: now.Add(MaxPause), ProbeUntil: now.Add(time.Hour)}
	if got := p.Probed(now); !got.Until.Equal(now) || !got.ProbeUntil.IsZero() || got.Tries != p.Tries || got.Cause != p.Cause {
		t.Errorf("after a probe that taught nothing: %+v", got)
	}
}
