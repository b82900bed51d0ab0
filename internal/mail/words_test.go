package mail

import (
	"testing"

	"tsunagi/internal/locale"
	"tsunagi/templates"
)

// testWords are the texts of the product.
func testWords(t testing.TB) func(string) Words {
	t.Helper()
	catalog, err := locale.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	return func(lang string) Words { return catalog.For(lang) }
}
