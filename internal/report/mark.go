package report

// Mark is the shape before an answer. A shape always stands with its word, so
// neither colour nor shape alone carries the meaning.
type Mark string

// The marks. NoMark is for answers in words, numbers and dates.
const (
	NoMark      Mark = ""
	MarkDone    Mark = "done"
	MarkPartly  Mark = "partly"
	MarkNotDone Mark = "not-done"
	MarkUnknown Mark = "unknown"
	MarkNA      Mark = "na"
	MarkCovered Mark = "covered" // a certificate stands in
	MarkMissing Mark = "missing" // not answered
)

// markLook is how a mark is printed. The shapes are in every Japanese font.
type markLook struct {
	shape string
	color rgb
	key   string // message key of the word
	chart ChartColor
}

var looks = map[Mark]markLook{
	MarkDone:    {"○", green900, "report.mark.done", Green600},
	MarkPartly:  {"△", orange900, "report.mark.partly", Yellow400},
	MarkNotDone: {"×", red900, "report.mark.not-done", Red900},
	MarkUnknown: {"？", ink, "report.mark.unknown", Gray420},
	MarkNA:      {"－", soft, "report.mark.na", Gray200},
	MarkCovered: {"◇", blue900, "report.mark.covered", Blue300},
	MarkMissing: {"・", soft, "report.mark.missing", Gray200},
}

// Marks lists the marks that distributions count, in the order shown.
var Marks = []Mark{MarkDone, MarkPartly, MarkNotDone, MarkUnknown, MarkNA, MarkCovered}

// answered is the block of an answer: shape and word.
func answered(m Mark, text string, p Words) block {
	look, known := looks[m]
	if !known {
		return block{text, tableText}
	}
	if text == "" {
		text = p.T(look.key)
	}
	return block{look.shape + " " + text, style{size: 9, leading: 1.5, bold: true, color: look.color}}
}

// Validity is what the buyer found of a certificate.
type Validity string

// The states of a certificate. Expired is told by the caller, from the date.
const (
	Unverified Validity = "unverified"
	Verified   Validity = "verified"
	Rejected   Validity = "rejected"
	Expired    Validity = "expired"
)

var validityLooks = map[Validity]markLook{
	Unverified: {"・", soft, "report.validity.unverified", ""},
	Verified:   {"○", green900, "report.validity.verified", ""},
	Rejected:   {"×", red900, "report.validity.rejected", ""},
	Expired:    {"△", orange900, "report.validity.expired", ""},
}

func judged(v Validity, p Words) block {
	look, known := validityLooks[v]
	if !known {
		look = validityLooks[Unverified]
	}
	return block{look.shape + " " + p.T(look.key), style{size: 9, leading: 1.5, bold: true, color: look.color}}
}
