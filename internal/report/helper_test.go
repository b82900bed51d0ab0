package report

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"text/template"
	"time"

	"github.com/goccy/go-yaml"
)

func fontBytes(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile("../../templates/fonts/BIZUDGothic_" + name + ".ttf")
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

var loadFonts = sync.OnceValues(func() (*Fonts, error) {
	regular, err := os.ReadFile("../../templates/fonts/BIZUDGothic_400Regular.ttf")
	if err != nil {
		return nil, err
	}
	bold, err := os.ReadFile("../../templates/fonts/BIZUDGothic_700Bold.ttf")
	if err != nil {
		return nil, err
	}
	return NewFonts(regular, bold)
})

func testFonts(tb testing.TB) *Fonts {
	tb.Helper()
	f, err := loadFonts()
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// fileWords words reports with the messages of templates/locales, and panics on
// a key that is missing: a report must not be made with one.
type fileWords struct {
	lang     string
	messages map[string]string
}

func words(tb testing.TB, lang string) fileWords {
	tb.Helper()
	b, err := os.ReadFile("../../templates/locales/" + lang + "/report.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	w := fileWords{lang: lang}
	if err := yaml.Unmarshal(b, &w.messages); err != nil {
		tb.Fatal(err)
	}
	return w
}

func (w fileWords) T(key string, args ...any) string {
	message, ok := w.messages[key]
	if !ok {
		panic("no message " + key)
	}
	data := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		data[args[i].(string)] = args[i+1]
	}
	var b strings.Builder
	t := template.Must(template.New(key).Option("missingkey=error").Parse(message))
	if err := t.Execute(&b, data); err != nil {
		panic(err)
	}
	return b.String()
}

func (w fileWords) Date(t time.Time) string {
	t = t.In(tokyo)
	if w.lang == "en" {
		return t.Format("2 January 2006")
	}
	return t.Format("2006年1月2日") + "（" + []string{"日", "月", "火", "水", "木", "金", "土"}[t.Weekday()] + "）"
}

func (w fileWords) DateTime(t time.Time) string {
	return w.Date(t) + " " + t.In(tokyo).Format("15:04")
}

// run runs one of poppler's tools. It fails, and never skips, when the tool is
// missing: without it nothing here is proven.
func run(tb testing.TB, pdf []byte, name string, args ...string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		tb.Fatalf("%s is needed (Debian: poppler-utils): %v", name, err)
	}
	file := filepath.Join(tb.TempDir(), "report.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		tb.Fatal(err)
	}
	var out, problems bytes.Buffer
	for i, a := range args {
		if a == "FILE" {
			args[i] = file
		}
	}
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		tb.Fatalf("%s: %v\n%s", name, err, problems.String())
	}
	if problems.Len() > 0 {
		tb.Fatalf("%s complains: %s", name, problems.String())
	}
	return out.String()
}

// textOf is the text layer of a PDF.
func textOf(tb testing.TB, pdf []byte) string {
	tb.Helper()
	return run(tb, pdf, "pdftotext", "-enc", "UTF-8", "FILE", "-")
}

// tight is a text without any white space: where lines and columns break is not
// part of what is said.
func tight(s string) string { return strings.Join(strings.Fields(s), "") }

func mustContain(tb testing.TB, text string, parts ...string) {
	tb.Helper()
	text = tight(text)
	for _, p := range parts {
		if !strings.Contains(text, tight(p)) {
			tb.Errorf("text layer lacks %q", p)
		}
	}
}

// mustHold fails unless every character of want is there as often as it should
// be, wherever pages begin.
func mustHold(tb testing.TB, text, want string) {
	tb.Helper()
	have := map[rune]int{}
	for _, r := range text {
		have[r]++
	}
	var lost []rune
	for _, r := range tight(want) {
		if have[r]--; have[r] < 0 {
			lost = append(lost, r)
		}
	}
	if len(lost) > 0 {
		tb.Errorf("text layer lost %d characters, the first %q", len(lost), string(lost[:min(20, len(lost))]))
	}
}

func mustPDF(tb testing.TB, pdf []byte, err error) []byte {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	return pdf
}

// keep writes a PDF to the folder named by TSUNAGI_REPORT_SHOTS, for looking at.
func keep(tb testing.TB, name string, pdf []byte) {
	tb.Helper()
	dir := os.Getenv("TSUNAGI_REPORT_SHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), pdf, 0o600); err != nil {
		tb.Fatal(err)
	}
}

var asOf = time.Date(2026, 11, 23, 8, 15, 0, 0, time.UTC)

func hashOf(n int) string { return strings.Repeat(fmt.Sprintf("%08x", 0x9e3779b9*uint32(n+1)), 8) }
