package audit

import (
	"errors"
	"testing"
	"time"
)

func chainOf(n int) ([]Entry, Head) {
	head := Head{Org: "o"}
	var out []Entry
	for i := range n {
		e := Entry{ID: string(rune('a' + i)), Org: "o", At: time.Unix(int64(i), 0), Action: "supplier.changed",
			Details: []Detail{{Key: "name", Value: "サンプル精工"}}}
		e, head = head.next(e, time.Unix(99, 0))
		out = append(out, e)
	}
	return out, head
}

func verify(entries []Entry, head Head) error {
	var v Verifier
	for _, e := range entries {
		if err := v.Check(e); err != nil {
			return err
		}
	}
	return v.Done(head)
}

func TestVerifierNamesFirstBrokenRow(t *testing.T) {
	tests := []struct {
		name   string
		damage func([]Entry) []Entry
		seq    int64
		reason string
	}{
		{"untouched", func(e []Entry) []Entry { return e }, 0, ""},
		{"altered detail", func(e []Entry) []Entry { e[2].Details = []Detail{{Key: "name", Value: "別"}}; return e }, 3, "altered"},
		{"altered time", func(e []Entry) []Entry { e[1].At = e[1].At.Add(time.Millisecond); return e }, 2, "altered"},
		{"moved between fields", func(e []Entry) []Entry { e[1].Record.Kind, e[1].Record.ID = e[1].Record.ID, "x"; return e }, 2, "altered"},
		{"row removed", func(e []Entry) []Entry { return append(e[:1:1], e[2:]...) }, 2, "missing"},
		{"row resealed", func(e []Entry) []Entry {
			e[1].Actor.Name = "他人"
			e[1], _ = Head{Seq: 1, Hash: e[0].Seal.Hash}.next(e[1], time.Now())
			return e
		}, 3, "relinked"},
		{"end cut off", func(e []Entry) []Entry { return e[:3] }, 4, "short"},
		{"row added", func(e []Entry) []Entry {
			last := e[len(e)-1]
			extra, _ := Head{Seq: last.Seal.Seq, Hash: last.Seal.Hash}.next(Entry{ID: "z"}, time.Now())
			return append(e, extra)
		}, 6, "beyond-head"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries, head := chainOf(5)
			err := verify(tt.damage(entries), head)
			if tt.reason == "" {
				if err != nil {
					t.Fatalf("verify = %v, want whole", err)
				}
				return
			}
			var b *Break
			if !errors.As(err, &b) || b.Seq != tt.seq || b.Reason != tt.reason {
				t.Fatalf("verify = %v, want row %d %s", err, tt.seq, tt.reason)
			}
		})
	}
}
