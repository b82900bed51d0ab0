package response

import "tsunagi/internal/fault"

// Conflict says that the question was saved meanwhile, by somebody else or on another
// page of one's own: an error of kind fault.Conflict, with what stands there now. Nothing
// was overwritten.
type Conflict struct {
	Saved Saved
	Own   bool // the same page saved something else, and counts it later
}

func (c *Conflict) Error() string { return c.Unwrap().Error() }

// Unwrap gives the fault that people are told of.
func (c *Conflict) Unwrap() error {
	if c.Own {
		return fault.New(fault.Conflict, "fault.answer.conflict-own")
	}
	return fault.New(fault.Conflict, "fault.answer.conflict")
}

// OnPage is the message for who sends a page of several answers; it names what was saved.
func (c *Conflict) OnPage() string {
	if c.Own {
		return "fault.answer.conflict-own-page"
	}
	return "fault.answer.conflict-page"
}
