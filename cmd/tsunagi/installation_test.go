package main

import (
	"sync"
	"testing"
	"time"
)

// TestWorkThatDoesNotEndIsBrokenOff: a database that gives no answer does not keep the
// process from ending.
func TestWorkThatDoesNotEndIsBrokenOff(t *testing.T) {
	var workers sync.WaitGroup
	workers.Add(1)
	if err := await(0, &workers); err == nil {
		t.Error("nothing is said of work that was broken off")
	}
	workers.Done()
	if err := await(time.Minute, &workers); err != nil {
		t.Errorf("work that ended: %v", err)
	}
}
