package evidence

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
)

// Accreditations are the bodies that accredit certification bodies.
var Accreditations = []string{"isms-ac", "ukas", "anab", "other", "none"}

// Standards are the editions of the ISMS standard that are offered.
var Standards = []string{"JIS Q 27001:2025", "JIS Q 27001:2023", "ISO/IEC 27001:2022", "JIS Q 27001:2014", "ISO/IEC 27001:2013"}

// endOf2013 is the day on which certificates of the 2013 edition (JIS: 2014) ended
// (IAF MD 26: three years after ISO/IEC 27001:2022 came out).
var endOf2013 = time.Date(2025, 10, 31, 15, 0, 0, 0, time.UTC)

// OldEdition tells whether a certificate is of an edition that has ended.
func (e Evidence) OldEdition(now time.Time) bool {
	return e.Kind == ISMS && now.After(endOf2013) && (strings.Contains(e.Standard, ":2013") || strings.Contains(e.Standard, ":2014"))
}

var (
	pmarkForm      = regexp.MustCompile(`^第?(\d{2})(\d{6})(\(\d{2}\))?号?$`)
	specialistForm = regexp.MustCompile(`^第?(\d{6})号?$`)
	actionForm     = regexp.MustCompile(`^[45]\d{10}$`)
)

// FoldNumber is a number as it is compared and kept: half width, no spaces.
func FoldNumber(s string) string {
	return strings.Join(strings.Fields(norm.NFKC.String(s)), "")
}

// Check judges what a supplier typed. Rules: P-mark numbers AAnnnnnn(mm) with AA
// from 10 (JIPDEC); SECURITY ACTION ids of 11 digits beginning with 4 or 5 (IPA);
// registered specialists of six digits (IPA); ISMS numbers have no common form.
func (e *Evidence) Check(now time.Time, file bool) error {
	var f fault.Fields
	if !e.Kind.Offered() && (e.Kind != Attachment || e.Question == "") {
		f.Add("kind", "fault.choose")
		return f.Err()
	}
	e.checkNumber(&f)
	f.AtMost("body", e.Body, 100)
	f.AtMost("holder", e.Holder, 100)
	f.AtMost("scope", e.Scope, 500)
	f.AtMost("standard", e.Standard, 60)
	if e.Kind == ISMS || e.Kind == PMark || e.Kind == Specialist {
		switch {
		case e.ExpiresOn == nil:
			f.Add("expires", "fault.required")
		case e.Expired(now):
			f.Add("expires", "fault.evidence.expired")
		case e.ExpiresOn.After(now.AddDate(6, 0, 0)):
			f.Add("expires", "fault.evidence.expires-far")
		}
	}
	if e.IssuedOn != nil && e.IssuedOn.After(now.AddDate(0, 0, 1)) {
		f.Add("issued", "fault.evidence.issued-later")
	}
	if e.Kind == ISMS {
		if e.Scope == "" {
			f.Add("scope", "fault.required")
		}
		if e.CoversWork == nil {
			f.Add("covers", "fault.choose")
		}
		if e.Accreditation != "" && !slices.Contains(Accreditations, e.Accreditation) {
			f.Add("accreditation", "fault.choose")
		}
	}
	if e.Kind == Specialist && e.Holder == "" {
		f.Add("holder", "fault.required")
	}
	if e.NeedsFile() && !file {
		f.Add("file", "fault.evidence.no-file")
	}
	return f.Err()
}

// NeedsFile tells whether this kind of evidence is nothing without its document. A
// SECURITY ACTION id and a specialist's number can be looked up.
func (e Evidence) NeedsFile() bool {
	return e.Kind != SecurityAction && e.Kind != Specialist
}

// Offered tells whether a supplier may choose this kind.
func (k Kind) Offered() bool { return slices.Contains(Kinds, k) }

func (e *Evidence) checkNumber(f *fault.Fields) {
	number := FoldNumber(e.Number)
	switch e.Kind {
	case PMark:
		if m := pmarkForm.FindStringSubmatch(number); m == nil || m[1] < "10" {
			f.Add("number", "fault.evidence.pmark")
		} else {
			e.Number = m[1] + m[2] + m[3]
		}
	case SecurityAction:
		if !actionForm.MatchString(number) {
			f.Add("number", "fault.evidence.security-action")
		} else {
			e.Number = number
		}
		if e.Stars != 1 && e.Stars != 2 {
			f.Add("stars", "fault.choose")
		}
	case Specialist:
		if m := specialistForm.FindStringSubmatch(number); m == nil {
			f.Add("number", "fault.evidence.specialist")
		} else {
			e.Number = m[1]
		}
	case ISMS:
		e.Number = strings.TrimSpace(norm.NFKC.String(e.Number))
		f.Required("number", e.Number, 40)
	}
}
