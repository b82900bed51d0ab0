// Command bench measures what Tsunagi does against what the bare driver does with
// the same documents, in the same run and on the same server: figures of two
// machines, or of two days, cannot be compared, their ratio can. It prints a table
// and writes var/bench.json.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// sizes are how much is measured. Tests run the same code with less.
type sizes struct {
	suppliers int           // in the directory, and asked by each campaign
	campaigns int           // how often a campaign is issued
	clients   int           // that save answers at once
	round     time.Duration // of saving, ours and raw in turn
	pages     int           // of each list
	sheets    int           // answer sheets as PDF
}

var full = sizes{suppliers: 10_000, campaigns: 5, clients: 32, round: 4 * time.Second, pages: 100, sheets: 100}

func main() {
	out := flag.String("out", filepath.Join("var", "bench.json"), "file for the figures")
	binary := flag.String("tsunagi", "", "built program whose idle memory is measured")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out, *binary); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, binary string) error {
	dir, err := os.MkdirTemp(filepath.Dir(out), "bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	results, err := measureAll(ctx, dir, full)
	if err != nil {
		return err
	}
	fmt.Print(overview(results))
	if binary != "" {
		idle, err := idleMemory(ctx, binary, filepath.Join(dir, "idle"))
		if err != nil {
			return fmt.Errorf("idle memory: %w", err)
		}
		fmt.Printf("\nmemory of an idle server: %.1f MB resident\n", float64(idle)/1e6)
	}
	return write(out, results)
}

// measureAll runs every measurement in the order in which they need each other.
func measureAll(ctx context.Context, dir string, n sizes) ([]Result, error) {
	b, err := open(ctx, dir, n)
	if err != nil {
		return nil, err
	}
	defer b.close()
	var results []Result
	for _, measure := range []func(context.Context) (Result, error){
		b.importList, b.issueCampaigns, b.listPages, b.campaignPages, b.saveAnswers, b.sheetPDFs,
	} {
		r, err := measure(ctx)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}
