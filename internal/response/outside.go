package response

import (
	"context"
	"time"

	"tsunagi/internal/access"
)

// Sent tells whether a comment of the review went to the supplier: the sheet came back
// with it. Any other is for colleagues, and stands on their page alone.
func (r Review) Sent(c Comment) bool { return r.Verdict == Return && c.Flag && c.onQuestion() }

// Outside is what may leave the house of a review: a verdict once it is told, why the
// sheet came back, and the comments that it came back with; not who wrote them.
func (r Review) Outside(now time.Time) Review {
	out := Review{ID: r.ID, Org: r.Org, Campaign: r.Campaign, Assignment: r.Assignment, Revision: r.Revision}
	if r.Verdict == Undecided || now.Before(r.ToldAt()) {
		return out
	}
	out.Verdict, out.Reason, out.DecidedAt = r.Verdict, r.Reason, r.DecidedAt
	for _, c := range r.Comments {
		if r.Sent(c) {
			out.Comments = append(out.Comments, Comment{ID: c.ID, Question: c.Question, Text: c.Text, Flag: true, At: c.At})
		}
	}
	return out
}

// ToldAt is from when the supplier may know of the verdict: of an acceptance when it can
// no longer be taken back.
func (r Review) ToldAt() time.Time {
	if r.Verdict == Accept {
		return r.UndoUntil()
	}
	return r.DecidedAt
}

// Review is the review of a revision; a supplier is given what may leave the house.
func (s *Service) Review(ctx context.Context, v access.Viewer, assignment string, revision int) (Review, error) {
	r, err := s.Reader.Review(ctx, v, assignment, revision)
	if v.Kind == access.Link {
		r = r.Outside(s.now())
	}
	return r, err
}

// Reviews are those of all revisions, as Review gives each.
func (s *Service) Reviews(ctx context.Context, v access.Viewer, assignment string) ([]Review, error) {
	all, err := s.Reader.Reviews(ctx, v, assignment)
	if v.Kind == access.Link {
		for i, r := range all {
			all[i] = r.Outside(s.now())
		}
	}
	return all, err
}
