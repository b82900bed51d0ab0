package server

import (
	"strings"
	"testing"
	"time"
)

func TestSupportEnded(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for version, want := range map[string]string{"6.0.5": "since 2025-07-31", "4.4.29": "gets no security fixes any more", "5.0.1": "since 2024-10-31",
		"7.0.14": "", "8.0.4": "", "8.2.1": "", "9.0.0": "", "": "", "odd": ""} {
		got := Outdated(version, now)
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
	if got := Outdated("7.0.14", time.Date(2027, 9, 2, 0, 0, 0, 0, time.UTC)); !strings.Contains(got, "2027-08-31") {
		t.Errorf("7.0 in September 2027: %q", got)
	}
}
