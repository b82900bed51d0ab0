package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// How long each part of the end may take. Requests and work end beside each other, then
// the connections, then the managed database (mongod): in all less than half a minute,
// after which a service manager kills.
const (
	requestsTimeout = 5 * time.Second // then uploads that are under way are broken off
	answersTimeout  = 2 * time.Second // for the answers to those; then connections are cut
	workTimeout     = 11 * time.Second
	closeTimeout    = 3 * time.Second
)

// serve runs pages and workers. On a signal it hands work back, stops accepting, lets
// requests finish, and stops the database last. To be told to stop is no error, whatever
// had to be broken off for it.
func (in *installation) serve(ctx context.Context, listen string) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return errors.Join(fmt.Errorf("--listen: %w", err), in.close())
	}
	measured, err := in.serveMetrics()
	if err != nil {
		return errors.Join(err, listener.Close(), in.close())
	}
	server := &http.Server{Handler: in, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Minute,
		WriteTimeout: 10 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	workers, stopWork := in.startWork(ctx)
	stopTasks := in.listen(ctx)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	debug.FreeOSMemory() // what starting needed is given back: a small machine runs this beside others
	fmt.Printf("Tsunagi is at %s\n", in.Base)
	select {
	case <-ctx.Done():
		in.log.Info("told to stop")
	case err = <-failed:
	}
	measured()
	stopTasks()
	stopWork()
	work := make(chan error, 1)
	go func() { work <- await(workTimeout, workers) }()
	in.endRequests(server)
	in.mention(<-work)
	in.mention(in.close())
	return err
}

// work runs workers alone until it is told to stop.
func (in *installation) work(ctx context.Context) error {
	measured, err := in.serveMetrics()
	if err != nil {
		return errors.Join(err, in.close())
	}
	workers, stopWork := in.startWork(ctx)
	stopTasks := in.listen(ctx)
	<-ctx.Done()
	measured()
	stopTasks()
	stopWork()
	in.mention(await(workTimeout, workers))
	in.mention(in.close())
	return nil
}

// startWork runs the workers until the function that it returns is called.
func (in *installation) startWork(ctx context.Context) (*sync.WaitGroup, context.CancelFunc) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var workers sync.WaitGroup
	workers.Go(func() { in.Work(ctx) })
	return &workers, stop
}

// endRequests lets requests finish, then breaks off those that are still being sent, and
// cuts the connections of whoever takes no answer.
func (in *installation) endRequests(server *http.Server) {
	if shutDown(server, requestsTimeout) == nil {
		return
	}
	in.Web.BreakOff()
	if shutDown(server, answersTimeout) == nil {
		in.log.Warn("uploads were broken off to stop in time")
		return
	}
	in.log.Warn("connections were cut to stop in time")
	in.mention(server.Close())
}

func shutDown(server *http.Server, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return server.Shutdown(ctx)
}

// mention logs what went wrong while ending: nobody can do anything about it any more.
func (in *installation) mention(err error) {
	if err != nil {
		in.log.Warn("while stopping", "error", err)
	}
}

// await waits for the workers, not longer than given: the driver waits long for the answer
// of a database that gives none, and what is broken off goes on at the next start.
func await(within time.Duration, workers *sync.WaitGroup) error {
	ended := make(chan struct{})
	go func() {
		workers.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-time.After(within):
		return errors.New("work did not end in time and is broken off; it goes on at the next start")
	}
}

// unlessStopped is the error of a start, none when it ended because it was told to stop.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
