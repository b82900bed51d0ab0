package locale

import "strings"

// detailWords says where the words of an audit detail's value are, by its key.
var detailWords = map[string]string{"role": "access.role.", "state": "response.state.", "kind": "delivery.kind.", "certificate": "evidence.short."}

// Detail words the value of an audit detail: what is recorded as a key of ours is
// said in words, and everything else, such as a reason, as it was written.
func (p *Printer) Detail(key, value string) string {
	first, rest, _ := strings.Cut(value, " ")
	if word := detailWords[key] + first; detailWords[key] != "" && p.keys[word] {
		return strings.TrimSpace(p.T(word) + " " + rest)
	}
	return value
}
