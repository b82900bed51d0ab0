package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// sink takes every mail and keeps none; it notes when it took the first, and when as
// many as it waits for.
type sink struct {
	wanted int64
	taken  atomic.Int64
	first  time.Time
	done   chan time.Time
}

// NewSession implements smtp.Backend.
func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return delivery{s}, nil }

type delivery struct{ sink *sink }

func (delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (delivery) Reset()                               {}
func (delivery) Logout() error                        { return nil }

func (d delivery) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	switch n := d.sink.taken.Add(1); n {
	case 1:
		d.sink.first = time.Now()
	case d.sink.wanted:
		d.sink.done <- time.Now()
	}
	return err
}

// sendMails starts the program with a mail server and no brake on how fast it may
// send: everybody who was asked waits for a mail. It times from the first mail that the
// server takes to the last of as many as there are suppliers.
func (b *bench) sendMails(ctx context.Context) (Result, error) {
	r := Result{Name: "mail-10000", Clients: 2} // connections, as shipped
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	sink := &sink{wanted: int64(b.suppliers), done: make(chan time.Time, 1)}
	server := smtp.NewServer(sink)
	server.Domain = "sink.example.jp"
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	if err := b.server.stop(); err != nil {
		return r, err
	}
	if _, err := b.server.start(ctx, "--smtp-url", "smtp://"+l.Addr().String()+"?tls=none", "--mail-from", "survey@example.com", "--mail-rate", "0"); err != nil {
		return r, err
	}
	var last time.Time
	r.Queries, err = b.counted(ctx, func() error { // but for the few that left before it was ready
		select {
		case last = <-sink.done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(15 * time.Minute):
			return fmt.Errorf("%d of %d mails left in a quarter of an hour", sink.taken.Load(), b.suppliers)
		}
	})
	if err != nil {
		return r, err
	}
	took := last.Sub(sink.first)
	r.compare(took, 0, b.suppliers, 0)
	r.spread([]time.Duration{took})
	return r, b.calmOutbox(ctx)
}

// calmOutbox takes back what waits still, so that it does not leave beside the next
// measurement.
func (b *bench) calmOutbox(ctx context.Context) error {
	_, err := b.kept.Collection("outbox").UpdateMany(ctx, bson.D{{Key: "state", Value: "queued"}}, bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: "cancelled"}}}})
	return err
}
