package picture_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheChildGivesWay: each thread of it, to everything else on the machine.
func TestTheChildGivesWay(t *testing.T) {
	pid := pidOf(t, newEngine(t, nil))
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(threads) == 0 {
		t.Fatalf("its threads: %v, %v", threads, err)
	}
	for _, thread := range threads {
		raw, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(raw), ") ") // after the name, which may hold blanks
		own, _ := os.ReadFile("/proc/self/stat")
		_, ours, _ := strings.Cut(string(own), ") ")
		if nice := strings.Fields(rest)[16]; nice == "0" || nice == strings.Fields(ours)[16] && nice != "19" {
			t.Errorf("%s has nice %s, we %s", thread, nice, strings.Fields(ours)[16])
		}
	}
}
