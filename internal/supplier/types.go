// Package supplier holds a buyer's directory of suppliers: their identifiers and
// contacts, how important each is, how names are folded so that any spelling
// finds them, and how a list from a spreadsheet becomes records.
package supplier

// Tier says how much hangs on a supplier. Lower numbers weigh more, so that lists
// begin with the important ones.
type Tier = int

// The tiers.
const (
	TierUnknown Tier = 0 // nobody has judged yet
	TierHigh    Tier = 1
	TierMedium  Tier = 2
	TierLow     Tier = 3
)

// Tiers lists the tiers in the order in which they are offered.
var Tiers = []Tier{TierHigh, TierMedium, TierLow, TierUnknown}

// Lane is the way on which requests reach a supplier.
type Lane string

// The lanes.
const (
	LaneMail  Lane = "mail"
	LanePaper Lane = "paper" // a printed letter with the link and a QR code, or by hand
)

// Lanes lists the lanes in the order in which they are offered.
var Lanes = []Lane{LaneMail, LanePaper}

// The longest values, in characters.
const (
	maxCode       = 40
	MaxName       = 120
	MaxKana       = 120
	MaxDepartment = 120
	MaxContact    = 80
	maxEmail      = 254 // RFC 5321, section 4.5.3.1.3, less the angle brackets
	maxLocal      = 64  // before the @: RFC 5321, section 4.5.3.1.1
	maxPhone      = 40
	MaxNote       = 2000
	MaxTag        = 40
	MaxTags       = 20
)

// PMarkCounts tells whether a P-mark may stand in for answers of this supplier: it
// processes personal data for the buyer, and holds none of its other confidential
// information, which a P-mark says nothing of.
func (s Supplier) PMarkCounts() bool {
	return s.PersonalData && (s.HoldsData == nil || !*s.HoldsData)
}

// tierOf derives the tier. The METI evaluation scheme asks more (★4) of whoever
// answers yes to any of three questions, and ★3 of whoever answers no to all;
// as long as the answers decide nothing, the buyer's own rank stands.
func tierOf(holdsData, stopsUs, reachesSystems *bool, rank Tier) Tier {
	noes := 0
	for _, answer := range []*bool{holdsData, stopsUs, reachesSystems} {
		switch {
		case answer == nil:
		case *answer:
			return TierHigh
		default:
			noes++
		}
	}
	if noes == 3 {
		return TierLow
	}
	if rank < TierUnknown || rank > TierLow {
		return TierUnknown
	}
	return rank
}
