package templates

import (
	"regexp"
	"strings"
	"testing"

	"tsunagi/internal/locale"
)

// TestEveryFunctionIsCalled: what no template calls goes.
func TestEveryFunctionIsCalled(t *testing.T) {
	var all strings.Builder
	for _, dir := range []string{"layout", "pages", "questions"} {
		names, err := files(dir, ".html")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			raw, err := FS.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(raw)
		}
	}
	called := map[string]bool{}
	for _, action := range regexp.MustCompile(`(?s)\{\{.*?\}\}`).FindAllString(all.String(), -1) {
		for _, word := range regexp.MustCompile(`[({\s-]([a-zA-Z]+)`).FindAllStringSubmatch(action, -1) {
			called[word[1]] = true
		}
	}
	for name := range (&Set{}).funcs(&locale.Printer{}) {
		if !called[name] {
			t.Errorf("no template calls %s", name)
		}
	}
}
