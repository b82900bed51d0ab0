package fault

import (
	"context"
	"errors"
	"testing"
)

func TestOutlive(t *testing.T) {
	for name, c := range map[string]struct {
		cause error
		lost  bool
	}{
		"nobody is there any more":     {context.Canceled, false},
		"the database does not answer": {New(Unavailable, "fault.unavailable"), true},
		"another fault":                {errors.New("fault"), false},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		longer, end := Outlive(ctx)
		cancel(c.cause)
		if Lost(ctx) != c.lost {
			t.Errorf("%s: lost %v, want %v", name, Lost(ctx), c.lost)
		}
		if c.lost {
			<-longer.Done()
		}
		if got := longer.Err() != nil; got != c.lost || Lost(longer) != c.lost {
			t.Errorf("%s: what puts right is ended: %v, want %v", name, got, c.lost)
		}
		end()
		if longer.Err() == nil {
			t.Errorf("%s: it goes on after its end", name)
		}
		cancel(nil)
	}
	if Lost(t.Context()) {
		t.Error("a context that goes on is lost")
	}
}
