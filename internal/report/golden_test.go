package report

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tsunagi/internal/document"
	"tsunagi/internal/locale"
)

var update = flag.Bool("update", false, "write the golden papers anew")

// goldens is where what papers say is kept: as text, so that a change can be read.
const goldens = "testdata/golden"

// golden compares what a paper says with what it said, or keeps it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join(goldens, name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: go test ./internal/report -run Golden -update writes it", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s says something else (-want +got):\n%s", name, diff)
	}
}

// gap is the white space between columns, whose width is a matter of the reader.
var gap = regexp.MustCompile(` {2,}`)

// said is what a file says, line by line: pages of a PDF are parted by a line of
// dashes, and a file within an archive begins with its name.
func said(t *testing.T, name string, raw []byte) string {
	t.Helper()
	switch path.Ext(name) {
	case ".pdf":
		text := run(t, raw, "pdftotext", "-layout", "-enc", "UTF-8", "FILE", "-")
		var lines []string
		for line := range strings.Lines(strings.ReplaceAll(strings.TrimRight(text, "\f"), "\f", "\n----\n")) {
			if line = strings.TrimSpace(gap.ReplaceAllString(line, "  ")); line != "" {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "\n") + "\n"
	case ".csv":
		return strings.ReplaceAll(strings.TrimPrefix(string(raw), "\ufeff"), "\r\n", "\n")
	case ".zip":
		return saidInArchive(t, raw)
	}
	t.Fatalf("%s: what such a file says is not known: say it here", name)
	return ""
}

// saidInArchive is what every file of an archive says. Check values of PDFs hang on
// how well the compressor does: they are named after the file that they are of.
func saidInArchive(t *testing.T, raw []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var sums []string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer(sums...).Replace(said(t, f.Name, content))
		fmt.Fprintf(&out, "==== %s %s\n%s", f.Name, f.Modified.In(tokyo).Format("2006-01-02 15:04"), text)
		sums = append(sums, fmt.Sprintf("%x", sha256.Sum256(content)), "(SHA-256 of such a file)")
	}
	return out.String()
}

// TestGoldenDocuments: every row of the documents, in both languages: the file's name
// and type, and all that it says.
func TestGoldenDocuments(t *testing.T) {
	for _, row := range document.Kinds() {
		for _, lang := range locale.Languages {
			name := string(row.Kind) + "-" + lang
			t.Run(name, func(t *testing.T) {
				d := &desk{document: document.Document{Kind: row.Kind, Campaign: "c", Name: "調査", Issuer: "サンプル電機株式会社", Lang: lang, Org: "o"}}
				if err := made(t, d, 2); err != nil {
					t.Fatal(err)
				}
				f := d.document.File
				if path.Ext(f.Name) != row.Extension || f.Type != row.Type {
					t.Errorf("the file is %s, %s; want %s, %s", f.Name, f.Type, row.Extension, row.Type)
				}
				golden(t, name, f.Name+" "+f.Type+"\n"+said(t, f.Name, d.file.Bytes()))
			})
		}
	}
}

// TestGoldenSheets: the answer sheet as the buyer reads it, and the supplier's copy.
func TestGoldenSheets(t *testing.T) {
	for _, lang := range locale.Languages {
		w := printer(t, lang)
		full, supplied := submission(stocked()), submission(stocked())
		for i, r := range supplied.Reviews {
			supplied.Reviews[i] = r.Outside(asOf.AddDate(0, 0, 2))
		}
		for name, answered := range map[string]Answered{"answer-sheet-" + lang: full, "copy-" + lang: supplied} {
			t.Run(name, func(t *testing.T) {
				pdf, err := answered.AnswerSheet(w, meta(lang)).PDF(testFonts(t), w)
				golden(t, name, said(t, name+".pdf", mustPDF(t, pdf, err)))
			})
		}
	}
}

// TestEveryGoldenIsOfSomething: what no paper says any more is not kept.
func TestEveryGoldenIsOfSomething(t *testing.T) {
	known := map[string]bool{}
	for _, lang := range locale.Languages {
		known["answer-sheet-"+lang+".txt"], known["copy-"+lang+".txt"] = true, true
		for _, row := range document.Kinds() {
			known[string(row.Kind)+"-"+lang+".txt"] = true
		}
	}
	files, err := os.ReadDir(goldens)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !known[f.Name()] {
			t.Errorf("%s is of no paper", f.Name())
		}
	}
}
