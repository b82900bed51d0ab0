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
// with the driver's updates of like documents, so that whatever else slows the machine
// meets both.
func (b *bench) saveAnswers(ctx context.Context) (Result, error) {
	r := Result{Name: "save-answer", Clients: b.clients}
	people, err := b.people(ctx, 0)
	if err != nil {
		return r, err
	}
	if r.Queries, err = b.commandsOfASave(ctx); err != nil {
		return r, err
	}
	drafts := b.raw.Collection("drafts")
	if err := b.begin(ctx, drafts); err != nil {
		return r, err
	}
	var all, rawAll []time.Duration
	var ours, raws time.Duration
	for i := range 4 {
		start := time.Now()
		times, err := together(ctx, people, b.round, (*person).save)
		if err != nil {
			return r, err
		}
		took := time.Since(start)
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
	}
	for _, p := range people {
		r.Errors += p.errors
		_ = p.conn.Close()
	}
	r.compare(ours, raws, len(all), len(rawAll))
	r.spread(all)
	return r, nil
}

// commandsOfASave counts what a save asks of the database; the first, which begins
// the sheet, is not counted.
func (b *bench) commandsOfASave(ctx context.Context) (int, error) {
	id := b.asked[len(b.asked)-2]
	c, err := b.openLink(ctx, id)
	if err != nil {
		return 0, err
	}
	if err := c.save("/a/" + id + "/answers/" + b.sheet[0]); err != nil {
		return 0, err
	}
	return b.countedOnce(ctx, func(i int) error { return c.save("/a/" + id + "/answers/" + b.sheet[1+i%(len(b.sheet)-1)]) })
}

// begin fills the driver's drafts, so that its updates meet full sheets as ours do
// after the first round.
func (b *bench) begin(ctx context.Context, drafts *mongo.Collection) error {
	fields := bson.D{{Key: "begun_at", Value: time.Now()}}
	for _, key := range b.sheet {
		fields = append(fields, bson.E{Key: "answers." + key, Value: bson.D{{Key: "v", Value: "done"}, {Key: "n", Value: 1}, {Key: "at", Value: time.Now()}}})
	}
	_, err := drafts.UpdateMany(ctx, bson.D{}, bson.D{{Key: "$set", Value: fields}})
	return err
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
	heads  []string // the headers of the requests for each
	keys   []string // questions
	seen   map[string]int
	turn   int
	errors int
}

// people are as many as there are clients, each with sheets of its own from a place on in
// the list of those who were asked.
func (b *bench) people(ctx context.Context, from int) ([]*person, error) {
	address := b.server.address
	var out []*person
	for i := range b.clients {
		p := &person{keys: b.sheet, seen: map[string]int{}}
		for j := range sheetsEach {
			id := b.asked[(from+i*sheetsEach+j)%(len(b.asked)-2)] // the last two are for others
			c, err := b.openLink(ctx, id)
			if err != nil {
				return nil, err
			}
			p.sheets = append(p.sheets, id)
			p.heads = append(p.heads, fmt.Sprintf("Host: %s\r\nCookie: %s\r\nSec-Fetch-Site: same-origin\r\nAccept: application/json\r\nContent-Type: application/json\r\n",
				address, c.cookie("tsunagi-answer-")))
		}
		out = append(out, p)
	}
	for _, p := range out { // last: the server hangs up on who says nothing
		var err error
		if p.conn, err = net.Dial("tcp", address); err != nil {
			return nil, err
		}
		p.in = bufio.NewReader(p.conn)
	}
	return out, nil
}

// openLink opens a supplier's link and presses its button.
func (b *bench) openLink(ctx context.Context, id string) (*browser, error) {
	var a struct {
		Generation int `bson:"generation"`
	}
	if err := b.kept.Collection("assignments").FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&a); err != nil {
		return nil, err
	}
	c := newBrowser(b.server.base())
	_, err := c.post("/r/"+b.keys.Link(token.Answer, id, a.Generation)+"/start", nil)
	return c, err
}

// next chooses the sheet and the question of the next save.
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

// update is the same change on the same conditions, made by the driver alone: a
// sheet may be closed, its link revoked, the question answered by somebody else.
// (An update by id that checks nothing is about half as dear again for the server.)
func (p *person) update(ctx context.Context, drafts *mongo.Collection) error {
	sheet, key := p.next()
	now := time.Now()
	on := bson.D{{Key: "_id", Value: p.sheets[sheet]}, {Key: "generation", Value: bson.D{{Key: "$gt", Value: 0}}}, {Key: "open", Value: true},
		{Key: "closes_at", Value: bson.D{{Key: "$gt", Value: now}}}, {Key: "answers." + key + ".n", Value: bson.D{{Key: "$gt", Value: 0}}}}
	res, err := drafts.UpdateOne(ctx, on, bson.D{{Key: "$set", Value: bson.D{
		{Key: "answers." + key, Value: bson.D{{Key: "v", Value: "done"}, {Key: "n", Value: p.turn}, {Key: "at", Value: now}}}, {Key: "updated_at", Value: now}}}})
	if err == nil && res.MatchedCount != 1 {
		err = fmt.Errorf("no draft of %s", p.sheets[sheet])
	}
	return err
}
