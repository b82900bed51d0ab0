package evidence

import "time"

// Attachment is a file given with one answer.
const Attachment Kind = "attachment"

var attachment = Traits{Kind: Attachment, NeedsFile: true, Attached: true,
	Sample: func(int, string, time.Time) Evidence { return Evidence{Question: "q"} }}
