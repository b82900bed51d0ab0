package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// sheetPDFs downloads one supplier's answer sheet of 25 answers again and again, as
// an auditor does: with its reads, and with the entry in the trail. The bare driver
// makes no paper, so there is no ratio.
func (b *bench) sheetPDFs(ctx context.Context) (Result, error) {
	r := Result{Name: "pdf-sheet", Clients: 1}
	id := b.asked[len(b.asked)-1]
	if err := b.submit(ctx, id); err != nil {
		return r, err
	}
	path := "/review/" + id + "/sheet.pdf"
	var times []time.Duration
	for i := range b.sheets + 3 { // the first three fill caches
		start := time.Now()
		res, err := b.clerk.get(path)
		if err != nil {
			return r, err
		}
		if i < 3 {
			continue
		}
		times = append(times, time.Since(start))
		if !bytes.HasPrefix(res.body, []byte("%PDF-")) {
			r.Errors++
		}
	}
	r.compare(sum(times), 0, len(times), 0)
	r.spread(times)
	var err error
	r.Queries, err = b.countedOnce(ctx, func(int) error {
		_, err := b.clerk.get(path)
		return err
	})
	return r, err
}

// submit answers every question and declares it.
func (b *bench) submit(ctx context.Context, id string) error {
	c, err := b.openLink(ctx, id)
	if err != nil {
		return err
	}
	for _, key := range b.sheet {
		if err := c.save("/a/" + id + "/answers/" + key); err != nil {
			return err
		}
	}
	res, err := c.post("/a/"+id+"/submit", url.Values{"name": {"例 太郎"}, "role": {"代表"}, "agreed": {"1"}})
	if err == nil && !strings.HasSuffix(res.to, "/receipt") {
		err = fmt.Errorf("submit %s: it leads to %s", id, res.to)
	}
	return err
}
