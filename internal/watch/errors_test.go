package watch

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestTheLastErrors: the last fifty, the newest first, with their number and place and
// without their cause; the log itself has everything.
func TestTheLastErrors(t *testing.T) {
	var kept Errors
	var text bytes.Buffer
	log := kept.Of(slog.New(slog.NewTextHandler(&text, nil)))
	log.Warn("not one of them")
	for n := range 60 {
		log.Error("request failed", "request", fmt.Sprint("R", n), "route", "/suppliers/:id", "error", errors.New("dup key: 架空精工株式会社"))
	}
	log.With("job", "j1").WithGroup("g").Error("job handler panicked")
	last := kept.Last()
	if len(last) != mostNoted || last[0].What != "job handler panicked" || last[1].Reference != "R59" || last[1].Route != "/suppliers/:id" || last[1].At.IsZero() {
		t.Fatalf("%d are kept: %+v", len(last), last[:2])
	}
	if strings.Contains(fmt.Sprint(last), "架空") {
		t.Error("what somebody typed is kept")
	}
	if !strings.Contains(text.String(), "架空精工株式会社") || !strings.Contains(text.String(), "job=j1") {
		t.Error("the log lacks the cause")
	}
}
