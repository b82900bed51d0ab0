package work_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tsunagi/internal/jobs"
	"tsunagi/internal/work"
)

// A store that refuses more than so many records at once takes them all even so,
// each once and in order; what was refused is not tried again.
func TestABatchIsHalvedUntilItPasses(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		limit, sizer := 1+r.IntN(700), work.NewSizer(jobs.Job{Attempts: r.IntN(12)})
		var given, taken []int
		refused, most := 0, sizer.Most()
		for range 1 + r.IntN(4) {
			batch := make([]int, r.IntN(work.Batch+1))
			for i := range batch {
				batch[i] = len(given) + i
			}
			given = append(given, batch...)
			err := work.Commit(sizer, batch, func(part []int) error {
				if len(part) > most {
					t.Fatalf("limit %d: %d at once after it was down to %d", limit, len(part), most)
				}
				if len(part) > limit {
					refused++
					most = len(part) / 2
					return fmt.Errorf("write: %w", jobs.ErrTooLarge)
				}
				taken = append(taken, part...)
				return nil
			})
			if err != nil {
				t.Fatalf("limit %d: %v", limit, err)
			}
		}
		if !slices.Equal(given, taken) {
			t.Fatalf("limit %d: %d records given, %d taken, or not in order", limit, len(given), len(taken))
		}
		if refused > 9 {
			t.Errorf("limit %d: refused %d times", limit, refused)
		}
		if sizer.Most() < 1 || limit < work.Batch && refused > 0 && sizer.Most() < (limit+1)/2 {
			t.Errorf("limit %d: down to %d", limit, sizer.Most())
		}
	}
}

func TestWhatIsNotTheSizeEndsTheBatch(t *testing.T) {
	other := errors.New("the disk is full")
	for name, tc := range map[string]struct {
		answer error
		tries  int
	}{
		"another fault":       {other, 1},
		"one record too many": {jobs.ErrTooLarge, 3}, // 4, 2 and 1
	} {
		t.Run(name, func(t *testing.T) {
			tries := 0
			err := work.Commit(work.NewSizer(jobs.Job{}), []int{1, 2, 3, 4}, func([]int) error {
				tries++
				return tc.answer
			})
			if !errors.Is(err, tc.answer) || tries != tc.tries {
				t.Errorf("%v after %d tries, want %v after %d", err, tries, tc.answer, tc.tries)
			}
		})
	}
}

// A job that came to nothing begins smaller with every try.
func TestASecondTryIsSmaller(t *testing.T) {
	for attempts, want := range []int{500, 500, 250, 125, 62} {
		if got := work.NewSizer(jobs.Job{Attempts: attempts}).Most(); got != want {
			t.Errorf("after %d claims: %d at once, want %d", attempts, got, want)
		}
	}
	if got := work.NewSizer(jobs.Job{Attempts: 90}).Most(); got != 62 {
		t.Errorf("at last %d at once, want 62", got)
	}
}
