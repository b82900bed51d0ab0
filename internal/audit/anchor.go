package audit

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Anchor is the head of a chain as it was noted outside the database: whoever changes
// what lies there cannot change the note.
type Anchor struct {
	At     time.Time
	Org    string
	Seq    int64
	Hash   string
	Before int64 // so many rows are older than the trail's key
}

// Anchor is the head as it is noted at a moment.
func (h Head) Anchor(at time.Time) Anchor {
	return Anchor{At: at, Org: h.Org, Seq: h.Seq, Hash: h.Hash, Before: h.Before}
}

// Line writes the anchor for files, logs and papers.
func (a Anchor) Line() string {
	return fmt.Sprintf("%s %s %d %s %d", a.At.UTC().Format(time.RFC3339), a.Org, a.Seq, a.Hash, a.Before)
}

var errNoAnchor = errors.New("want a time, an organisation, a row, a hash and a number, as the log and the documents of the trail have them")

// ParseAnchor reads what Line wrote.
func ParseAnchor(line string) (Anchor, error) {
	parts := strings.Fields(line)
	if len(parts) != 5 {
		return Anchor{}, errNoAnchor
	}
	at, err := time.Parse(time.RFC3339, parts[0])
	seq, errSeq := strconv.ParseInt(parts[2], 10, 64)
	sum, errHash := hex.DecodeString(parts[3])
	before, errBefore := strconv.ParseInt(parts[4], 10, 64)
	if errors.Join(err, errSeq, errHash, errBefore) != nil || seq < 1 || len(sum) != 32 {
		return Anchor{}, errNoAnchor
	}
	return Anchor{At: at, Org: parts[1], Seq: seq, Hash: parts[3], Before: before}, nil
}

// What an anchor shows.
const (
	Truncated = "the row is gone: the trail was cut off after it was noted"
	Rewritten = "the row has another hash: the trail was written anew after it was noted"
	Vanished  = "the whole trail of the organisation is gone"
	MadeOlder = "more or fewer rows are said to be older than the trail's key than when it was noted"
)

// Holds compares the anchor with the head of the chain as it is now, and with the hash
// of its row, empty when there is none. It gives a *Damage when they differ.
func (a Anchor) Holds(now Head, hash string) error {
	reason := ""
	switch {
	case now.Seq == 0 && hash == "":
		reason = Vanished
	case hash == "" || now.Seq < a.Seq:
		reason = Truncated
	case hash != a.Hash:
		reason = Rewritten
	case now.Before != a.Before:
		reason = MadeOlder
	default:
		return nil
	}
	return &Damage{What: "anchor of " + a.At.UTC().Format(time.RFC3339) + ", organisation " + a.Org + ", row", ID: strconv.FormatInt(a.Seq, 10), Reason: reason}
}
