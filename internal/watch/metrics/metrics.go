// Package metrics gives Prometheus what is measured of an installation: numbers by route
// pattern, kind and state, and nothing of any firm, person or record.
package metrics

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tsunagi/internal/watch"
)

// Metrics counts what happens in this process, and asks for the rest when it is read.
type Metrics struct {
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	mails    *prometheus.CounterVec
	lost     *prometheus.CounterVec
	handler  http.Handler
}

// took are the bounds of how long a request takes, in seconds: few, since every route has
// all of them.
var took = []float64{0.01, 0.05, 0.25, 1, 5}

// New makes them. now tells how the installation is when somebody reads them.
func New(version string, now func(context.Context) watch.Gauges) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tsunagi_http_requests_total",
			Help: "Requests that were answered, by method, route pattern and class of status."}, []string{"method", "route", "class"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tsunagi_http_request_duration_seconds",
			Help: "How long requests took, by route pattern.", Buckets: took}, []string{"route"}),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tsunagi_mails_total",
			Help: "What became of mails that this process tried to send: sent, or as what the mail server's answer counts."}, []string{"verdict"}),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tsunagi_leases_lost_total",
			Help: "Jobs and mails that this process took up because whoever had them fell silent."}, []string{"of"}),
	}
	for _, of := range []string{watch.OfJobs, watch.OfMails} {
		m.lost.WithLabelValues(of)
	}
	m.mails.WithLabelValues(watch.Sent)
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tsunagi_build_info", Help: "The version of the program; the value is always 1.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()}})
	build.Set(1)
	own := prometheus.NewRegistry()
	own.MustRegister(m.requests, m.took, m.mails, m.lost, build, gauges{now}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(own, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
	return m
}

// ServeHTTP implements http.Handler.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }

// methods are the ones that have a name of their own: others come from strangers.
var methods = map[string]bool{http.MethodGet: true, http.MethodPost: true, http.MethodHead: true}

// Request counts a request. route is the pattern of its route, empty where it has none.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	if !methods[method] {
		method = "other"
	}
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status/100)+"xx").Inc()
	m.took.WithLabelValues(route).Observe(took.Seconds())
}

// Mail counts what became of a mail.
func (m *Metrics) Mail(verdict string) { m.mails.WithLabelValues(verdict).Inc() }

// Lost counts what somebody else had and lost.
func (m *Metrics) Lost(of string, n int) { m.lost.WithLabelValues(of).Add(float64(n)) }
