package evidence

import (
	"fmt"
	"regexp"
	"time"
)

// SecurityAction is a self-declaration; it is never called 認定 or 認証.
const SecurityAction Kind = "security-action"

// actionForm is an id of 11 digits beginning with 4 or 5 (IPA).
var actionForm = regexp.MustCompile(`^[45]\d{10}$`)

// Its id can be looked up, so it needs no document.
var securityAction = Traits{Kind: SecurityAction,
	Asks: []Ask{
		{Field: Number, Label: "evidence.number-sa-label", Hint: "evidence.number-sa", Required: true, Digits: true},
		{Field: Stars, Label: "evidence.stars", Required: true},
	},
	Number: func(typed string) (string, string) {
		number := foldNumber(typed)
		if !actionForm.MatchString(number) {
			return "", "fault.evidence.security-action"
		}
		return number, ""
	},
	Notes: func(Evidence, time.Time) []Note { return []Note{{Key: "evidence.action-note"}} },
	Sample: func(n int, _ string, _ time.Time) Evidence {
		return Evidence{Number: fmt.Sprintf("4999999%04d", n), Stars: 1}
	},
}
