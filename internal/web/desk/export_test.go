package desk

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/locale"
	"tsunagi/internal/table"
	"tsunagi/templates"
)

var update = flag.Bool("update", false, "write the golden tables anew")

// exported are a request with everything and one with nothing.
func exported() []campaign.Assignment {
	at, score := time.Date(2026, 11, 23, 8, 15, 0, 0, time.UTC), 60
	until := at.AddDate(1, 0, 0)
	return []campaign.Assignment{
		{Code: "0012", Name: "見本精工株式会社", Kana: "ミホンセイコウ", Tier: 1, Person: "例 太郎", Email: "mihon@example.jp", Delivery: campaign.DeliveryOpened,
			Response: campaign.Accepted, Score: &score, DueAt: at, SubmittedAt: at, Reminders: 2, Request: "REQ-2026-00012",
			Certificates: []campaign.CertificateBrief{{Kind: evidence.ISMS, Number: "IS 999901", ExpiresOn: &until}, {Kind: evidence.SecurityAction}}},
		{Code: "=1+1", Name: "架空工業", Delivery: campaign.DeliveryPending, Response: campaign.NotStarted},
	}
}

// cellsOf reads a table back: a line a row, cells parted by " | ".
func cellsOf(t *testing.T, file []byte, name string) string {
	t.Helper()
	read, err := table.Read(file, name, table.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var out strings.Builder
	for _, row := range read.Rows {
		out.WriteString(strings.Join(row.Cells, " | ") + "\n")
	}
	return out.String()
}

// TestGoldenExport: the cells of the list of requests, in every format and both
// languages.
func TestGoldenExport(t *testing.T) {
	catalog, err := locale.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range locale.Languages {
		p := catalog.For(lang)
		rows := [][]any{exportHead(p)}
		for _, a := range exported() {
			rows = append(rows, exportRow(p, a))
		}
		for name, write := range map[string]func(*bytes.Buffer) error{
			"utf-8.csv": func(b *bytes.Buffer) error { _, err := table.WriteCSV(b, table.UTF8, table.Of(rows)); return err },
			"cp932.csv": func(b *bytes.Buffer) error { _, err := table.WriteCSV(b, table.CP932, table.Of(rows)); return err },
			"xlsx":      func(b *bytes.Buffer) error { return table.WriteXLSX(b, "調査", nil, table.Of(rows)) },
		} {
			t.Run(lang+" "+name, func(t *testing.T) {
				var file bytes.Buffer
				if err := write(&file); err != nil {
					t.Fatal(err)
				}
				golden(t, "testdata/golden/export-"+lang+"-"+name+".txt", cellsOf(t, file.Bytes(), name))
			})
		}
	}
}

// golden compares what a table says with what it said, or keeps it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: go test ./internal/web/desk -run Golden -update writes it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s says something else (-want +got):\n%s", file, diff)
	}
}
