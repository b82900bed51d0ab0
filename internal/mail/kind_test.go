package mail

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"tsunagi/internal/notify"
	"tsunagi/templates"
)

// TestEveryKindOfMailIsKnown walks the rows: each has two templates, its words in
// both languages, and a preview; and no template is without its row.
func TestEveryKindOfMailIsKnown(t *testing.T) {
	catalog, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range notify.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			row := kind.Traits()
			for _, ending := range []string{".txt", ".html"} {
				if _, err := fs.Stat(templates.FS, "mail/"+string(kind)+ending); err != nil {
					t.Errorf("template: %v", err)
				}
			}
			keys := []string{row.Subject, "delivery.kind." + string(kind)}
			if row.Late != "" {
				keys = append(keys, row.Late)
			}
			for _, key := range keys {
				if !catalog.Has(key) {
					t.Errorf("the message %q does not exist", key)
				}
			}
			if row.About == "" || row.Asks && row.About != notify.AboutRequest || row.Asks && row.Tells {
				t.Errorf("the row %+v contradicts itself", row)
			}
			for _, lang := range languages {
				preview(t, kind, lang)
			}
		})
	}
	files, err := fs.Glob(templates.FS, "mail/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".txt")
		if name != "layout" && !slices.Contains(notify.Kinds, notify.Kind(name)) {
			t.Errorf("%s has no row in notify", file)
		}
	}
}

// preview words a kind as the buyer's pages show it, without anything stored.
func preview(t *testing.T, kind notify.Kind, lang string) {
	t.Helper()
	l := testLetter(kind, lang)
	if kind.Traits().About != notify.AboutRequest {
		return // nobody previews an invitation or a reset
	}
	mail, err := testRenderer(t).Preview(l.Organization, *l.Campaign, *l.Assignment, kind, "https://tsunagi.example.jp/r/…", noon)
	if err != nil || mail.Subject == "" || strings.Contains(mail.Text+mail.Subject, "⟦") {
		t.Errorf("preview in %s: %v\n%s\n%s", lang, err, mail.Subject, mail.Text)
	}
}
