package evidence

import "time"

// Policy is a policy document.
const Policy Kind = "policy"

var policy = Traits{Kind: Policy, NeedsFile: true, Sample: func(int, string, time.Time) Evidence { return Evidence{} }}
