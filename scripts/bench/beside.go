package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jung-kurt/gofpdf"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"
)

// What 1,000 suppliers at once do on the last day: each saves an answer every three
// seconds, and some attach a document.
const (
	savesAll   = 333 // a second, by all clients together
	uploadsAll = 8   // a second
	paperBytes = 200_000
)

// savesBesideUploads saves answers at a steady rate while others attach documents, and
// looks afterwards whether all that was acknowledged is there. Errors are saves and
// uploads that were refused, and saves that were lost.
func (b *bench) savesBesideUploads(ctx context.Context) (Result, error) {
	r := Result{Name: "save-beside-8", Clients: b.clients, Queries: 1}
	if err := b.warmUp(ctx); err != nil {
		return r, err
	}
	people, err := b.people(ctx, b.clients*sheetsEach) // others than those who saved before
	if err != nil {
		return r, err
	}
	if err := beginAll(ctx, people); err != nil {
		return r, err
	}
	uploading, stop := context.WithCancel(ctx)
	defer stop()
	refused := make(chan attached, 1)
	go func() { refused <- b.attach(uploading) }()
	start := time.Now()
	times, err := paced(ctx, people, 3*b.round)
	took := time.Since(start)
	stop()
	uploads := <-refused
	if err := errors.Join(err, uploads.err); err != nil {
		return r, err
	}
	r.Errors = uploads.refused
	for _, p := range people {
		lost, err := b.lost(ctx, p)
		if err != nil {
			return r, err
		}
		r.Errors += p.errors + lost
		_ = p.conn.Close()
	}
	r.compare(took, 0, len(times), 0)
	r.spread(times)
	return r, nil
}

// warmUp attaches documents until one is looked into without delay: what looks into them
// is compiled once an installation, which takes some seconds.
func (b *bench) warmUp(ctx context.Context) error {
	paper, err := document(paperBytes)
	if err != nil {
		return err
	}
	id := b.asked[len(b.asked)-2]
	c, err := b.openLink(ctx, id)
	for i := 0; err == nil && i < 20; i++ {
		start := time.Now()
		_, err = c.upload("/a/"+id+"/evidence/new", "paper.pdf", append(paper, byte('\n'), byte('0'+i)), "question", b.sheet[0])
		if time.Since(start) < time.Second {
			break
		}
	}
	return err
}

// beginAll saves the first answer of every sheet: to begin one is more than to go on.
func beginAll(ctx context.Context, people []*person) error {
	var group errgroup.Group
	for _, p := range people {
		group.Go(func() error {
			for range p.sheets {
				if err := p.save(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// paced lets everybody save, at the common rate, and gives how long each save took.
func paced(ctx context.Context, people []*person, length time.Duration) ([]time.Duration, error) {
	var mu sync.Mutex
	var times []time.Duration
	pace := time.NewTicker(time.Second / savesAll)
	defer pace.Stop()
	_, err := together(ctx, people, length, func(p *person, ctx context.Context) error {
		<-pace.C
		start := time.Now()
		err := p.save(ctx)
		took := time.Since(start)
		mu.Lock()
		defer mu.Unlock()
		times = append(times, took)
		return err
	})
	return times, err
}

// attached is what came of uploads.
type attached struct {
	refused int
	err     error
}

// attach uploads documents at their rate, each to another sheet, until the context ends.
func (b *bench) attach(ctx context.Context) attached {
	paper, err := document(paperBytes)
	if err != nil {
		return attached{err: err}
	}
	var mu sync.Mutex
	var out attached
	var group errgroup.Group
	pace := time.NewTicker(time.Second / uploadsAll)
	defer pace.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		id := b.asked[(2*b.clients*sheetsEach+i)%(len(b.asked)-2)]
		group.Go(func() error {
			c, err := b.openLink(context.WithoutCancel(ctx), id)
			if err != nil {
				return err
			}
			if _, err := c.upload("/a/"+id+"/evidence/new", "paper.pdf", paper, "question", b.sheet[0]); err != nil {
				mu.Lock()
				defer mu.Unlock()
				out.refused++
			}
			return nil
		})
		select {
		case <-ctx.Done():
		case <-pace.C:
		}
	}
	out.err = group.Wait()
	return out
}

// document is a PDF of at least so many bytes, in pages that a person could have written.
func document(bytesLong int) ([]byte, error) {
	pdf := gofpdf.New("P", "mm", "A4", "")
	pdf.SetCompression(false)
	pdf.SetFont("Helvetica", "", 9)
	for written := 0; written < bytesLong; {
		pdf.AddPage()
		for line := range 60 {
			text := strings.Repeat(fmt.Sprintf("invented rule %d of page %d; ", line, pdf.PageNo()), 4)
			pdf.Text(15, 15+4.4*float64(line), text)
			written += len(text)
		}
	}
	var out bytes.Buffer
	err := pdf.Output(&out)
	return out.Bytes(), err
}

// lost counts the answers of which fewer saves are kept than were acknowledged.
func (b *bench) lost(ctx context.Context, p *person) (int, error) {
	n := 0
	for _, id := range p.sheets {
		var draft struct {
			Answers map[string]struct {
				Count int `bson:"n"`
			} `bson:"answers"`
		}
		if err := b.kept.Collection("drafts").FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&draft); err != nil {
			return 0, fmt.Errorf("read the draft %s: %w", id, err)
		}
		for _, key := range p.keys {
			n += max(p.seen[id+key]-draft.Answers[key].Count, 0)
		}
	}
	return n, nil
}
