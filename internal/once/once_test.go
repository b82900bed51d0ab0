package once

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestAKeyIsForOneChange(t *testing.T) {
	if got := Key(t.Context()); got != "" {
		t.Errorf("a request without a key has %q", got)
	}
	Done(t.Context())
	ctx := With(t.Context(), "k")
	beside := Without(ctx)
	if got := Key(beside); got != "" {
		t.Errorf("a change beside it has %q", got)
	}
	Done(beside)
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	if got := Key(within); got != "k" {
		t.Errorf("Key = %q, want k", got)
	}
	Done(within)
	if got := Key(ctx); got != "" {
		t.Errorf("after its change: %q", got)
	}
}

func TestMade(t *testing.T) {
	err := fmt.Errorf("create: %w", &Twice{Posted{Record: "c1"}})
	if id, ok := Made(err); !ok || id != "c1" {
		t.Errorf("Made = %q, %v", id, ok)
	}
	if _, ok := Made(errors.New("another")); ok {
		t.Error("another error says that it was posted before")
	}
}
