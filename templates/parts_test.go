package templates

import (
	"html/template"
	"slices"
	"testing"
)

// TestUsesSeesEveryCall: a call that it overlooked would be a page without a part.
func TestUsesSeesEveryCall(t *testing.T) {
	text := `{{template "a"}}{{if .}}{{template "b" .}}{{else if .X}}{{template "c"}}{{else}}{{template "d"}}{{end}}` +
		`{{range .}}{{template "e"}}{{else}}{{template "f"}}{{end}}{{with .}}{{template "g"}}{{else}}{{template "h"}}{{end}}{{block "i" .}}{{template "j"}}{{end}}`
	parsed := template.Must(template.New("page").Parse(text))
	got := uses(parsed.Tree.Root)
	if want := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}; !slices.Equal(got, want) {
		t.Errorf("uses %v, want %v", got, want)
	}
	if inner := uses(parsed.Lookup("i").Tree.Root); !slices.Equal(inner, []string{"j"}) {
		t.Errorf("the block uses %v", inner)
	}
}
