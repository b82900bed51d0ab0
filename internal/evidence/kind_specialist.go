package evidence

import (
	"fmt"
	"regexp"
	"time"
)

// Specialist is a registered information security specialist (登録セキスペ).
const Specialist Kind = "specialist"

// specialistForm is a number of six digits (IPA).
var specialistForm = regexp.MustCompile(`^第?(\d{6})号?$`)

// The number can be looked up, so it needs no document.
var specialist = Traits{Kind: Specialist,
	Asks: []Ask{
		{Field: Holder, Label: "evidence.holder-person", Required: true},
		{Field: Number, Label: "evidence.number", Hint: "evidence.number-specialist", Required: true, Digits: true},
		{Field: Expires, Label: "evidence.expires", Hint: "evidence.expires-hint", Required: true},
	},
	Number: func(typed string) (string, string) {
		m := specialistForm.FindStringSubmatch(foldNumber(typed))
		if m == nil {
			return "", "fault.evidence.specialist"
		}
		return m[1], ""
	},
	Sample: func(n int, _ string, until time.Time) Evidence {
		return Evidence{Number: fmt.Sprintf("9%05d", n), Holder: "例 次郎", ExpiresOn: &until}
	},
}
