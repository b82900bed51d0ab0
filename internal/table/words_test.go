package table

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/goccy/go-yaml"
)

var faultKey = regexp.MustCompile(`"(fault\.sheet\.[a-z0-9-]*[a-z0-9])"`)

func TestFaultsAreWorded(t *testing.T) {
	keys := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		must(t, err)
		for _, m := range faultKey.FindAllSubmatch(raw, -1) {
			keys[string(m[1])] = true
		}
	}
	for _, k := range []kind{kindEmpty, kindPDF, kindZIP, kindODS, kindXLS, kindLock, kindHTML, kindOther} {
		keys["fault.sheet."+string(k)] = true
	}
	for _, lang := range []string{"ja", "en"} {
		raw, err := os.ReadFile(filepath.Join("../../templates/locales", lang, "suppliers.yaml"))
		must(t, err)
		var worded map[string]any
		must(t, yaml.Unmarshal(raw, &worded))
		for key := range keys {
			if _, ok := worded[key]; !ok {
				t.Errorf("%s: %s is not worded", lang, key)
			}
		}
	}
}
