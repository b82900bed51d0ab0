package campaign

import (
	"slices"

	"tsunagi/internal/fault"
)

// amend changes one part of a draft. The whole is checked when it is saved from
// its form and before it is issued.
func amend(c Campaign, change func(*Campaign) error) (Campaign, error) {
	if c.State != Draft {
		return c, fault.New(fault.Conflict, "fault.campaign.issued")
	}
	next := c
	if err := change(&next); err != nil {
		return c, err
	}
	next.Revision++
	return next, nil
}

// Pick adds suppliers to those picked by hand, and takes others out again.
func Pick(c Campaign, add, remove []string) (Campaign, error) {
	return amend(c, func(c *Campaign) error {
		if !c.Audience.Picked {
			return fault.New(fault.Conflict, "fault.campaign.not-picked")
		}
		c.Audience.Only = merge(c.Audience.Only, add, remove)
		return fewEnough(c.Audience.Only)
	})
}

// TakeOut leaves a supplier out of a campaign's audience, or puts it in again.
func TakeOut(c Campaign, supplier string, out bool) (Campaign, error) {
	return amend(c, func(c *Campaign) error {
		one := []string{supplier}
		if out {
			c.Audience.Except = merge(c.Audience.Except, one, nil)
		} else {
			c.Audience.Except = merge(c.Audience.Except, nil, one)
		}
		return fewEnough(c.Audience.Except)
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
