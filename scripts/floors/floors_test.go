package main

import (
	"maps"
	"strings"
	"testing"
)

func TestReadsWhatGoTestSays(t *testing.T) {
	got, err := read("ok  \ttsunagi/internal/fault\t0.016s\tcoverage: 60.0% of statements\n" +
		"ok  \ttsunagi/internal/org\t(cached)\tcoverage: 12.5% of statements\n" +
		"\ttsunagi/internal/audit\t\tcoverage: 0.0% of statements\n" +
		"ok  \ttsunagi/internal/access\t0.1s\tcoverage: [no statements]\n")
	want := map[string]float64{"fault": 60, "org": 12.5, "audit": 0, "access": 100}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if _, err := read("no test files"); err == nil {
		t.Error("silence passes")
	}
}

func TestJudges(t *testing.T) {
	for name, tt := range map[string]struct {
		reached map[string]float64
		want    string
	}{
		"above":             {map[string]float64{"org": 80}, ""},
		"under":             {map[string]float64{"org": 79.9, "fault": 90}, "org"},
		"a room not judged": {map[string]float64{"web": 1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := judge(tt.reached)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("judge = %v, want %q", err, tt.want)
			}
		})
	}
}
