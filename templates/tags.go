package templates

import (
	"fmt"

	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/locale"
	"tsunagi/internal/notify"
	"tsunagi/internal/watch"
)

// tag is how a state is shown: a colour with a shape, and a word.
type tag struct{ Kind, Text string }

// tagKinds are the colours of the states; a state that is not listed is neutral.
var tagKinds = map[any]string{
	campaign.Issuing: "info",
	campaign.Open:    "progress",

	campaign.Answering: "progress",
	campaign.Submitted: "info",
	campaign.InReview:  "progress",
	campaign.Accepted:  "success",
	campaign.Returned:  "warning",
	campaign.Declined:  "danger",

	watch.OK:      "success",
	watch.Warning: "warning",
	watch.Failing: "danger",

	document.Running: "progress",
	document.Ready:   "success",
	document.Failed:  "danger",

	evidence.Verified: "success",
	evidence.Rejected: "danger",

	notify.Queued: "info",
	notify.Sent:   "success",
	notify.Failed: "danger",
}

// tagOf gives the tag of a state, or of a message. It fails for what has none.
func tagOf(p *locale.Printer, of any) (tag, error) {
	prefix := ""
	switch state := of.(type) {
	case notify.Message:
		if state.State == notify.Queued && state.Reason != "" { // tried, and not yet gone
			return tag{"warning", p.T("delivery.state." + string(state.State))}, nil
		}
		return tagOf(p, state.State)
	case notify.State:
		prefix = "delivery.state."
	case campaign.State:
		prefix = "campaign.state."
	case campaign.Response:
		prefix = "response.state."
	case document.State:
		prefix = "documents.state."
	case watch.State:
		prefix = "system.state."
	case evidence.Validity:
		prefix = "review.validity."
	default:
		return tag{}, fmt.Errorf("%T has no tag", of)
	}
	kind := tagKinds[of]
	if kind == "" {
		kind = "neutral"
	}
	return tag{kind, p.T(prefix + fmt.Sprint(of))}, nil
}
