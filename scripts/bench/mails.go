package main

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// sink takes every mail and keeps none.
type sink struct{ taken atomic.Int64 }

// NewSession implements smtp.Backend.
func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return delivery{s}, nil }

type delivery struct{ sink *sink }

func (delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (delivery) Reset()                               {}
func (delivery) Logout() error                        { return nil }

func (d delivery) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	d.sink.taken.Add(1)
	return err
}

// sendMails starts the program with a mail server, and no brake on how fast it may
// send, asks everybody once more, and times from the click until the server has
// taken every mail that waited and the outbox says so.
func (b *bench) sendMails(ctx context.Context) (Result, error) {
	r := Result{Name: "mail-10000", Clients: 2} // connections, as shipped
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	sink := &sink{}
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
	before := b.campaign // the driver has its like
	defer func() { b.campaign = before }()
	start := time.Now()
	r.Queries, err = b.counted(ctx, func() error {
		if _, err := b.issue(ctx, b.campaigns); err != nil {
			return err
		}
		return b.sentAll(ctx)
	})
	if err != nil {
		return r, err
	}
	took := time.Since(start)
	taken := int(sink.taken.Load())
	r.Errors = max(b.suppliers-taken, 0)
	r.compare(took, 0, taken, 0)
	r.spread([]time.Duration{took})
	return r, nil
}

// sentAll waits until no mail waits, at most a quarter of an hour.
func (b *bench) sentAll(ctx context.Context) error {
	for range 15 * 60 * 5 {
		n, err := b.kept.Collection("outbox").CountDocuments(ctx, bson.D{{Key: "state", Value: "queued"}})
		if err != nil || n == 0 {
			return err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
	return nil // what was not sent counts as an error
}
