package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// Result is one line of the bench. Rates are per second of whatever is counted
// (suppliers, saves, pages). Ratio is our time divided by the driver's, 0 where the
// driver alone does nothing comparable. Queries is how many commands one request, or
// one job, asked of the database.
type Result struct {
	Name     string  `json:"name"`
	N        int     `json:"n"`
	Clients  int     `json:"clients"`
	OursPerS float64 `json:"ours_per_s"`
	RawPerS  float64 `json:"raw_per_s"`
	Ratio    float64 `json:"ratio"`
	P50      float64 `json:"p50_ms"`
	P95      float64 `json:"p95_ms"`
	P99      float64 `json:"p99_ms"`
	Errors   int     `json:"errors"`
	Queries  int     `json:"queries"`
	// Megabytes is what is resident, where that is measured.
	Megabytes float64 `json:"megabytes,omitempty"`
}

// compare sets the rates of n things done by us and by the driver in the given times.
func (r *Result) compare(ours, raw time.Duration, n, rawN int) {
	r.N = n
	r.OursPerS = round(float64(n) / ours.Seconds())
	if rawN == 0 {
		return
	}
	r.RawPerS = round(float64(rawN) / raw.Seconds())
	r.Ratio = round(ours.Seconds() / float64(n) / (raw.Seconds() / float64(rawN)))
}

// spread sets the percentiles of single times.
func (r *Result) spread(times []time.Duration) {
	slices.Sort(times)
	r.P50, r.P95, r.P99 = percentile(times, 50), percentile(times, 95), percentile(times, 99)
}

// percentile is in milliseconds, by the nearest rank of sorted times.
func percentile(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return round(float64(sorted[max(rank, 1)-1].Microseconds()) / 1000)
}

func round(f float64) float64 { return math.Round(f*100) / 100 }

func sum(times []time.Duration) time.Duration {
	var all time.Duration
	for _, t := range times {
		all += t
	}
	return all
}

func overview(results []Result) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-15s %8s %7s %11s %11s %6s %9s %9s %9s %6s %7s\n", "name", "n", "clients", "ours/s", "raw/s", "ratio", "p50 ms", "p95 ms", "p99 ms", "errors", "queries")
	for _, r := range results {
		if r.Megabytes > 0 {
			fmt.Fprintf(&out, "%-15s %8.1f MB resident\n", r.Name, r.Megabytes)
			continue
		}
		fmt.Fprintf(&out, "%-15s %8d %7d %11.1f %11.1f %6.2f %9.2f %9.2f %9.2f %6d %7d\n",
			r.Name, r.N, r.Clients, r.OursPerS, r.RawPerS, r.Ratio, r.P50, r.P95, r.P99, r.Errors, r.Queries)
	}
	return out.String()
}

func write(path string, results []Result) error {
	raw, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}
