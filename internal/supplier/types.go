// Package supplier holds a buyer's directory of suppliers: their identifiers and
// contacts, how important each is, how names are folded so that any spelling
// finds them, and how a list from a spreadsheet becomes records.
package supplier

import "time"

// Supplier is one company in a buyer's directory. Names stay as they were given;
// only Search is folded.
type Supplier struct {
	ID              string `bson:"_id"`
	Org             string `bson:"org_id"` // the buyer
	Code            string `bson:"code"`   // the buyer's own code, unique within the buyer
	Name            string `bson:"name"`
	Kana            string `bson:"kana"` // full-width katakana; lists are sorted by it
	CorporateNumber string `bson:"corporate_number,omitempty"`
	InvoiceNumber   string `bson:"invoice_number,omitempty"`

	Department  string `bson:"department,omitempty"`
	ContactName string `bson:"contact_name,omitempty"`
	Email       string `bson:"email,omitempty"`
	Phone       string `bson:"phone,omitempty"`
	Lang        string `bson:"lang"` // "ja" or "en": the language of its mails and pages

	Tags []string `bson:"tags,omitempty"`
	// HoldsData, StopsUs and ReachesSystems are the answers to the three tier
	// questions; nil means that nobody has judged yet.
	HoldsData      *bool `bson:"holds_data,omitempty"`
	StopsUs        *bool `bson:"stops_us,omitempty"`
	ReachesSystems *bool `bson:"reaches_systems,omitempty"`
	// Rank is the importance that the buyer's own list gave, used while the three
	// questions decide nothing.
	Rank Tier `bson:"rank,omitempty"`
	// Tier is derived from the above by Supplier.Prepare and stored for filters.
	Tier Tier `bson:"tier"`
	// PersonalData: it processes personal data for the buyer, who must supervise
	// it (Act on the Protection of Personal Information, article 25).
	PersonalData bool   `bson:"personal_data,omitempty"`
	Lane         Lane   `bson:"lane"`
	Note         string `bson:"note,omitempty"`

	Search    []string  `bson:"search"`   // grams of everything it may be searched by
	Revision  int       `bson:"revision"` // raised with every change, against lost updates
	CreatedAt time.Time `bson:"created_at"`
	UpdatedAt time.Time `bson:"updated_at"`
	AskedAt   time.Time `bson:"asked_at,omitempty"` // when a campaign last asked it
	// AskedUntil is the latest day until which a campaign that asked it takes answers.
	AskedUntil time.Time `bson:"asked_until,omitempty"`
}

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
	MaxCode       = 40
	MaxName       = 120
	MaxKana       = 120
	MaxDepartment = 120
	MaxContact    = 80
	MaxEmail      = 254 // RFC 5321, section 4.5.3.1.3, less the angle brackets
	MaxPhone      = 40
	MaxNote       = 2000
	MaxTag        = 40
	MaxTags       = 20
)

// TierOf derives the tier. The METI evaluation scheme asks more (★4) of whoever
// answers yes to any of three questions, and ★3 of whoever answers no to all;
// as long as the answers decide nothing, the buyer's own rank stands.
func TierOf(holdsData, stopsUs, reachesSystems *bool, rank Tier) Tier {
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
