package account

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestAnAnswerTellsNothingByItsTime: whatever the work takes, the answer comes at the next
// whole beat.
func TestAnAnswerTellsNothingByItsTime(t *testing.T) {
	for work, want := range map[time.Duration]time.Duration{0: beat, time.Millisecond: beat, beat / 2: beat, beat - 1: beat,
		beat + 1: 2 * beat, 5*beat + beat/3: 6 * beat} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			time.Sleep(work)
			waitEvenly(t.Context(), begun)
			if got := time.Since(begun); got != want {
				t.Errorf("after work of %s the answer came at %s, want %s", work, got, want)
			}
		})
	}
}
