package campaign

import "time"

// Kept is how many suppliers' answers a campaign holds. Of the campaign there are the id,
// the name, and until when it takes answers and they are kept.
type Kept struct {
	Campaign Campaign
	Given    int       // who has ever submitted
	Last     time.Time // the last moment at which any of its requests takes answers
}

// TooLong tells whether answers are held after the day until which all suppliers read that
// they are kept.
func (k Kept) TooLong(now time.Time) bool {
	until := k.Campaign.KeptUntil(Assignment{ClosesAt: k.Last})
	return k.Given > 0 && !until.IsZero() && until.Before(now)
}
