package supplier

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/goccy/go-yaml"
)

func messages(t *testing.T, lang string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../templates/locales", lang, "suppliers.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := yaml.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// A list that we exported, in either language, is recognised without a click.
func TestOurOwnHeadersAreRecognised(t *testing.T) {
	for _, lang := range []string{"ja", "en"} {
		labels := messages(t, lang)
		header := Row{Number: 1}
		for _, column := range ListColumns {
			label, _ := labels["suppliers.column."+string(column)].(string)
			if label == "" {
				t.Fatalf("%s: no label of %s", lang, column)
			}
			header.Cells = append(header.Cells, label)
		}
		m, _ := guessColumns(header, nil)
		for i, column := range ListColumns {
			if got, ok := m[column]; !ok || got != i {
				t.Errorf("%s: %q is guessed at %d (%v), want %d", lang, header.Cells[i], got, ok, i)
			}
		}
	}
}

var faultKey = regexp.MustCompile(`"(fault\.supplier\.[a-z0-9-]*[a-z0-9])"`)

// Each fault is worded, those whose key is put together included.
func TestFaultsAreWorded(t *testing.T) {
	keys := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range faultKey.FindAllSubmatch(raw, -1) {
			keys[string(m[1])] = true
		}
	}
	for _, f := range Fields() {
		var s Supplier
		if f.Words.known != nil && !f.set(&s, "伝書鳩") {
			keys["fault.supplier.choice-"+string(f.Key)] = true
		}
	}
	for _, column := range identity {
		keys["fault.supplier.mapping-"+string(column)] = true
	}
	if len(keys) < 20 {
		t.Fatalf("only %d keys", len(keys))
	}
	for _, lang := range []string{"ja", "en"} {
		worded := messages(t, lang)
		for key := range keys {
			if _, ok := worded[key]; !ok {
				t.Errorf("%s: %s is not worded", lang, key)
			}
		}
	}
}
