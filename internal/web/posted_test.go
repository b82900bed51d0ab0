package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/fault"
)

func TestText(t *testing.T) {
	tests := []struct{ name, posted, want string }{
		{"a form's line break", "一\r\n二", "一\n二"},
		{"breaks of other systems", "一\r二\u2028三\u2029四\u0085五", "一\n二\n三\n四\n五"},
		{"letters in parts, as a Mac sends them", "か\u3099", "が"},
		{"no width", "架\u200b空\ufeff", "架空"},
		{"read backwards", "a\u202egpj.exe", "agpj.exe"},
		{"a soft hyphen, a filler", "a\u00adb\u3164", "ab"},
		{"parts that a sign kept apart", "か\u200b\u3099", "が"},
		{"control characters", "a\x00b\x1b[31mc\x7f", "ab[31mc"},
		{"a tab", "a\tb", "a\tb"},
		{"the form of a name's character", "葛\U000e0100城", "葛\U000e0100城"},
		{"a company's own character", "\ue000", "\ue000"},
		{"blanks", "　a ", "　a "},
	}
	for _, tt := range tests {
		if got := Text(tt.posted); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// FuzzText: whatever is posted, what comes of it is text that can be seen, and coming
// again it stays as it is.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "一\r\n二", "か\u3099\u200b", "\x00\u202e", "葛\U000e0100", "\u0344\u200d", "\r\r\n\n", "\xff", "👨‍👩‍👧"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, posted string) {
		if !utf8.ValidString(posted) {
			if err := tidied(map[string][]string{"a": {posted}}); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%q is taken for text: %v", posted, err)
			}
			return
		}
		got := Text(posted)
		if !utf8.ValidString(got) || !norm.NFC.IsNormalString(got) || Text(got) != got {
			t.Errorf("%q becomes %q, which is no text or not the last word", posted, got)
		}
		if i := strings.IndexFunc(got, unseen); i >= 0 {
			t.Errorf("%q becomes %q, which cannot all be seen", posted, got)
		}
		form := Text(strings.ReplaceAll(strings.ReplaceAll(posted, "\r\n", "\n"), "\n", "\r\n"))
		if form != got && !strings.Contains(posted, "\r") {
			t.Errorf("%q is %q from a form and %q from a script", posted, form, got)
		}
	})
}

// unseen tells whether a character cannot be seen and is no end of line or tab.
func unseen(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
}

func TestPasswordsStayAsTyped(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("password=%E3%81%8B%E3%82%99%0D%0A&name=%E3%81%8B%E3%82%99%0D%0A"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := readForm(r, false); err != nil || r.PostForm.Get("password") != "か\u3099\r\n" || r.PostForm.Get("name") != "が\n" {
		t.Errorf("%v: %q", err, r.PostForm)
	}
}
