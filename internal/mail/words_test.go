package mail

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/goccy/go-yaml"
)

type standIn map[string]any

func (s standIn) T(key string, args ...any) string {
	v, ok := s[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	data := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		data[args[i].(string)] = args[i+1]
	}
	text, ok := v.(string)
	if m, is := v.(map[string]any); is {
		text, ok = m["other"].(string), true
	}
	if !ok {
		return "?"
	}
	var b strings.Builder
	if err := template.Must(template.New("").Parse(text)).Execute(&b, data); err != nil {
		return err.Error()
	}
	return b.String()
}
func (s standIn) Date(t time.Time) string     { return t.Format("2006-01-02") }
func (s standIn) DateTime(t time.Time) string { return t.Format("2006-01-02 15:04") }

func testWords(t testing.TB) func(string) Words {
	out := map[string]standIn{}
	for _, lang := range languages {
		raw, err := os.ReadFile(fmt.Sprintf("../../templates/locales/%s/mail.yaml", lang))
		if err != nil {
			t.Fatal(err)
		}
		m := standIn{}
		if err := yaml.Unmarshal(raw, (*map[string]any)(&m)); err != nil {
			t.Fatal(err)
		}
		out[lang] = m
	}
	return func(l string) Words { return out[l] }
}
