// Command bench measures Tsunagi as a user has it: the built program in a process of
// its own, with the settings it is shipped with, over HTTP on loopback, on its
// managed database. Beside it, in the same run and on the same server, the bare
// driver does the same with the same documents: figures of two machines, or of two
// days, cannot be compared, their ratio can. It prints a table and writes
// var/bench.json.
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
	starts    int           // of the program
	idle      time.Duration // that it is left alone before its memory is read
}

var full = sizes{suppliers: 10_000, campaigns: 3, clients: 32, round: 4 * time.Second, pages: 100, sheets: 100,
	starts: 5, idle: 10 * time.Second}

func main() {
	out := flag.String("out", filepath.Join("var", "bench.json"), "file for the figures")
	program := flag.String("tsunagi", filepath.Join("bin", "tsunagi"), "the built program")
	flag.IntVar(&full.suppliers, "suppliers", full.suppliers, "how many suppliers")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out, *program); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, program string) error {
	dir, err := os.MkdirTemp(filepath.Dir(out), "bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	results, err := measureAll(ctx, program, dir, full)
	if err != nil {
		return err
	}
	fmt.Print(overview(results))
	return write(out, results)
}

// measureAll runs every measurement in the order in which they need each other.
func measureAll(ctx context.Context, program, dir string, n sizes) ([]Result, error) {
	b, err := open(ctx, program, dir, n)
	if err != nil {
		return nil, err
	}
	defer b.close()
	var results []Result
	for _, measure := range []func(context.Context) (Result, error){
		b.idleMemory, b.importList, b.issueCampaigns, b.listPages, b.campaignPages, b.starting, b.sendMails, b.saveAnswers, b.savesBesideUploads, b.sheetPDFs,
	} {
		r, err := measure(ctx)
		if err == nil {
			err = b.calm(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("%w\nthe program said:\n%s", err, b.server.said())
		}
		results = append(results, r)
	}
	return results, nil
}
