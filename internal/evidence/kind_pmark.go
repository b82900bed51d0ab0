package evidence

import (
	"fmt"
	"regexp"
	"time"
)

// PMark is a JIS Q 15001 privacy mark.
const PMark Kind = "pmark"

// pmarkForm is AAnnnnnn(mm) with AA from 10 (JIPDEC).
var pmarkForm = regexp.MustCompile(`^第?([1-9]\d)(\d{6})(\(\d{2}\))?号?$`)

var pMark = Traits{Kind: PMark, NeedsFile: true, StandsIn: true, Nothing: "evidence.replaces-none-pmark",
	Asks: []Ask{
		{Field: Number, Label: "evidence.number", Hint: "evidence.number-pmark", Required: true},
		{Field: Issued, Label: "evidence.issued", Hint: "evidence.issued-hint"},
		{Field: Expires, Label: "evidence.expires", Hint: "evidence.expires-hint", Required: true},
	},
	Number: func(typed string) (string, string) {
		m := pmarkForm.FindStringSubmatch(foldNumber(typed))
		if m == nil {
			return "", "fault.evidence.pmark"
		}
		return m[1] + m[2] + m[3], ""
	},
	Sample: func(n int, company string, until time.Time) Evidence {
		return Evidence{Number: fmt.Sprintf("%d(02)", 10900000+n), Holder: company, ExpiresOn: &until}
	},
}
