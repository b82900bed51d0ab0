package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"golang.org/x/sync/errgroup"

	"tsunagi/internal/token"
)

// sheetsEach is how many answer sheets one client fills in turn.
const sheetsEach = 10

// saveAnswers saves answers over HTTP, all clients at once, in rounds that alternate
// with the driver's updates of like documents, so that both meet the same weather.
func (b *bench) saveAnswers(ctx context.Context) (Result, error) {
	r := Result{Name: "save-answer", Clients: b.clients}
	address, stop, err := b.listen()
	if err != nil {
		return r, err
	}
	defer stop()
	people, err := b.people(ctx, address)
	if err != nil {
		return r, err
	}
	drafts := b.raw.Collection("drafts")
	var all, rawAll []time.Duration
	var ours, raws time.Duration
	for i := range 4 {
		b.commands.Store(0)
		start := time.Now()
		times, err := together(ctx, people, b.round, (*person).save)
		if err != nil {
			return r, err
		}
		took := time.Since(start)
		perSave := float64(b.commands.Load()) / float64(max(len(times), 1))
		start = time.Now()
		rawTimes, err := together(ctx, people, b.round, func(p *person, ctx context.Context) error { return p.update(ctx, drafts) })
		if err != nil {
			return r, err
		}
		if i == 0 {
			continue // warms both
		}
		ours, raws = ours+took, raws+time.Since(start)
		all, rawAll = append(all, times...), append(rawAll, rawTimes...)
		r.Queries = int(perSave + 0.5)
	}
	for _, p := range people {
		r.Errors += p.errors
		_ = p.conn.Close()
	}
	r.compare(ours, raws, len(all), len(rawAll))
	r.spread(all)
	return r, nil
}

// listen serves the installation on a port of its own.
func (b *bench) listen() (string, func(), error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: b.App, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	return l.Addr().String(), func() { _ = server.Close() }, nil
}

// together lets everybody act again and again for a while, and gives how long each
// act took.
func together(ctx context.Context, people []*person, length time.Duration, act func(*person, context.Context) error) ([]time.Duration, error) {
	var mu sync.Mutex
	var all []time.Duration
	end := time.Now().Add(length)
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range people {
		group.Go(func() error {
			var times []time.Duration
			for time.Now().Before(end) {
				start := time.Now()
				if err := act(p, ctx); err != nil {
					return err
				}
				times = append(times, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, times...)
			return nil
		})
	}
	return all, group.Wait()
}

// person fills in sheets over a connection of its own. The client is as thin as
// can be: it shares two cores with what it measures.
type person struct {
	conn   net.Conn
	in     *bufio.Reader
	sheets []string // assignments
	heads  []string // the request of each but for the question, as far as it stays the same
	keys   []string // questions
	seen   map[string]int
	turn   int
	errors int
}

func (b *bench) people(ctx context.Context, address string) ([]*person, error) {
	var keys []string
	for _, q := range b.Questionnaires[0].Questions() {
		keys = append(keys, q.Key)
	}
	var out []*person
	for i := range b.clients {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		p := &person{conn: conn, in: bufio.NewReader(conn), keys: keys, seen: map[string]int{}}
		for j := range sheetsEach {
			id := b.asked[(i*sheetsEach+j)%(len(b.asked)-1)] // the last is the one for paper
			cookie, err := b.openLink(ctx, id)
			if err != nil {
				return nil, err
			}
			p.sheets = append(p.sheets, id)
			p.heads = append(p.heads, fmt.Sprintf("Host: %s\r\nCookie: %s\r\nSec-Fetch-Site: same-origin\r\nAccept: application/json\r\nContent-Type: application/json\r\n", address, cookie))
		}
		out = append(out, p)
	}
	return out, nil
}

// openLink opens a supplier's link and gives its cookie.
func (b *bench) openLink(ctx context.Context, id string) (string, error) {
	var a struct {
		Generation int `bson:"generation"`
	}
	if err := b.kept.Collection("assignments").FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&a); err != nil {
		return "", err
	}
	c := &browser{handler: b.Web, cookies: map[string]string{}}
	if _, err := c.post("/r/"+b.Keys.Link(token.Answer, id, a.Generation)+"/start", nil); err != nil {
		return "", err
	}
	return "tsunagi-answer=" + c.cookies["tsunagi-answer"], nil
}

// next is whose sheet and which question it is the turn of.
func (p *person) next() (sheet int, key string) {
	sheet, key = p.turn%len(p.sheets), p.keys[p.turn/len(p.sheets)%len(p.keys)]
	p.turn++
	return sheet, key
}

// save gives one answer, knowing the counter of the one before.
func (p *person) save(_ context.Context) error {
	sheet, key := p.next()
	counter := p.sheets[sheet] + key
	body := fmt.Sprintf(`{"value":"done","n":%d}`, p.seen[counter])
	if _, err := fmt.Fprintf(p.conn, "POST /a/%s/answers/%s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", p.sheets[sheet], key, p.heads[sheet], len(body), body); err != nil {
		return err
	}
	res, err := http.ReadResponse(p.in, nil)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		p.errors++
		return nil
	}
	p.seen[counter]++
	return nil
}

// update is the same change, made by the driver alone.
func (p *person) update(ctx context.Context, drafts *mongo.Collection) error {
	sheet, key := p.next()
	now := time.Now()
	res, err := drafts.UpdateOne(ctx, bson.D{{Key: "_id", Value: p.sheets[sheet]}}, bson.D{{Key: "$set", Value: bson.D{
		{Key: "answers." + key, Value: bson.D{{Key: "v", Value: "done"}, {Key: "n", Value: p.turn}, {Key: "at", Value: now}}}, {Key: "updated_at", Value: now}}}})
	if err == nil && res.MatchedCount != 1 {
		err = fmt.Errorf("no draft of %s", p.sheets[sheet])
	}
	return err
}
