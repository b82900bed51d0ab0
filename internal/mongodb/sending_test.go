package mongodb_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/notify"
)

// TestOnePauseForAllSenders: twenty notice the same at once, and one pause begins;
// twenty want to probe, and one may.
func TestOnePauseForAllSenders(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	owed(t, db, "o1", 30)
	if p, err := s.Pause(t.Context()); err != nil || p.On() {
		t.Fatalf("before anything happened: %+v, %v", p, err)
	}
	var began, probes atomic.Int32
	all := func(f func()) {
		var group sync.WaitGroup
		for range 20 {
			group.Go(f)
		}
		group.Wait()
	}
	first := notify.Pause{}.Again(notify.CauseQuota, "rcpt", 550, "550 5.4.5 quota", mailDay)
	all(func() {
		ok, err := s.SavePause(t.Context(), notify.Pause{}, first)
		if err != nil {
			t.Error(err)
		}
		if ok {
			began.Add(1)
		}
	})
	p, err := s.Pause(t.Context())
	if err != nil || began.Load() != 1 || p != first {
		t.Fatalf("%d pauses began, stored %+v, %v; want 1 and %+v", began.Load(), p, err, first)
	}
	at := p.Until.Add(time.Hour)
	all(func() {
		got, err := s.ClaimProbe(t.Context(), p, at, at.Add(time.Minute))
		if err != nil {
			t.Error(err)
		}
		probes.Add(int32(len(got)))
	})
	if probes.Load() != 1 {
		t.Fatalf("%d messages probe at once, want 1", probes.Load())
	}
	longer := p.Again(notify.CauseQuota, "rcpt", 550, "550 5.4.5 quota", at)
	if ok, err := s.SavePause(t.Context(), p, longer); err != nil || !ok {
		t.Fatalf("SavePause after the probe: %v, %v", ok, err)
	}
	if ok, err := s.SavePause(t.Context(), p, notify.Pause{}); err != nil || ok {
		t.Errorf("a sender that has not read the longer pause ended it: %v, %v", ok, err)
	}
	if ok, err := s.SavePause(t.Context(), longer, notify.Pause{}); err != nil || !ok {
		t.Errorf("end the pause: %v, %v", ok, err)
	}
	if p, err := s.Pause(t.Context()); err != nil || p.On() {
		t.Errorf("after the end: %+v, %v", p, err)
	}
}

// TestTheProbeIsAMailThatWasNotRefused, as long as there is one; then they take turns.
func TestTheProbeIsAMailThatWasNotRefused(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	messages := owed(t, db, "o1", 3)
	at := mailDay.Add(time.Hour)
	for i, m := range messages[:2] {
		refused := bson.D{{Key: "$set", Value: bson.D{{Key: "refused_at", Value: at.Add(-time.Duration(i+1) * time.Minute)}}}}
		if _, err := db.Raw("outbox").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: m.ID}}, refused); err != nil {
			t.Fatal(err)
		}
	}
	p := notify.Pause{}.Again(notify.CauseRefused, "rcpt", 554, "554 5.7.1 no", at.Add(-time.Hour))
	if _, err := s.SavePause(t.Context(), notify.Pause{}, p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{messages[2].ID, messages[1].ID, messages[0].ID, ""} {
		wantProbe(t, s, p, at, want)
	}
}

// TestSomeProbesAreMailsThatWereRefused: a server that says "not now" may let each
// first mail wait, and then takes only what has waited.
func TestSomeProbesAreMailsThatWereRefused(t *testing.T) {
	db := dbtest.Open(t)
	s := db.Outbox()
	messages := owed(t, db, "o1", 2)
	at := mailDay.Add(time.Hour)
	refused := bson.D{{Key: "$set", Value: bson.D{{Key: "refused_at", Value: at.Add(-time.Minute)}}}}
	if _, err := db.Raw("outbox").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: messages[1].ID}}, refused); err != nil {
		t.Fatal(err)
	}
	first := notify.Pause{}.Again(notify.CauseBusy, "rcpt", 450, "450 not now", at.Add(-time.Hour))
	p := first.Again(notify.CauseBusy, "rcpt", 450, "450 not now", at.Add(-time.Hour))
	if _, err := s.SavePause(t.Context(), notify.Pause{}, p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{messages[1].ID, messages[0].ID, ""} {
		wantProbe(t, s, p, at, want)
	}
}

// wantProbe claims the probe of a pause, and makes the next one due.
func wantProbe(t *testing.T, s queue.Outbox, p notify.Pause, at time.Time, want string) {
	t.Helper()
	got, err := s.ClaimProbe(t.Context(), p, at, at.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	if len(got) == 1 {
		id = got[0].ID
	}
	if id != want {
		t.Fatalf("the probe is %q, want %q", id, want)
	}
	if _, err := s.SavePause(t.Context(), p, p.Probed(at)); err != nil {
		t.Fatal(err)
	}
}
