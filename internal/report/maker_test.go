package report

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/jobs"
	"tsunagi/internal/locale"
	"tsunagi/internal/response"
	"tsunagi/internal/work"
	"tsunagi/templates"
)

// desk keeps the one document that is made on it.
type desk struct {
	document document.Document
	file     bytes.Buffer
	asOf     time.Time
	told     []int
	lostAt   int // progress fails from then on; 0: never
}

var errLost = errors.New("lease lost")

func (d *desk) Begin(context.Context, jobs.Job) (document.Document, error) { return d.document, nil }

func (d *desk) Progress(_ context.Context, _ jobs.Job, done, _ int) error {
	if d.lostAt > 0 && done >= d.lostAt {
		return errLost
	}
	d.told = append(d.told, done)
	return nil
}

func (d *desk) Put(_ context.Context, _ jobs.Job, name, kind string, write func(io.Writer) error) (evidence.File, error) {
	return evidence.File{Name: name, Type: kind}, write(&d.file)
}

func (d *desk) Finish(_ context.Context, _ jobs.Job, asOf time.Time, f evidence.File) error {
	d.document.File, d.asOf = &f, asOf
	return nil
}

func (d *desk) Snapshot(ctx context.Context, read func(context.Context) error) error {
	return read(ctx)
}

// made makes a document of a kind out of a stocked shelf of so many sheets.
func made(t *testing.T, d *desk, sheets int) error {
	t.Helper()
	catalog, err := locale.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	s := stocked()
	s.entries = taken()
	one := submission(s)
	for i := range sheets {
		copied := one.Sheet
		copied.Assignment.ID, copied.Assignment.Code, copied.Assignment.Revision = fmt.Sprintf("c:%d", i), fmt.Sprintf("K%03d", i), 2
		s.sheets = append(s.sheets, copied)
	}
	if sheets > 0 { // one that was taken away meanwhile
		s.sheets = append(s.sheets, response.Sheet{Assignment: campaign.Assignment{ID: "c:gone", Code: "Z", Revision: 1}})
	}
	m := Maker{Records: s.records(), Snapshots: d, Fonts: testFonts(t), Catalog: catalog}
	return work.DocumentWork(d, m, func() time.Time { return asOf }).Work(t.Context(), jobs.Job{})
}

// The same records and time give the same bytes.
func TestDocumentsAreReproducible(t *testing.T) {
	for _, row := range document.Kinds() {
		var first []byte
		for range 2 {
			d := &desk{document: document.Document{Kind: row.Kind, Campaign: "c", Name: "調査", Lang: "ja", Org: "o"}}
			if err := made(t, d, 3); err != nil {
				t.Fatalf("%s: %v", row.Kind, err)
			}
			if !d.asOf.Equal(asOf) {
				t.Errorf("%s: as of %s", row.Kind, d.asOf)
			}
			if first != nil && !bytes.Equal(first, d.file.Bytes()) {
				t.Errorf("%s: another run made another file", row.Kind)
			}
			first = d.file.Bytes()
		}
	}
}

// An archive is read batch by batch, and tells how far it is.
func TestAnArchiveOfSeveralBatches(t *testing.T) {
	d := &desk{document: document.Document{Kind: document.Sheets, Campaign: "c", Name: "調査", Lang: "ja"}}
	if err := made(t, d, 2*sheetBatch+1); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(d.file.Bytes()), int64(d.file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != 2*sheetBatch+2 || z.File[0].Name != "K000_見本0.pdf" || !slices.Equal(d.told, []int{0, sheetBatch, 2 * sheetBatch}) {
		t.Errorf("%d files, the first %s; told %v", len(z.File), z.File[0].Name, d.told)
	}
}

func TestADocumentIsNotFinishedWithoutItsLease(t *testing.T) {
	for _, row := range document.Kinds() {
		d := &desk{document: document.Document{Kind: row.Kind, Campaign: "c", Lang: "ja"}, lostAt: 1}
		if err := made(t, d, 2*sheetBatch); !errors.Is(err, errLost) || d.document.File != nil {
			t.Errorf("%s: %v, file %+v", row.Kind, err, d.document.File)
		}
	}
	ready := &desk{document: document.Document{File: &evidence.File{Name: "made"}}}
	if err := made(t, ready, 0); err != nil || ready.file.Len() != 0 {
		t.Errorf("what is made already: %v, %d bytes written", err, ready.file.Len())
	}
	if err := made(t, &desk{document: document.Document{Kind: "other"}}, 0); err == nil || !strings.Contains(err.Error(), "other") {
		t.Errorf("a kind that nobody knows: %v", err)
	}
}

// A table of the trail has every entry that its filter leaves, however many there are, and
// none that came while it was made; its filter is never widened.
func TestATableOfTheTrailIsWhole(t *testing.T) {
	catalog, err := locale.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	s := stocked()
	const rows = 60_001
	for n := range rows {
		s.entries = append(s.entries, audit.Entry{ID: fmt.Sprint(n), At: asOf, Action: "user.signed-in"})
	}
	s.entries = append(s.entries, audit.Entry{ID: "later", At: asOf.Add(time.Second), Action: "user.signed-in"}, audit.Entry{ID: "other", At: asOf, Action: "org.created"})
	write := func(filter string) (string, []int, error) {
		d := &desk{document: document.Document{Kind: document.Entries, Name: "甲社", Lang: "ja", Org: "o", Filter: filter}}
		m := Maker{Records: s.records(), Snapshots: d, Fonts: testFonts(t), Catalog: catalog}
		err := work.DocumentWork(d, m, func() time.Time { return asOf }).Work(t.Context(), jobs.Job{})
		return d.file.String(), d.told, err
	}
	csv, told, err := write("kind=user")
	if n := strings.Count(csv, "\r\n"); err != nil || n != rows+1 || told[len(told)-1] != rows {
		t.Errorf("%d lines, told %v, %v", n, told[len(told)-1], err)
	}
	if csv, _, err := write(""); err != nil || strings.Count(csv, "\r\n") != rows+2 {
		t.Errorf("everything: %d lines, %v", strings.Count(csv, "\r\n"), err)
	}
	for _, broken := range []string{"from=いつか", "kind=nothing", "campaign=C1", "%zz"} {
		if csv, _, err := write(broken); err == nil {
			t.Errorf("%q gives %d bytes", broken, len(csv))
		}
	}
}
