package report

import (
	"strings"
	"testing"

	"tsunagi/internal/fault"
)

// TestAFilterIsNeverWidened: what is too long to be searched for, or no kind, is refused, and
// does not give the whole trail; every other text narrows it, whatever it is written in.
func TestAFilterIsNeverWidened(t *testing.T) {
	for _, name := range filterNames {
		long := strings.Repeat("架", longestFilter+1)
		if _, _, err := TrailFilter(func(of string) string { return map[string]string{name: long}[of] }); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s of %d characters: %v, want that it is refused", name, longestFilter+1, err)
		}
	}
	for _, kind := range []string{"nothing", "user.signed-in", "User"} {
		if _, _, err := TrailFilter(func(of string) string { return map[string]string{"kind": kind}[of] }); fault.KindOf(err) != fault.Invalid {
			t.Errorf("the kind %q: %v, want that it is refused", kind, err)
		}
	}
	longest := strings.Repeat("架", longestFilter)
	if f, known, err := TrailFilter(func(of string) string { return map[string]string{"q": longest}[of] }); err != nil || f.Search != longest || known.Get("q") != longest {
		t.Errorf("a search of %d characters is not searched for: %v", longestFilter, err)
	}
}
