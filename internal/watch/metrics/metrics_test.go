package metrics

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"tsunagi/internal/watch"
)

func read(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// TestMetricsAreRead: everything that happened and how the installation is, as Prometheus
// reads it, and by its own rules of naming.
func TestMetricsAreRead(t *testing.T) {
	m := New("v9", func(context.Context) watch.Gauges {
		return watch.Gauges{Ready: true, Up: true, Counted: true, Free: map[string]int64{"data": 5e9}, Figures: watch.Figures{
			Mails: []watch.Depth{{State: watch.Due, N: 2, Age: time.Minute}, {State: watch.Failed, N: 1}},
			Jobs:  []watch.Depth{{Kind: "issue", State: watch.Due, N: 1, Age: 3 * time.Second}}, SealLag: 2 * time.Second, Paused: time.Hour,
			Backup: watch.LastBackup{Known: true, Age: time.Hour, Size: 99}}}
	})
	m.Request("GET", "/suppliers/:id", 200, 20*time.Millisecond)
	m.Request("BREW", "", 404, time.Second)
	m.Mail(watch.Sent)
	m.Mail("bad-address")
	m.Lost(watch.OfJobs, 2)
	text := read(t, m)
	for _, want := range []string{
		`tsunagi_http_requests_total{class="2xx",method="GET",route="/suppliers/:id"} 1`,
		`tsunagi_http_requests_total{class="4xx",method="other",route="none"} 1`,
		`tsunagi_http_request_duration_seconds_bucket{route="/suppliers/:id",le="0.05"} 1`,
		`tsunagi_mails_total{verdict="sent"} 1`, `tsunagi_mails_total{verdict="bad-address"} 1`,
		`tsunagi_leases_lost_total{of="jobs"} 2`, `tsunagi_leases_lost_total{of="mails"} 0`,
		`tsunagi_mails{state="due"} 2`, `tsunagi_mails{state="failed"} 1`, `tsunagi_mail_oldest_due_seconds 60`, `tsunagi_mail_paused_seconds 3600`,
		`tsunagi_jobs{kind="issue",state="due"} 1`, `tsunagi_job_oldest_due_seconds{kind="issue"} 3`, `tsunagi_seal_lag_seconds 2`,
		`tsunagi_backup_age_seconds 3600`, `tsunagi_backup_size_bytes 99`, `tsunagi_backup_failed 0`,
		`tsunagi_disk_free_bytes{disk="data"} 5e+09`, `tsunagi_ready 1`, `tsunagi_database_up 1`, `tsunagi_build_info{go="go1.`, `version="v9"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) != 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
}

// TestWhatNobodyKnowsIsNotTold: a queue that cannot be counted is no empty one, and where
// there is no backup there is no age.
func TestWhatNobodyKnowsIsNotTold(t *testing.T) {
	away := read(t, New("v9", func(context.Context) watch.Gauges { return watch.Gauges{} }))
	if !strings.Contains(away, "tsunagi_database_up 0") || strings.Contains(away, "tsunagi_seal_lag") || strings.Contains(away, "tsunagi_backup") {
		t.Errorf("with the database away:\n%s", away)
	}
	none := read(t, New("v9", func(context.Context) watch.Gauges { return watch.Gauges{Up: true, Counted: true} }))
	if !strings.Contains(none, "tsunagi_seal_lag_seconds 0") || strings.Contains(none, "tsunagi_backup_age") {
		t.Errorf("without a backup:\n%s", none)
	}
}
