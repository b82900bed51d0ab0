package notify

import "strings"

// Rejected is a certificate that was not accepted in place of answers.
type Rejected struct {
	Kind      string // evidence.Kind
	Number    string
	Reason    string
	Questions []string // the numbers of those that are asked again
}

// RejectedParam packs certificates into a message, one a line.
func RejectedParam(all []Rejected) string {
	lines := make([]string, len(all))
	for i, r := range all {
		fields := []string{r.Kind, r.Number, strings.Join(r.Questions, " "), r.Reason}
		for j := range fields {
			fields[j] = OneLine(fields[j], 600)
		}
		lines[i] = strings.Join(fields, "\t")
	}
	return strings.Join(lines, "\n")
}

// Rejected are the certificates that RejectedParam packed into a message.
func (m Message) Rejected() []Rejected {
	var out []Rejected
	for line := range strings.SplitSeq(m.Params[ParamRejected], "\n") {
		if f := strings.Split(line, "\t"); len(f) == 4 {
			out = append(out, Rejected{Kind: f[0], Number: f[1], Questions: strings.Fields(f[2]), Reason: f[3]})
		}
	}
	return out
}
