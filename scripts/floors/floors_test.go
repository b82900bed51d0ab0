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
		reached, below map[string]float64
		want           string
	}{
		"above":             {map[string]float64{"org": 80}, nil, ""},
		"under":             {map[string]float64{"org": 79.9}, nil, "org"},
		"excepted":          {map[string]float64{"org": 12.5}, map[string]float64{"org": 12}, ""},
		"fallen":            {map[string]float64{"org": 11}, map[string]float64{"org": 12}, "fell"},
		"outgrown":          {map[string]float64{"org": 85}, map[string]float64{"org": 12}, "exceptions"},
		"a room not judged": {map[string]float64{"web": 1}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := judge(tt.reached, tt.below)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("judge = %v, want %q", err, tt.want)
			}
		})
	}
}
