package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"tsunagi/internal/jobs"
)

// greeting are arguments that an earlier version stored as one text for each name.
type greeting struct {
	Names []string  `json:"names"`
	After time.Time `json:"after"`
	Times int       `json:"times"`
}

func (greeting) Kind() jobs.Kind { return "greet" }

func (g greeting) Check() error {
	if len(g.Names) == 0 {
		return errors.New("nobody to greet")
	}
	return nil
}

func (g *greeting) FromParams(params map[string]string) (err error) {
	g.Names = []string{params["name"]}
	g.Times, err = strconv.Atoi(params["times"])
	return err
}

func TestArgumentsComeBackAsTheyWere(t *testing.T) {
	want := greeting{Names: []string{"a", "b"}, After: time.Date(2026, 11, 24, 1, 2, 3, 4000000, time.UTC), Times: 3}
	got, err := jobs.Decode[greeting](jobs.Job{Params: jobs.Encode(want)})
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	got, err = jobs.Decode[greeting](jobs.Job{Params: map[string]string{"name": "a", "times": "2"}})
	if err != nil || len(got.Names) != 1 || got.Times != 2 {
		t.Errorf("as stored before: %v, %v", got, err)
	}
}

// Arguments that cannot be read whole are no arguments: the job fails at once, and
// what works it is never called.
func TestUnreadableArgumentsFailTheJob(t *testing.T) {
	for name, params := range map[string]map[string]string{
		"no JSON":          {"args": "x"},
		"an unknown name":  {"args": `{"names":["a"],"everybody":true}`},
		"another type":     {"args": `{"names":["a"],"times":"many"}`},
		"a date":           {"args": `{"names":["a"],"after":"yesterday"}`},
		"something behind": {"args": `{"names":["a"]} {"names":["b"]}`},
		"what Check finds": {"args": `{}`},
		"none":             nil,
		"an older fault":   {"name": "a", "times": "many"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.put(jobs.Job{ID: "j", Kind: "greet", Params: params})
			called := 0
			b.once(b.runnerOf(jobs.Register(func(context.Context, jobs.Job, greeting) error {
				called++
				return nil
			})))
			if got := b.job("j"); called != 0 || got.State != jobs.Failed || got.Error == "" {
				t.Errorf("called %d times; the job is %s, %q", called, got.State, got.Error)
			}
		})
	}
}

func TestRunnersRefuseWhatIsNotRegisteredRight(t *testing.T) {
	work := func(context.Context, jobs.Job) error { return nil }
	for name, kinds := range map[string][]jobs.Registration{
		"no name":    {{Work: work}},
		"no handler": {{Kind: "a"}},
		"twice":      {{Kind: "a", Work: work}, {Kind: "a", Work: work, Slow: true}},
	} {
		if _, err := jobs.NewRunner(nil, kinds, time.Now, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
