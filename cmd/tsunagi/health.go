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

// askHealth asks where these settings say that a process listens: at --listen, or where one
// works alone, at --metrics-listen.
func (s *Settings) askHealth(ctx context.Context) (d watch.Details, err error) {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	d, err = s.askHealthAt(ctx, "--listen", s.Listen)
	if s.MetricsListen == "" || err == nil && len(d.Parts) > 0 || errors.Is(err, errOther) {
		return d, err
	}
	if more, failed := s.askHealthAt(ctx, "--metrics-listen", s.MetricsListen); failed == nil {
		return more, nil
	}
	return d, err
}

// errOther says that something else listens there.
var errOther = errors.New("what answers is no Tsunagi")

func (s *Settings) askHealthAt(ctx context.Context, setting, at string) (d watch.Details, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, listenURL(at)+"/readyz", nil)
	if err != nil {
		return d, fmt.Errorf("%s: %w", setting, err)
	}
	if s.MetricsToken != "" {
		r.Header.Set("Authorization", "Bearer "+s.MetricsToken)
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // by no proxy that the environment names
	res, err := direct.Do(r)
	if err != nil {
		return d, fmt.Errorf("nobody answers at %s (%s): %w", at, setting, err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(&d); err != nil || d.Status == "" {
		return d, fmt.Errorf("%w at %s (%s): %s", errOther, at, setting, res.Status)
	}
	return d, nil
}
