package campaign

import "tsunagi/internal/fault"

// CheckLink judges the right of a link of the generation given, for every page, file
// and write alike: Gone when the buyer has revoked the link or withdrawn the request.
func (a Assignment) CheckLink(generation int) error {
	switch {
	case a.Generation != generation:
		return fault.New(fault.Gone, "fault.answer.revoked")
	case a.Response == Withdrawn:
		return fault.New(fault.Gone, "fault.request.withdrawn")
	}
	return nil
}
