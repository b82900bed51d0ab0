package mail

import (
	"sync"
	"testing"

	"tsunagi/internal/locale"
	"tsunagi/templates"
)

// catalog has the texts of the product: read once, because that takes longer than most
// tests.
var catalog = sync.OnceValues(func() (*locale.Catalog, error) { return locale.Load(templates.FS) })

// testWords are the texts of the product.
func testWords(t testing.TB) func(string) Words {
	t.Helper()
	catalog, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	return func(lang string) Words { return catalog.For(lang) }
}
