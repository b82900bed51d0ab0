package campaign

import (
	"context"
	"sync"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
)

// snapshots keeps campaigns in memory: what is asked never changes once issued, so
// saving an answer needs no read. What may change (dates, one supplier's state) is
// on the assignment.
type snapshots struct {
	mu   sync.Mutex
	kept map[string]Campaign
}

// maxSnapshots bounds the memory: a questionnaire is about 100 kB.
const maxSnapshots = 64

// Snapshot is what a campaign asks. Its questionnaire, texts and coverage are true
// for ever once it is issued; its dates and state may be out of date.
func (s *Service) Snapshot(ctx context.Context, v access.Viewer, id string) (Campaign, error) {
	if !mayKnow(v, id) {
		return Campaign{}, fault.New(fault.NotFound, "fault.not-found")
	}
	key := v.Org + "/" + id
	s.snapshots.mu.Lock()
	c, ok := s.snapshots.kept[key]
	s.snapshots.mu.Unlock()
	if ok {
		return c, nil
	}
	c, err := s.Get(ctx, v, id)
	if err != nil || c.State == Draft {
		return c, err
	}
	s.snapshots.mu.Lock()
	defer s.snapshots.mu.Unlock()
	if len(s.snapshots.kept) >= maxSnapshots || s.snapshots.kept == nil {
		s.snapshots.kept = map[string]Campaign{}
	}
	s.snapshots.kept[key] = c
	return c, nil
}

// mayKnow judges what is in memory as the store judges what it reads.
func mayKnow(v access.Viewer, id string) bool {
	if v.Kind == access.Link {
		return v.Org != "" && CampaignOf(v.Assignment) == id
	}
	return v.Org != "" && v.SeesCampaign(id)
}
