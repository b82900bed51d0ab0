package response

import "tsunagi/internal/fault"

// Conflict says that somebody else saved the question meanwhile: an error of kind
// fault.Conflict, with what stands there now. Nothing was overwritten.
type Conflict struct{ Saved Saved }

func (c *Conflict) Error() string { return c.Unwrap().Error() }

// Unwrap gives the fault that people are told of.
func (c *Conflict) Unwrap() error { return fault.New(fault.Conflict, "fault.answer.conflict") }
