package snapshot_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tsunagi/internal/mongodb/dbtest"
)

// TestOneProcessMakesTheBackup: of twenty at once; when it is due again, and when whoever
// makes it fell silent.
func TestOneProcessMakesTheBackup(t *testing.T) {
	plan := dbtest.Open(t).Backups()
	now := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	claim := func(after time.Duration) (string, int32) {
		t.Helper()
		now = now.Add(after)
		var got atomic.Value
		var n atomic.Int32
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				c, err := plan.Claim(t.Context(), 24*time.Hour, now, now.Add(5*time.Minute))
				if err != nil {
					t.Error(err)
				}
				if c != "" {
					n.Add(1)
					got.Store(c)
				}
			})
		}
		all.Wait()
		c, _ := got.Load().(string)
		return c, n.Load()
	}
	first, n := claim(0)
	if n != 1 {
		t.Fatalf("%d processes make the first", n)
	}
	if ok, err := plan.Renew(t.Context(), first, now.Add(10*time.Minute)); err != nil || !ok {
		t.Errorf("renew: %v, %v", ok, err)
	}
	if _, n := claim(6 * time.Minute); n != 0 {
		t.Errorf("%d processes make one beside the first", n)
	}
	second, n := claim(6 * time.Minute)
	if n != 1 {
		t.Errorf("%d processes take over from one that fell silent", n)
	}
	if ok, err := plan.Renew(t.Context(), first, now.Add(time.Hour)); err != nil || ok {
		t.Errorf("the silent one renews: %v, %v", ok, err)
	}
	if err := plan.Planned(t.Context(), second, now); err != nil {
		t.Fatal(err)
	}
	if _, n := claim(23 * time.Hour); n != 0 {
		t.Errorf("%d processes make one too early", n)
	}
	if _, n := claim(time.Hour); n != 1 {
		t.Errorf("%d processes make the next", n)
	}
}
