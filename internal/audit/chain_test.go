package audit

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// ours are two keys, the first retired; theirs is one that somebody else made under
// the same id.
var (
	ours   = Keys{{ID: "k1", Secret: make([]byte, KeyBytes)}, {ID: "k2", Secret: []byte("another secret of 32 bytes......")}}
	theirs = Keys{NewKey("k2")}
)

// chainOf has n rows, of which the first are older than the key, and the next were
// proven by the key that has since been retired.
func chainOf(n, before int) ([]Entry, Head) {
	var all []Entry
	for i := range n {
		all = append(all, Entry{ID: string(rune('a' + i)), Org: "o", At: time.Unix(int64(i), 0), Action: "supplier.changed",
			Details: []Detail{{Key: "name", Value: "サンプル精工"}}})
	}
	old, head := Head{Org: "o"}.SealOld(all[:before], time.Unix(99, 0))
	if before > 0 {
		head = head.Adopt(ours[:1])
	}
	retired, _, head := head.SealAll(ours[:1], ours[:1].Sign(all[before:before+1]), time.Unix(99, 0))
	recent, _, head := head.SealAll(ours, ours.Sign(all[before+1:]), time.Unix(99, 0))
	return slices.Concat(old, retired, recent), head
}

func verify(entries []Entry, head Head) error {
	v := NewVerifier(ours, head)
	for _, e := range entries {
		if err := v.Check(e); err != nil {
			return err
		}
	}
	return v.Done(head)
}

// anew seals rows as somebody does who has the database and not the key.
func anew(entries []Entry, keys Keys) ([]Entry, Head) {
	head := Head{Org: "o"}
	for i, e := range entries {
		e, head = head.next(e, time.Unix(99, 0))
		e.Seal.Proof = keys.prove(ofSeal, e.writeSeal)
		entries[i] = e
	}
	return entries, keys.signHead(head)
}

func TestVerifierNamesFirstBrokenRow(t *testing.T) {
	type damage func([]Entry, Head) ([]Entry, Head)
	rows := func(change func([]Entry) []Entry) damage {
		return func(e []Entry, h Head) ([]Entry, Head) { return change(e), h }
	}
	tests := []struct {
		name   string
		damage damage
		seq    int64
		reason string
	}{
		{"untouched", rows(func(e []Entry) []Entry { return e }), 0, ""},
		{"altered detail", rows(func(e []Entry) []Entry { e[2].Details = []Detail{{Key: "name", Value: "別"}}; return e }), 3, Altered},
		{"altered time", rows(func(e []Entry) []Entry { e[1].At = e[1].At.Add(time.Millisecond); return e }), 2, Altered},
		{"moved between fields", rows(func(e []Entry) []Entry { e[1].Record.Kind, e[1].Record.ID = e[1].Record.ID, "x"; return e }), 2, Altered},
		{"proof removed", rows(func(e []Entry) []Entry { e[3].Proof = nil; return e }), 4, Altered},
		{"proof of another row", rows(func(e []Entry) []Entry { e[3].Proof = e[4].Proof; return e }), 4, Altered},
		{"row removed", rows(func(e []Entry) []Entry { return append(e[:1:1], e[2:]...) }), 2, Missing},
		{"two swapped", rows(func(e []Entry) []Entry { e[1], e[2] = e[2], e[1]; return e }), 2, Missing},
		{"two swapped with their places", rows(func(e []Entry) []Entry {
			e[1], e[2] = e[2], e[1]
			e[1].Seal, e[2].Seal = e[2].Seal, e[1].Seal
			return e
		}), 2, Altered},
		{"row resealed", rows(func(e []Entry) []Entry {
			e[1].Actor.Name = "他人"
			e[1], _ = Head{Seq: 1, Hash: e[0].Seal.Hash}.next(e[1], time.Now())
			return e
		}), 2, Forged},
		{"seal without proof", rows(func(e []Entry) []Entry { e[4].Seal.Proof = nil; return e }), 5, Resealed},
		{"end cut off", rows(func(e []Entry) []Entry { return e[:3] }), 4, Short},
		{"row added", rows(func(e []Entry) []Entry {
			last := e[len(e)-1]
			extra, _ := Head{Seq: last.Seal.Seq, Hash: last.Seal.Hash}.next(Entry{ID: "z"}, time.Now())
			return append(e, extra)
		}), 6, Unsigned},
		{"hashed anew after a change", func(e []Entry, _ Head) ([]Entry, Head) {
			e[2].Details = nil
			return anew(e, theirs)
		}, 1, Resealed},
		{"hashed anew without a row", func(e []Entry, _ Head) ([]Entry, Head) { return anew(append(e[:2:2], e[3:]...), theirs) }, 1, Resealed},
		{"all said to be older than the key", func(e []Entry, _ Head) ([]Entry, Head) {
			e[2].Details = nil
			e, h := anew(e, theirs)
			h.Before = h.Seq
			return e, theirs.signHead(h)
		}, 5, HeadForged},
		{"written with a key that is not ours", func(e []Entry, h Head) ([]Entry, Head) {
			other := Keys{NewKey("k9")}
			more, _, h := h.SealAll(other, other.Sign([]Entry{{ID: "z", Org: "o"}}), time.Now())
			return append(e, more...), h
		}, 6, UnknownKey},
		{"the head put back with its rows, unsigned", func(e []Entry, h Head) ([]Entry, Head) {
			return e[:3], Head{Org: "o", Seq: 3, Hash: e[2].Seal.Hash, Proof: h.Proof}
		}, 3, HeadForged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries, head := tt.damage(chainOf(5, 0))
			check(t, verify(entries, head), tt.seq, tt.reason)
		})
	}
}

func check(t *testing.T, err error, seq int64, reason string) {
	t.Helper()
	var b *Break
	switch {
	case reason == "" && err != nil:
		t.Fatalf("verify = %v, want whole", err)
	case reason != "" && (!errors.As(err, &b) || b.Seq != seq || b.Reason != reason):
		t.Fatalf("verify = %v, want row %d %s", err, seq, reason)
	}
}

// What is older than the key is counted, not proven; what comes after it is.
func TestRowsFromBeforeTheKey(t *testing.T) {
	entries, head := chainOf(5, 3)
	if head.Before != 3 || entries[2].Proof != nil || entries[3].Proof == nil {
		t.Fatalf("%+v", head)
	}
	check(t, verify(entries, head), 0, "")
	entries[1].Details = nil
	check(t, verify(entries, head), 2, Altered)
	entries, head = chainOf(5, 3)
	entries[3].Proof = nil
	check(t, verify(entries, head), 4, Altered)
}

// The sealer takes what is ours, and nothing else; what it refuses breaks no chain.
func TestTheSealerRefusesWhatIsNotOurs(t *testing.T) {
	entry := func(id string) Entry { return Entry{ID: id, Org: "o", At: time.Unix(1, 0), Action: "x.y"} }
	good := ours.Sign([]Entry{entry("a"), entry("b"), entry("c")})
	forged, changed, moved, placed := entry("d"), good[1], entry("e"), good[2]
	forged.Proof = theirs.Sign([]Entry{forged})[0].Proof
	changed.Record.Name = "別の会社"
	moved.Proof = good[0].Proof
	placed.Seal = &Seal{}
	sealed, refused, head := Head{Org: "o"}.SealAll(ours, []Entry{entry("f"), good[0], forged, changed, moved, placed, good[2]}, time.Unix(9, 0))
	if len(sealed) != 2 || head.Seq != 2 || verify(sealed, head) != nil {
		t.Errorf("%d are sealed, head %+v, %v", len(sealed), head, verify(sealed, head))
	}
	var why []string
	for _, e := range refused {
		why = append(why, e.Refused.Reason)
	}
	if !slices.Equal(why, []string{Unsigned, Forged, Forged, Forged, Stray}) {
		t.Errorf("refused as %v", why)
	}
	if _, _, same := head.SealAll(ours, refused[:1], time.Now()); same.Seq != 2 || same.Hash != head.Hash {
		t.Errorf("a refusal moved the head to %+v", same)
	}
}

func TestARowApartWaitsOrIsABreak(t *testing.T) {
	good := ours.Sign([]Entry{{ID: "a", Org: "o"}})[0]
	refused, sealed, unsigned := good, good, good
	refused.Refused, sealed.Seal, unsigned.Proof = &Refused{Reason: Forged}, &Seal{Seq: -1}, nil
	for want, e := range map[string]Entry{"": good, HeldBack: refused, Stray: sealed, Unsigned: unsigned} {
		b := ours.Apart(e)
		if (b == nil) != (want == "") || b != nil && (b.Reason != want || b.EntryID != "a") {
			t.Errorf("got %v, want %s", b, want)
		}
	}
}

// Rows whose key was lost still chain, and are counted; whoever alters one, or writes rows
// behind them without the new key, is named.
func TestALostKey(t *testing.T) {
	all, head := chainOf(5, 1)
	fresh := Keys{NewKey("k3")}
	head = head.Lose(fresh)
	later, _, end := head.SealAll(fresh, fresh.Sign([]Entry{LostEntry("o", time.Unix(99, 0), fresh, []string{"k2"}, head.Lost)}), time.Unix(99, 0))
	walk := func(entries []Entry, head Head) (int64, error) {
		v := NewVerifier(fresh, head)
		for _, e := range entries {
			if err := v.Check(e); err != nil {
				return v.Lost(), err
			}
		}
		return v.Lost(), v.Done(head)
	}
	sound := slices.Concat(all, later)
	if n, err := walk(sound, end); n != 4 || err != nil {
		t.Errorf("%d rows of the lost key, %v", n, err)
	}
	if lacks := Untold(later[0]); lacks != "" || later[0].Detail("key") != "k2 → k3" {
		t.Errorf("the note lacks %q: %v", lacks, later[0].Details)
	}
	altered := slices.Clone(sound)
	altered[2].Record.Name = "別"
	if _, err := walk(altered, end); err == nil {
		t.Error("an altered row of the lost key holds")
	}
	stranger := Keys{NewKey("k9")}
	more, _, longer := end.SealAll(stranger, stranger.Sign([]Entry{{ID: "z", Org: "o"}}), time.Unix(99, 0))
	if _, err := walk(slices.Concat(sound, more), longer); err == nil {
		t.Error("a row of a stranger's key behind them holds")
	}
	forged := end
	forged.Lost = 6
	if _, err := walk(sound, forged); err == nil {
		t.Error("a head that says more rows were lost holds")
	}
}
