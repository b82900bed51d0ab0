package backup

import "time"

// PlanID is the id of the one plan.
const PlanID = "plan"

// Plan says when the next scheduled backup is due. Several processes share it, and one of
// them makes the backup.
type Plan struct {
	ID    string    `bson:"_id"`
	At    time.Time `bson:"at"`              // when the last one was begun
	Until time.Time `bson:"until,omitempty"` // somebody makes one, until then at least
	Claim string    `bson:"claim"`           // whoever that is
}

// retryAfter is how soon a scheduled backup that failed is tried again.
const retryAfter = time.Hour

// Next is what stands as the beginning of the last one once one was tried: the next is due
// at its time, and sooner after a failure.
func Next(begun time.Time, every time.Duration, failed bool) time.Time {
	if failed && every > retryAfter {
		return begun.Add(retryAfter - every)
	}
	return begun
}

// late is how much later than planned the last good backup may be: what is large takes long.
const late = 6 * time.Hour

// Wrong tells what is wrong with scheduled backups, in words for whoever runs the machine;
// "" when nothing is. Since is from when on they are made.
func (s State) Wrong(every time.Duration, since, now time.Time) string {
	age, known := s.Age(now)
	switch {
	case s.Failed() && s.Last.Scheduled:
		return s.Last.Error
	case known && age > 2*every+late:
		return "the last good one is " + age.Round(time.Hour).String() + " old"
	case !known && now.Sub(since) > 2*every+late:
		return "none was made since " + since.Format(time.RFC3339)
	}
	return ""
}
