// Package audittest looks at every entry of the trail that the tests of a room make.
package audittest

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"tsunagi/internal/audit"
)

// Watch are the entries that the tests of a room made.
type Watch struct {
	mu   sync.Mutex
	made map[audit.Action]bool
	bad  []string
}

// Note takes entries as a store gets them.
func (w *Watch) Note(entries ...audit.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.made == nil {
		w.made = map[audit.Action]bool{}
	}
	for _, e := range entries {
		w.made[e.Action] = true
		if lacks := audit.Untold(e); lacks != "" {
			w.bad = append(w.bad, fmt.Sprintf("%s lacks %s: %v", e.Action, lacks, e.Details))
		}
	}
}

// Run runs the tests, and fails when an entry does not tell old → new of what it changed,
// or the tests of the room did not make an entry of each of its actions.
func (w *Watch) Run(m *testing.M, room string) {
	code := m.Run()
	for _, row := range audit.Actions() {
		if row.Room == room && !w.made[row.Action] && flag.Lookup("test.run").Value.String() == "" {
			w.bad = append(w.bad, fmt.Sprintf("no test makes an entry of %s", row.Action))
		}
	}
	for _, problem := range w.bad {
		fmt.Println("FAIL:", problem)
		code = max(code, 1)
	}
	os.Exit(code)
}
