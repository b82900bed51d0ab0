package dbtest

import (
	"sync"
	"testing"

	"tsunagi/internal/fault"
)

// Clicks is how many requests at the same moment a rule must stand.
const Clicks = 20

// AtOnce does the same thing Clicks times at the same moment and tells how many took
// effect. The others must be refused as one of the kinds given: anything else, such as a
// transaction that gave up, fails the test. do is told which one it is.
func AtOnce(t *testing.T, do func(i int) error, refused ...fault.Kind) int {
	t.Helper()
	start, errs := make(chan struct{}), make([]error, Clicks)
	var group sync.WaitGroup
	for i := range Clicks {
		group.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	group.Wait()
	done := 0
	for i, err := range errs {
		if err == nil {
			done++
			continue
		}
		allowed := false
		for _, kind := range refused {
			allowed = allowed || fault.KindOf(err) == kind
		}
		if !allowed {
			t.Errorf("request %d of %d: %v, want one of %v", i+1, Clicks, err, refused)
		}
	}
	return done
}
