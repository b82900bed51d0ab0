package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"time"
)

// Seal fixes an entry's place in its organisation's chain.
type Seal struct {
	Seq  int64     `bson:"seq"`  // 1, 2, 3 … without gaps
	Prev string    `bson:"prev"` // hash of the entry before, empty for the first
	Hash string    `bson:"hash"` // SHA-256 in hex over Prev, Seq and every field of the entry
	At   time.Time `bson:"at"`   // when it was sealed; not part of the hash
}

// Head is the end of a chain: what the next entry is sealed onto.
type Head struct {
	Org  string `bson:"_id"`
	Seq  int64  `bson:"seq"`
	Hash string `bson:"hash"`
}

// next seals an entry onto the head and gives the new head.
func (h Head) next(e Entry, at time.Time) (Entry, Head) {
	seal := &Seal{Seq: h.Seq + 1, Prev: h.Hash, At: at}
	seal.Hash = digest(e, seal.Seq, seal.Prev)
	e.Seal = seal
	return e, Head{Org: h.Org, Seq: seal.Seq, Hash: seal.Hash}
}

// Break is the first row at which a chain no longer holds.
type Break struct {
	Seq     int64
	EntryID string
	Reason  string // "missing", "altered", "relinked", "beyond-head", "short"
}

func (b *Break) Error() string {
	return fmt.Sprintf("audit chain broken at row %d (entry %s): %s", b.Seq, b.EntryID, b.Reason)
}

// Verifier checks the sealed entries of one organisation, given in order.
type Verifier struct{ head Head }

// Check takes the next row. It gives a *Break when the row does not follow.
func (v *Verifier) Check(e Entry) error {
	want := v.head.Seq + 1
	switch {
	case e.Seal == nil || e.Seal.Seq != want:
		return &Break{Seq: want, EntryID: e.ID, Reason: "missing"}
	case e.Seal.Prev != v.head.Hash:
		return &Break{Seq: want, EntryID: e.ID, Reason: "relinked"}
	case e.Seal.Hash != digest(e, e.Seal.Seq, e.Seal.Prev):
		return &Break{Seq: want, EntryID: e.ID, Reason: "altered"}
	}
	v.head.Seq, v.head.Hash = e.Seal.Seq, e.Seal.Hash
	return nil
}

// Done compares the last row with the stored head, so that rows cut off the end
// are noticed.
func (v *Verifier) Done(stored Head) error {
	switch {
	case v.head.Seq < stored.Seq:
		return &Break{Seq: v.head.Seq + 1, Reason: "short"}
	case v.head.Seq > stored.Seq || v.head.Hash != stored.Hash:
		return &Break{Seq: v.head.Seq, Reason: "beyond-head"}
	}
	return nil
}

// Rows is how many rows held so far.
func (v *Verifier) Rows() int64 { return v.head.Seq }

// digest hashes length-prefixed fields, so that no two entries share a form.
func digest(e Entry, seq int64, prev string) string {
	h := sha256.New()
	writeInt(h, seq)
	for _, s := range []string{prev, e.ID, e.Org, e.At.UTC().Format(time.RFC3339Nano),
		string(e.Actor.Kind), e.Actor.ID, e.Actor.Name, string(e.Action),
		e.Record.Kind, e.Record.ID, e.Record.Name, e.Campaign} {
		writeString(h, s)
	}
	writeInt(h, int64(len(e.Details)))
	for _, d := range e.Details {
		writeString(h, d.Key)
		writeString(h, d.Value)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeString(h hash.Hash, s string) {
	writeInt(h, int64(len(s)))
	_, _ = h.Write([]byte(s)) // a hash never fails
}

func writeInt(h hash.Hash, n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	_, _ = h.Write(b[:])
}
