package audit

import "time"

// SealAll seals entries onto the head in their order, and gives the new head.
func (h Head) SealAll(entries []Entry, at time.Time) ([]Entry, Head) {
	sealed := make([]Entry, len(entries))
	for i, e := range entries {
		sealed[i], h = h.next(e, at)
	}
	return sealed, h
}
