package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMeasures runs every measurement with little, and looks at what is written.
// Times are not judged.
func TestMeasures(t *testing.T) {
	t.Chdir("../..") // where .tools may lie
	program := filepath.Join(t.TempDir(), "tsunagi")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/tsunagi").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	results, err := measureAll(t.Context(), program, t.TempDir(), sizes{suppliers: 60, campaigns: 1, clients: 2, round: 50 * time.Millisecond,
		pages: 2, sheets: 1, starts: 1, idle: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bench.json")
	if err := write(path, results); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	if err := json.Unmarshal(raw, &lines); err != nil {
		t.Fatal(err)
	}
	seen := map[string]map[string]any{}
	for _, line := range lines {
		seen[line["name"].(string)] = line
	}
	if line := seen["idle-memory"]; line == nil || line["megabytes"] == nil {
		t.Errorf("the memory is not told: %v", line)
	}
	if line := seen["start-ready"]; line == nil || line["p50_ms"] == 0.0 {
		t.Errorf("the start is not timed: %v", line)
	}
	for _, name := range []string{"issue-10000", "save-answer", "list-page", "campaign-page", "pdf-sheet", "import-10000", "mail-10000", "save-beside-8"} {
		line := seen[name]
		if line == nil {
			t.Errorf("%s is missing", name)
			continue
		}
		for _, field := range []string{"n", "clients", "ours_per_s", "p50_ms", "p95_ms", "p99_ms", "queries"} {
			if v, ok := line[field].(float64); !ok || v <= 0 {
				t.Errorf("%s: %s is %v", name, field, line[field])
			}
		}
		if !slices.Contains([]string{"pdf-sheet", "mail-10000", "save-beside-8"}, name) && (line["raw_per_s"] == 0.0 || line["ratio"] == 0.0) {
			t.Errorf("%s is not compared: %v", name, line)
		}
		if line["errors"] != 0.0 {
			t.Errorf("%s: %v errors", name, line["errors"])
		}
	}
}

func TestOverviewNamesEveryFigure(t *testing.T) {
	text := overview([]Result{{Name: "idle-memory", Megabytes: 43.5}, {Name: "list-page", P50: 5, Queries: 3}})
	for _, want := range []string{"idle-memory", "43.5 MB", "list-page", " 3\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestPercentile(t *testing.T) {
	times := []time.Duration{1 * time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond, 4 * time.Millisecond}
	for _, tt := range []struct{ p, want float64 }{{50, 2}, {95, 4}, {1, 1}} {
		if got := percentile(times, tt.p); got != tt.want {
			t.Errorf("percentile %v = %v, want %v", tt.p, got, tt.want)
		}
	}
	if got := percentile(nil, 50); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
