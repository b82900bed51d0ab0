package campaign

import (
	"context"
	"slices"
	"strconv"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
)

// amend changes one part of a draft. The whole is checked when it is saved from
// its form and before it is issued.
func (s *Service) amend(ctx context.Context, v access.Viewer, id string, change func(*Campaign) error) error {
	if !v.Can(access.EditCampaigns) {
		return forbidden()
	}
	c, err := s.Get(ctx, v, id)
	if err != nil {
		return err
	}
	if c.State != Draft {
		return fault.New(fault.Conflict, "fault.campaign.issued")
	}
	if err := change(&c); err != nil {
		return err
	}
	c.Revision++
	return s.store.Save(ctx, v, c, s.entry(v, ActionChanged, c, audit.Detail{Key: "revision", Value: strconv.Itoa(c.Revision)}))
}

// Pick adds suppliers to those picked by hand, and takes others out again.
func (s *Service) Pick(ctx context.Context, v access.Viewer, id string, add, remove []string) error {
	return s.amend(ctx, v, id, func(c *Campaign) error {
		if !c.Audience.Picked {
			return fault.New(fault.Conflict, "fault.campaign.not-picked")
		}
		c.Audience.Only = merge(c.Audience.Only, add, remove)
		return fewEnough(c.Audience.Only)
	})
}

// TakeOut leaves a supplier out of a campaign's audience, or puts it in again.
func (s *Service) TakeOut(ctx context.Context, v access.Viewer, id, supplier string, out bool) error {
	return s.amend(ctx, v, id, func(c *Campaign) error {
		one := []string{supplier}
		if out {
			c.Audience.Except = merge(c.Audience.Except, one, nil)
		} else {
			c.Audience.Except = merge(c.Audience.Except, nil, one)
		}
		return fewEnough(c.Audience.Except)
	})
}

// SetCoverage says, for this campaign, which certificates stand in for what.
func (s *Service) SetCoverage(ctx context.Context, v access.Viewer, id string, coverage questionnaire.Coverage) error {
	return s.amend(ctx, v, id, func(c *Campaign) error {
		c.Coverage = coverage
		return nil
	})
}

// merge keeps the order in which suppliers were picked, each once.
func merge(list, add, remove []string) []string {
	drop := map[string]bool{}
	for _, id := range remove {
		drop[id] = true
	}
	var out []string
	for _, id := range slices.Concat(list, add) {
		if id != "" && !drop[id] {
			drop[id] = true
			out = append(out, id)
		}
	}
	return out
}

func fewEnough(list []string) error {
	if len(list) <= maxPicked {
		return nil
	}
	var f fault.Fields
	f.Add("supplier", "fault.campaign.too-many-picked", fault.Args{"Max": maxPicked})
	return f.Err()
}
