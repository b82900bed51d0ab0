package evidence

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// ISMS is a JIS Q 27001 (ISO/IEC 27001) certificate.
const ISMS Kind = "isms"

// standards are the editions that are offered.
var standards = []Choice{{"JIS Q 27001:2025", ""}, {"JIS Q 27001:2023", ""}, {"ISO/IEC 27001:2022", ""}, {"JIS Q 27001:2014", ""}, {"ISO/IEC 27001:2013", ""}}

// accreditations are the bodies that accredit certification bodies.
var accreditations = []Choice{{"isms-ac", "evidence.accredited.isms-ac"}, {"ukas", "evidence.accredited.ukas"}, {"anab", "evidence.accredited.anab"},
	{"other", "evidence.accredited.other"}, {unaccredited, "evidence.accredited.none"}}

// unaccredited is the choice that nobody accredits the certification body.
const unaccredited = "none"

var isms = Traits{Kind: ISMS, NeedsFile: true, StandsIn: true, Nothing: "evidence.replaces-none",
	Asks: []Ask{
		{Field: Number, Label: "evidence.number", Hint: "evidence.number-isms", Required: true},
		{Field: Standard, Label: "evidence.standard"},
		{Field: Body, Label: "evidence.body"},
		{Field: Accreditation, Label: "evidence.accreditation", Hint: "evidence.accreditation-hint"},
		{Field: Holder, Label: "evidence.holder-isms"},
		{Field: Scope, Label: "evidence.scope", Hint: "evidence.scope-hint", Required: true},
		{Field: Covers, Label: "evidence.covers", Hint: "evidence.covers-hint", Required: true},
		{Field: Issued, Label: "evidence.issued", Hint: "evidence.issued-hint"},
		{Field: Expires, Label: "evidence.expires", Hint: "evidence.expires-hint", Required: true},
	},
	// The numbers of ISMS certificates have no common form.
	Number: func(typed string) (string, string) { return strings.TrimSpace(norm.NFKC.String(typed)), "" },
	Sample: func(n int, company string, until time.Time) Evidence {
		yes := true
		return Evidence{Number: fmt.Sprintf("IS %06d", 900000+n), Standard: "JIS Q 27001:2023", Body: "架空認証機構", Accreditation: "other",
			Holder: company, Scope: "受託した部品の設計、製造および出荷", CoversWork: &yes, ExpiresOn: &until}
	},
}

// endOf2013 is the day on which certificates of the 2013 edition (JIS: 2014) ended
// (IAF MD 26: three years after ISO/IEC 27001:2022 came out).
var endOf2013 = time.Date(2025, 10, 31, 15, 0, 0, 0, time.UTC)

// oldEdition tells whether a certificate is of an edition that has ended.
func (e Evidence) oldEdition(now time.Time) bool {
	return now.After(endOf2013) && (strings.Contains(e.Standard, ":2013") || strings.Contains(e.Standard, ":2014"))
}
