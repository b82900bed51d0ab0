package snapshot_test

import (
	"testing"
	"time"

	"tsunagi/internal/backup"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/dbtest"
)

func TestMain(m *testing.M) { mongodtest.Run(m) }

// TestTheRecordOfBackups: the last good one is known whatever came after it, and is never
// forgotten, while the others are after a year.
func TestTheRecordOfBackups(t *testing.T) {
	records := dbtest.Open(t).Backups()
	begun := time.Date(2025, 1, 26, 3, 0, 0, 0, time.UTC)
	expect := func(when, good, last string) {
		t.Helper()
		state, err := records.State(t.Context())
		if err != nil || state.Good.ID != good || state.Last.ID != last {
			t.Errorf("%s: good %q, last %q, %v; want %q and %q", when, state.Good.ID, state.Last.ID, err, good, last)
		}
	}
	begin := func(id string, at time.Time) backup.Record {
		t.Helper()
		r := backup.Record{ID: id, At: at, To: "/backups/" + id}
		if err := records.Begin(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	end := func(r backup.Record, why string) {
		t.Helper()
		r.EndedAt, r.Error = r.At.Add(time.Minute), why
		if why == "" {
			r.Point, r.Size, r.Secrets = r.At.Add(time.Second), 1234, []string{"server.key"}
		}
		if err := records.End(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	expect("at first", "", "")
	one := begin("1", begun)
	expect("while the first runs", "", "1")
	end(one, "")
	expect("after the first", "1", "1")
	end(begin("2", begun.Add(time.Hour)), "the disk is full")
	begin("3", begun.Add(2*time.Hour))
	expect("while the third runs, and the second failed", "1", "3")
	end(begin("4", begun.Add(kept+3*time.Hour)), "the disk is full")
	expect("after more than a year", "1", "4")
	if state, _ := records.State(t.Context()); state.Good.Size != 1234 || !state.Good.Point.Equal(begun.Add(time.Second)) || state.Good.To != "/backups/1" || state.Last.Error == "" {
		t.Errorf("kept: %+v", state)
	}
	end(begin("5", time.Now().AddDate(3, 0, 0)), "")
	expect("after one that a clock dates which was put back since", "1", "4")
	if n, err := records.Coll("backups").EstimatedDocumentCount(t.Context()); err != nil || n != 3 {
		t.Errorf("%d records are left, %v; want the good one, the last, and that of the future", n, err)
	}
}

// kept is for how long records of backups are kept.
const kept = 400 * 24 * time.Hour
