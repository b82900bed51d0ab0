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

	Proof *Proof `bson:"proof,omitempty"` // of place and hash, made by the sealer
}

// Head is the end of a chain: what the next entry is sealed onto.
type Head struct {
	Org    string `bson:"_id"`
	Seq    int64  `bson:"seq"`
	Hash   string `bson:"hash"`
	Before int64  `bson:"before,omitempty"` // so many rows are older than the trail's key
	Lost   int64  `bson:"lost,omitempty"`   // of so many rows the key was lost since: those that no key of ours proves still chain
	Proof  *Proof `bson:"proof,omitempty"`
}

// next seals an entry onto the head and gives the new head.
func (h Head) next(e Entry, at time.Time) (Entry, Head) {
	seal := &Seal{Seq: h.Seq + 1, Prev: h.Hash, At: at}
	seal.Hash = digest(e, seal.Seq, seal.Prev)
	e.Seal = seal
	return e, Head{Org: h.Org, Seq: seal.Seq, Hash: seal.Hash, Before: h.Before, Lost: h.Lost}
}

// What breaks a chain, beside what proofs do not show.
const (
	Missing    = "missing"     // another row stands in its place
	Altered    = "altered"     // it is not what was sealed
	Relinked   = "relinked"    // the row before it is another
	Short      = "short"       // rows are gone from the end
	BeyondHead = "beyond-head" // the head was put back, or rows were put behind it
	Resealed   = "resealed"    // its hash was not made by the sealer
	HeadForged = "head-forged" // the head was not written by the sealer
	Stray      = "stray"       // it neither waits nor has a place
	HeldBack   = "held-back"   // its proof holds, and yet it is marked as refused
)

// Break is a row at which a chain does not hold.
type Break struct {
	Seq     int64 // 0: it has no place
	EntryID string
	Reason  string
}

func (b *Break) Error() string {
	if b.Seq == 0 {
		return fmt.Sprintf("audit entry %s: %s", b.EntryID, b.Reason)
	}
	return fmt.Sprintf("audit chain broken at row %d (entry %s): %s", b.Seq, b.EntryID, b.Reason)
}

// Chain is what a check of an organisation's chain found.
type Chain struct {
	Head    Head
	Rows    int64 // that hold
	Old     int64 // of these, older than the trail's key
	Lost    int64 // of these, proven by a key that was lost: they chain, and nothing else shows who wrote them
	Waiting int64 // to be sealed
	// Apart are the first rows that neither stand in the chain nor may wait.
	Apart []Break
}

// Verifier checks the sealed entries of one organisation, given in order.
type Verifier struct {
	keys   Keys
	before int64
	lost   int64 // rows up to here may be proven by a key that was lost
	unread int64 // so many were
	head   Head
}

// NewVerifier checks the rows of the chain that ends in a head against the keys.
func NewVerifier(keys Keys, head Head) *Verifier {
	return &Verifier{keys: keys, before: head.Before, lost: head.Lost}
}

// Check takes the next row. It gives a *Break when the row does not follow.
func (v *Verifier) Check(e Entry) error {
	want := v.head.Seq + 1
	switch {
	case e.Seal == nil || e.Seal.Seq != want:
		return &Break{Seq: want, EntryID: e.ID, Reason: Missing}
	case e.Seal.Prev != v.head.Hash:
		return &Break{Seq: want, EntryID: e.ID, Reason: Relinked}
	case e.Seal.Hash != digest(e, e.Seal.Seq, e.Seal.Prev):
		return &Break{Seq: want, EntryID: e.ID, Reason: Altered}
	}
	if v.isLost(e) {
		v.unread++
	} else if want > v.before {
		if why := v.keys.Lacks(e); why != "" {
			return &Break{Seq: want, EntryID: e.ID, Reason: why}
		}
		switch why := v.keys.lacks(e.Seal.Proof, ofSeal, e.writeSeal); why {
		case "":
		case UnknownKey:
			return &Break{Seq: want, EntryID: e.ID, Reason: why}
		default:
			return &Break{Seq: want, EntryID: e.ID, Reason: Resealed}
		}
	}
	v.head.Seq, v.head.Hash = e.Seal.Seq, e.Seal.Hash
	return nil
}

// isLost tells whether a row was proven by a key that was lost since.
func (v *Verifier) isLost(e Entry) bool {
	at := e.Seal.Seq
	return at > v.before && at <= v.lost && v.keys.Lacks(e) == UnknownKey
}

// Lost is how many of the rows so far were proven by a key that was lost since.
func (v *Verifier) Lost() int64 { return v.unread }

// Done compares the last row with the stored head, so that rows cut off the end
// are noticed, and the head with its proof.
func (v *Verifier) Done(stored Head) error {
	switch {
	case v.head.Seq < stored.Seq:
		return &Break{Seq: v.head.Seq + 1, Reason: Short}
	case v.head.Seq > stored.Seq || v.head.Hash != stored.Hash:
		return &Break{Seq: v.head.Seq, Reason: BeyondHead}
	case v.keys.LacksHead(stored) != "":
		return &Break{Seq: stored.Seq, Reason: HeadForged}
	}
	return nil
}

// Apart judges a row that has no place in the chain: nil when it waits to be sealed.
func (k Keys) Apart(e Entry) *Break {
	why := k.Lacks(e)
	switch {
	case e.Seal != nil:
		why = Stray
	case why == "" && e.Refused != nil:
		why = HeldBack
	}
	if why == "" {
		return nil
	}
	return &Break{EntryID: e.ID, Reason: why}
}

// Rows is how many rows held so far.
func (v *Verifier) Rows() int64 { return v.head.Seq }

// digest hashes length-prefixed fields, so that no two entries share a form.
func digest(e Entry, seq int64, prev string) string {
	h := sha256.New()
	writeInt(h, seq)
	writeString(h, prev)
	e.write(h)
	if e.Proof != nil {
		writeString(h, e.Proof.Key)
		writeString(h, string(e.Proof.Sum))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// write gives what somebody did to a hash, each field with its length.
func (e Entry) write(h hash.Hash) {
	for _, s := range []string{e.ID, e.Org, e.At.UTC().Format(time.RFC3339Nano),
		string(e.Actor.Kind), e.Actor.ID, e.Actor.Name, string(e.Action),
		e.Record.Kind, e.Record.ID, e.Record.Name, e.Campaign} {
		writeString(h, s)
	}
	writeInt(h, int64(len(e.Details)))
	for _, d := range e.Details {
		writeString(h, d.Key)
		writeString(h, d.Value)
	}
}

// writeSeal gives an entry's place and hash to a hash.
func (e Entry) writeSeal(h hash.Hash) {
	writeString(h, e.Org)
	writeInt(h, e.Seal.Seq)
	writeString(h, e.Seal.Hash)
}

func (h Head) write(to hash.Hash) {
	writeString(to, h.Org)
	writeInt(to, h.Seq)
	writeString(to, h.Hash)
	writeInt(to, h.Before)
	if h.Lost > 0 { // heads that were written before a key could be lost have none
		writeInt(to, h.Lost)
	}
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
