package report

// Mark is the shape before an answer. A shape always stands with its words, so
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
)

// markOrder lists the marks that distributions count, in the order shown.
var markOrder = []Mark{MarkDone, MarkPartly, MarkNotDone, MarkUnknown, MarkNA, MarkCovered}

// markLook is how a mark is printed. The shapes are in every Japanese font.
type markLook struct {
	shape string
	color rgb
	key   string // message key of the word
	chart chartColor
}

var looks = map[Mark]markLook{
	MarkDone:    {"○", green900, "report.mark.done", chartGreen600},
	MarkPartly:  {"△", orange900, "report.mark.partly", chartYellow400},
	MarkNotDone: {"×", red900, "report.mark.not-done", chartRed900},
	MarkUnknown: {"？", ink, "report.mark.unknown", chartGray420},
	MarkNA:      {"－", soft, "report.mark.na", chartGray200},
	MarkCovered: {"◇", blue900, "report.mark.covered", chartBlue300},
}

// answered is the block of an answer in words, with the shape of its mark.
func answered(m Mark, text string) block {
	st := style{size: 9, leading: 1.5, bold: true}
	if look, known := looks[m]; known {
		st.color = look.color
		text = look.shape + " " + text
	}
	return block{text, st}
}
