package audit

import "time"

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

// Adopt says that all rows up to the head are older than the trail's key.
func (h Head) Adopt(keys Keys) Head {
	h.Before = h.Seq
	return keys.signHead(h)
}
