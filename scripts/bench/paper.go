package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
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
	var times []time.Duration
	for i := range b.sheets + 3 { // the first three fill caches
		b.commands.Store(0)
		start := time.Now()
		res, err := b.clerk.get("/review/" + id + "/sheet.pdf")
		if err != nil {
			return r, err
		}
		if i < 3 {
			continue
		}
		times = append(times, time.Since(start))
		r.Queries = max(r.Queries, int(b.commands.Load()))
		if !bytes.HasPrefix(res.Body.Bytes(), []byte("%PDF-")) {
			r.Errors++
		}
	}
	r.compare(sum(times), 0, len(times), 0)
	r.spread(times)
	return r, nil
}

// submit answers every question and declares it.
func (b *bench) submit(ctx context.Context, id string) error {
	cookie, err := b.openLink(ctx, id)
	if err != nil {
		return err
	}
	name, value, _ := strings.Cut(cookie, "=")
	c := &browser{handler: b.Web, cookies: map[string]string{name: value}}
	for _, q := range b.Questionnaires[0].Questions() {
		if _, err := c.do(http.MethodPost, "/a/"+id+"/answers/"+q.Key, "application/json", strings.NewReader(`{"value":"done","n":0}`)); err != nil {
			return err
		}
	}
	res, err := c.post("/a/"+id+"/submit", url.Values{"name": {"例 太郎"}, "role": {"代表"}, "agreed": {"1"}})
	if err == nil && !strings.HasSuffix(res.Header().Get("Location"), "/receipt") {
		err = fmt.Errorf("submit %s: the form came back", id)
	}
	return err
}
