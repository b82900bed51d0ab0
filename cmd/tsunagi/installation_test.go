package main

import (
	"context"
	"sync"
	"testing"
)

// TestWorkThatDoesNotEndIsBrokenOff: a database that gives no answer does not keep the
// process from ending.
func TestWorkThatDoesNotEndIsBrokenOff(t *testing.T) {
	var workers sync.WaitGroup
	workers.Add(1)
	down, cancel := context.WithCancel(t.Context())
	cancel()
	if err := await(down, &workers); err == nil {
		t.Error("nothing is said of work that was broken off")
	}
	workers.Done()
	if err := await(t.Context(), &workers); err != nil {
		t.Errorf("work that ended: %v", err)
	}
}
