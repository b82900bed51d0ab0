package audit

import (
	"strconv"
	"strings"
	"time"

	"tsunagi/internal/access"
)

// SealAll seals entries onto the head in their order, and gives the new head. One
// whose proof does not hold is not sealed, and stands among the refused with the
// reason.
func (h Head) SealAll(keys Keys, entries []Entry, at time.Time) (sealed, refused []Entry, head Head) {
	for _, e := range entries {
		why := keys.Lacks(e)
		if e.Seal != nil {
			why = Stray
		}
		if why != "" {
			e.Refused = &Refused{Reason: why, At: at}
			refused = append(refused, e)
			continue
		}
		e, h = h.next(e, at)
		e.Seal.Proof = keys.prove(ofSeal, e.writeSeal)
		sealed = append(sealed, e)
	}
	if len(sealed) > 0 {
		h = keys.signHead(h)
	}
	return sealed, refused, h
}

// SealOld seals entries that are older than the trail's key: they have no proof.
func (h Head) SealOld(entries []Entry, at time.Time) ([]Entry, Head) {
	sealed := make([]Entry, len(entries))
	for i, e := range entries {
		sealed[i], h = h.next(e, at)
	}
	return sealed, h
}

// Lose says that the key that proves the rows up to the head was lost. keys are the new
// ones.
func (h Head) Lose(keys Keys) Head {
	h.Lost = h.Seq
	return keys.signHead(h)
}

// LostEntry is the trail's entry of that, the first that the new key proves.
func LostEntry(org string, at time.Time, keys Keys, lost []string, rows int64) Entry {
	e := Entry{Org: org, At: at, Actor: Actor{Kind: access.Process, Name: "trail"}, Action: ActionKeyLost, Record: Ref{Kind: "trail", ID: org},
		Details: []Detail{Was("key", strings.Join(lost, ", "), keys[len(keys)-1].ID), {Key: "rows", Value: strconv.FormatInt(rows, 10)}}}
	return e.bounded().OnceAnHour()
}

// ActionKeyLost says that the key of the trail was lost, and another made.
const ActionKeyLost Action = "org.trail-key-lost"

// Adopt says that all rows up to the head are older than the trail's key.
func (h Head) Adopt(keys Keys) Head {
	h.Before = h.Seq
	return keys.signHead(h)
}
