package campaign

import (
	"time"

	"tsunagi/internal/supplier"
)

// Counts are the numbers of a campaign page.
type Counts struct {
	Total    int
	Response map[Response]int // where the answers stand now
	Delivery map[Delivery]int
	Overdue  int
	Given    int // who has ever submitted, whatever became of it
}

// Part is one of the groups of states into which a campaign's requests fall: each is in
// one, so that the numbers add up to the whole.
type Part struct {
	Key    string
	States []Response
}

// Parts lists the parts in the order in which a request goes its way.
var Parts = []Part{
	{"not-started", []Response{NotStarted}},
	{"underway", []Response{Answering, AwaitingApproval}},
	{"review", InHands},
	{"returned", []Response{Returned}},
	{"accepted", []Response{Accepted}},
	{"declined", []Response{Declined}},
	{"withdrawn", []Response{Withdrawn}},
}

// In is how many are in one of the states.
func (c Counts) In(states []Response) int { return sum(c.Response, states) }

// Reached is how many requests have arrived, as far as we know.
func (c Counts) Reached() int { return sum(c.Delivery, Arrived) }

// Undelivered is how many did not.
func (c Counts) Undelivered() int { return sum(c.Delivery, Lost) }

// Answered is how many have answered: it does not fall when a reviewer sends a sheet
// back, or a request is withdrawn.
func (c Counts) Answered() int { return c.Given }

// ToReview is how many are in the reviewers' hands.
func (c Counts) ToReview() int { return sum(c.Response, InHands) }

func sum[K comparable](counts map[K]int, group []K) int {
	n := 0
	for _, k := range group {
		n += counts[k]
	}
	return n
}

// ScoreBand narrows a list by the score of the last submission, in percent.
type ScoreBand string

// The bands.
const (
	AnyScore  ScoreBand = ""
	LowScore  ScoreBand = "low"  // below 50
	MidScore  ScoreBand = "mid"  // 50 to 79
	HighScore ScoreBand = "high" // 80 and more
	NoScore   ScoreBand = "none"
)

// ScoreBands lists the bands in the order in which they are offered.
var ScoreBands = []ScoreBand{LowScore, MidScore, HighScore, NoScore}

// Bounds are the least percentage of the low, middle or high band, and the least
// above it.
func (b ScoreBand) Bounds() (from, below int) {
	switch b {
	case LowScore:
		return -1000, 50
	case MidScore:
		return 50, 80
	}
	return 80, 1001
}

// Certified narrows a list by the certificates of the last submission.
type Certified string

// The choices.
const (
	AnyCertificates Certified = ""
	WithCertificate Certified = "some"
	NoCertificate   Certified = "none"
	Unverified      Certified = "unverified" // has one that nobody has judged yet
	Expiring        Certified = "expiring"   // within calendar.ExpiringDays, or expired
)

// CertifiedChoices lists the choices in the order in which they are offered.
var CertifiedChoices = []Certified{WithCertificate, NoCertificate, Unverified, Expiring}

// Countable is up to where a narrowed list is counted: beyond it one hears 「1,000件以上」.
const Countable = 1000

// Filter narrows the list of assignments.
type Filter struct {
	Campaign  string
	Responses []Response
	Delivery  []Delivery
	Tiers     []int
	Overdue   bool
	Given     bool // who has ever submitted
	Score     ScoreBand
	Certified Certified
	Search    supplier.Query
	Sort      string // "kana" (default), "code", "score", "-score", "due", "-submitted"
	Page      int    // from 1
	Size      int
	Now       time.Time
}

// Sorts lists how assignments can be sorted.
var Sorts = []string{"kana", "code", "score", "-score", "due", "-submitted"}
