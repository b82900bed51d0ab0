package response

import (
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
)

// Sheet is what the buyer knows of one supplier's answers.
type Sheet struct {
	Assignment  campaign.Assignment
	Submissions []Submission        // the newest first
	Reviews     []Review            // of any revision
	Evidence    []evidence.Evidence // as judged by now
}

// Submission is the submission of a revision, false when there is none.
func (s Sheet) Submission(revision int) (Submission, bool) {
	for _, sub := range s.Submissions {
		if sub.Revision == revision {
			return sub, true
		}
	}
	return Submission{}, false
}
