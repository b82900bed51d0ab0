package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"tsunagi/internal/app"
	"tsunagi/internal/web"
)

// serveMetrics serves what is measured at an address of its own, where one is named, until
// the function that it returns is called.
func (in *installation) serveMetrics() (stop func(), err error) {
	at := in.settings.MetricsListen
	if at == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", at)
	if err != nil {
		return nil, fmt.Errorf("--metrics-listen: %w", err)
	}
	server := &http.Server{Handler: measured(in.App), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			in.log.Error("serve the metrics", "error", err)
		}
	}()
	return func() { in.mention(server.Close()) }, nil
}

// measured answers /metrics, and /readyz with its details, with the token where one is set.
func measured(a *app.App) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.Metrics)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		h := a.Health(r.Context())
		w.Header().Set("Content-Type", "application/json")
		if !h.Ready() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		if err := json.NewEncoder(w).Encode(h.Details()); err != nil && !errors.Is(r.Context().Err(), context.Canceled) {
			a.Log.Debug("answer /readyz", "error", err)
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.MetricsToken != "" && !web.HasToken(r, a.MetricsToken) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "the token is missing, or another one", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
