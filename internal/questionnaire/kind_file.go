package questionnaire

import (
	"net/url"
	"strconv"

	"tsunagi/internal/fault"
)

// File asks for a file.
const File KindName = "file"

// fileKind asks for a file. Values are the ids of the evidence; its names are kept
// by the evidence alone.
type fileKind struct{ unscored }

func (fileKind) Traits() Traits { return Traits{Seconds: writtenSeconds, Files: true} }

func (fileKind) Parse(_ Question, form url.Values, name string) (a, beside Answer) {
	if a, _ = plain(form, name); !common(a.Value) {
		a = Answer{Values: form[name]} // beside a tick the files stay attached
	}
	return a, Answer{}
}

func (fileKind) Check(_ Question, a Answer) (string, fault.Args) {
	for _, id := range a.Values {
		if len(id) != 26 { // a ULID
			return "fault.answer.file", nil
		}
	}
	return "", nil
}

func (fileKind) Text(_ Question, a Answer, lang string) string {
	n := strconv.Itoa(len(a.Values))
	switch {
	case len(a.Values) == 0:
		return ""
	case lang != "en":
		return "ファイル " + n + "点"
	case n == "1":
		return "1 file"
	}
	return n + " files"
}
