package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tsunagi/internal/watch"
)

// healthWithin is how long health waits for an answer: whoever asks for it, as a
// container's runtime does, waits for seconds.
const healthWithin = 4 * time.Second

type healthCmd struct{}

// Run asks the process that serves with these settings how it is: one line, and an error
// unless people may be sent there. It opens nothing of the data.
func (healthCmd) Run(ctx context.Context, s *Settings) error {
	d, err := s.askHealth(ctx)
	if err != nil {
		return err
	}
	if d.Status != "ready" {
		return errors.New(d.Sentence())
	}
	fmt.Println(d.Sentence())
	return nil
}

// askHealth asks where these settings say that a process listens.
func (s *Settings) askHealth(ctx context.Context) (d watch.Details, err error) {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, listenURL(s.Listen)+"/readyz", nil)
	if err != nil {
		return d, fmt.Errorf("--listen: %w", err)
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // by no proxy that the environment names
	res, err := direct.Do(r)
	if err != nil {
		return d, fmt.Errorf("nobody answers at %s (--listen): %w", s.Listen, err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(&d); err != nil || d.Status == "" {
		return d, fmt.Errorf("what answers at %s (--listen) is no Tsunagi: %s", s.Listen, res.Status)
	}
	return d, nil
}
