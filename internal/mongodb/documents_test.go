package mongodb_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/paper"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// archive is a desk whose people ask for documents.
type archive struct {
	*desk
	store paper.Documents
	rules *document.Service
	owner access.Viewer
}

func newArchive(t *testing.T) *archive {
	t.Helper()
	a := &archive{desk: newDesk(t), owner: access.Viewer{Kind: access.Member, Org: "o1", User: "u0", Name: "長 所有", Roles: []access.Role{access.Owner}}}
	a.store = a.db.Documents()
	a.rules = document.NewService(a.store, mongodb.Campaigns{DB: a.db}, a.clock, func() string { return ulid.Make().String() })
	return a
}

func (a *archive) ask(t *testing.T, v access.Viewer, kind document.Kind, of string) document.Document {
	t.Helper()
	d, err := a.rules.Ask(t.Context(), v, document.Document{Kind: kind, Campaign: of, Lang: "ja", Name: "甲社", Issuer: "甲社"})
	if err != nil {
		t.Fatalf("ask for %s of %q: %v", kind, of, err)
	}
	return d
}

// claim takes the next job over, after the lease of the last one.
func (a *archive) claim(t *testing.T) jobs.Job {
	t.Helper()
	a.at = a.at.Add(time.Hour)
	job, ok, err := a.db.Jobs().Claim(t.Context(), a.at, a.at.Add(time.Minute), "document")
	if err != nil || !ok {
		t.Fatalf("claim: %v, %v", ok, err)
	}
	return job
}

// made puts a file on the shelf as the job's handler does, and ends the job.
func (a *archive) made(t *testing.T, job jobs.Job, text string) error {
	t.Helper()
	f, err := a.store.Put(t.Context(), job, "集計表.pdf", "application/pdf", func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.store.Finish(t.Context(), job, a.at, f); err != nil {
		return err
	}
	return a.db.Jobs().Finish(t.Context(), job, a.at)
}

func (a *archive) files(t *testing.T) (files, chunks int64) {
	t.Helper()
	files, err := a.db.Raw("documents.files").EstimatedDocumentCount(t.Context())
	chunks, err2 := a.db.Raw("documents.chunks").EstimatedDocumentCount(t.Context())
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	return files, chunks
}

func TestADocumentIsMadeOnceAndRead(t *testing.T) {
	a := newArchive(t)
	d := a.ask(t, a.reviewer, document.Summary, "c1")
	if got, err := a.store.Document(t.Context(), a.reviewer, d.ID); err != nil || got.State != document.Waiting || got.Name != "調査" {
		t.Errorf("just asked for: %+v, %v", got, err)
	}
	if _, err := a.store.OpenDocument(t.Context(), a.reviewer, d); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a file before it is made: %v", err)
	}
	job := a.claim(t)
	if err := a.store.Progress(t.Context(), job, 30, 100); err != nil {
		t.Fatal(err)
	}
	if got, _ := a.store.Document(t.Context(), a.reviewer, d.ID); got.State != document.Running || got.Done != 30 || got.Total != 100 {
		t.Errorf("in the making: %+v", got)
	}
	text := strings.Repeat("資料", 300_000) // several pieces
	if err := a.made(t, job, text); err != nil {
		t.Fatal(err)
	}
	got, err := a.store.Document(t.Context(), a.reviewer, d.ID)
	if err != nil || got.State != document.Ready || got.File.Size != int64(len(text)) || len(got.File.SHA256) != 64 {
		t.Fatalf("made: %+v, %v", got, err)
	}
	stream, err := a.store.OpenDocument(t.Context(), a.reviewer, got)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(stream)
	if cerr := stream.Close(); err != nil || cerr != nil || string(raw) != text {
		t.Errorf("%d bytes read, %v, %v", len(raw), err, cerr)
	}
	if again, err := a.store.Begin(t.Context(), job); err != nil || again.File == nil {
		t.Errorf("beginning again after the end: %+v, %v", again, err)
	}
	if n := a.count(t, "audit", bson.D{{Key: "action", Value: "report.summary-asked"}, {Key: "campaign_id", Value: "c1"}}); n != 1 {
		t.Errorf("the asking is noted %d times", n)
	}
}

// A worker that was killed while it wrote leaves nothing behind, and one that comes
// late changes nothing.
func TestAKilledDocumentBeginsAnew(t *testing.T) {
	a := newArchive(t)
	d := a.ask(t, a.reviewer, document.Sheets, "c1")
	killed := a.claim(t)
	piece := bytes.Repeat([]byte("x"), 1<<20)
	_, err := a.store.Put(t.Context(), killed, "a.zip", "application/zip", func(w io.Writer) error {
		for range 20 { // more than the driver holds back
			if _, err := w.Write(piece); err != nil {
				return err
			}
		}
		if _, chunks := a.files(t); chunks == 0 {
			t.Error("nothing is written before the end")
		}
		if _, err := a.db.Raw("documents.chunks").InsertOne(t.Context(), bson.D{{Key: "files_id", Value: d.ID + ".0"}, {Key: "n", Value: 0}}); err != nil {
			t.Error(err) // as a kill leaves it
		}
		return errors.New("no more answers")
	})
	if err == nil {
		t.Fatal("a broken archive was stored")
	}
	if files, chunks := a.files(t); files != 0 || chunks != 1 {
		t.Errorf("after an error: %d files, %d pieces; want none but the one of the kill", files, chunks)
	}
	job := a.claim(t)
	if _, err := a.store.Begin(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if _, chunks := a.files(t); chunks != 0 {
		t.Errorf("%d pieces are left when it begins anew", chunks)
	}
	if err := a.made(t, job, "second"); err != nil {
		t.Fatal(err)
	}
	if err := a.made(t, killed, "late"); err == nil {
		t.Error("a worker that lost its lease finished the document")
	}
	if err := a.store.Progress(t.Context(), killed, 1, 1); err == nil {
		t.Error("a worker that lost its lease told progress")
	}
	got, _ := a.store.Document(t.Context(), a.reviewer, d.ID)
	stream, err := a.store.OpenDocument(t.Context(), a.reviewer, got)
	if err != nil {
		t.Fatal(err)
	}
	if raw, _ := io.ReadAll(stream); string(raw) != "second" {
		t.Errorf("the document holds %q", raw)
	}
}

func TestWhoSeesWhichDocument(t *testing.T) {
	a := newArchive(t)
	a.insert(t, "campaigns", campaign.Campaign{ID: "c2", Org: "o1", Name: "別の調査", State: campaign.Open})
	member := func(org, user string, role access.Role, campaigns ...string) access.Viewer {
		return access.Viewer{Kind: access.Member, Org: org, User: user, Name: user, Roles: []access.Role{role}, Campaigns: campaigns}
	}
	auditor, other := member("o1", "u3", access.Auditor, "c2"), member("o1", "u4", access.Auditor, "c2")
	c1, c2 := a.ask(t, a.reviewer, document.Summary, "c1"), a.ask(t, a.owner, document.Sheets, "c2")
	whole, part := a.ask(t, a.owner, document.Trail, ""), a.ask(t, auditor, document.Trail, "")
	for _, tc := range []struct {
		name string
		v    access.Viewer
		want []document.Document // the newest first
	}{
		{"owner", a.owner, []document.Document{part, whole, c2, c1}},
		{"auditor of everything", member("o1", "u5", access.Auditor), []document.Document{part, whole, c2, c1}},
		{"reviewer, who may not see trails", a.reviewer, []document.Document{c2, c1}},
		{"the auditor of one campaign who asked", auditor, []document.Document{part, c2}},
		{"another auditor of that campaign", other, []document.Document{c2}},
		{"the same auditor, granted another campaign since", member("o1", "u3", access.Auditor, "c1"), []document.Document{c1}},
		{"another organisation's owner", member("o2", "u0", access.Owner), nil},
		{"a supplier", a.supplier, nil},
		{"nobody", access.Viewer{}, nil},
	} {
		rows, more, err := a.store.Documents(t.Context(), tc.v, 1, 50)
		if err != nil || more {
			t.Errorf("%s: %v, %v", tc.name, more, err)
		}
		if got, want := idsOf(rows), idsOf(tc.want); got != want {
			t.Errorf("%s sees %s, want %s", tc.name, got, want)
		}
		_, unknown := a.store.Document(t.Context(), tc.v, "nothing")
		for _, d := range []document.Document{c1, c2, whole, part} {
			_, err := a.store.Document(t.Context(), tc.v, d.ID)
			if seen := strings.Contains(idsOf(tc.want), d.ID); seen != (err == nil) || !seen && key(err) != key(unknown) {
				t.Errorf("%s and document %s of %q: %v", tc.name, d.Kind, d.Campaign, err)
			}
		}
	}
	if rows, more, err := a.store.Documents(t.Context(), a.owner, 2, 3); err != nil || more || idsOf(rows) != c1.ID {
		t.Errorf("the second page of three: %s, %v, %v", idsOf(rows), more, err)
	}
}

func idsOf(rows []document.Document) string {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return strings.Join(ids, " ")
}

func TestWhoMayAskForADocument(t *testing.T) {
	a := newArchive(t)
	a.insert(t, "campaigns", campaign.Campaign{ID: "draft", Org: "o1", Name: "下書き", State: campaign.Draft})
	for _, tc := range []struct {
		name string
		v    access.Viewer
		kind document.Kind
		of   string
		want fault.Kind
	}{
		{"a supplier", a.supplier, document.Summary, "c1", fault.Forbidden},
		{"nobody", access.Viewer{}, document.Summary, "c1", fault.Forbidden},
		{"the system", access.System("o1", "x"), document.Summary, "c1", fault.Forbidden},
		{"a reviewer, the trail", a.reviewer, document.Trail, "c1", fault.Forbidden},
		{"an auditor of other campaigns", a.outsiders["an auditor of other campaigns"], document.Sheets, "c1", fault.NotFound},
		{"another buyer", a.outsiders["another buyer's reviewer"], document.Summary, "c1", fault.NotFound},
		{"a summary of nothing", a.owner, document.Summary, "", fault.NotFound},
		{"a draft", a.owner, document.Summary, "draft", fault.NotFound},
		{"no such kind", a.owner, "everything", "c1", fault.NotFound},
	} {
		if _, err := a.rules.Ask(t.Context(), tc.v, document.Document{Kind: tc.kind, Campaign: tc.of}); err == nil || fault.KindOf(err) != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	if n := a.count(t, "documents", nil); n != 0 {
		t.Errorf("%d documents of refused askings", n)
	}
}

// Three in the making are enough, also when they are asked for at once; those that
// failed or were made do not count.
func TestDocumentsInTheMakingAreBounded(t *testing.T) {
	a := newArchive(t)
	a.insert(t, "memberships", bson.D{{Key: "_id", Value: "o1:u0"}, {Key: "org_id", Value: "o1"}, {Key: "user_id", Value: "u0"}})
	var group sync.WaitGroup
	var mu sync.Mutex
	kinds := map[fault.Kind]int{}
	taken := 0
	for range 8 {
		group.Go(func() {
			_, err := a.rules.Ask(t.Context(), a.owner, document.Document{Kind: document.Summary, Campaign: "c1"})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				taken++
			} else {
				kinds[fault.KindOf(err)]++
			}
		})
	}
	group.Wait()
	if taken != 3 || kinds[fault.TooMany] != 5 {
		t.Errorf("%d taken, refused %v; want 3 and 5 too many", taken, kinds)
	}
	a.ask(t, a.reviewer, document.Summary, "c1") // somebody else may
	if err := a.made(t, a.claim(t), "one"); err != nil {
		t.Fatal(err)
	}
	job := a.claim(t)
	if err := a.db.Jobs().Release(t.Context(), job, a.at, true, "given up"); err != nil {
		t.Fatal(err)
	}
	if d, err := a.store.Document(t.Context(), a.owner, job.ID); err != nil || d.State != document.Failed {
		t.Errorf("given up: %+v, %v", d, err)
	}
}

func TestExpiredDocumentsGoWithTheirFiles(t *testing.T) {
	a := newArchive(t)
	old := a.ask(t, a.reviewer, document.Summary, "c1")
	if err := a.made(t, a.claim(t), "old"); err != nil {
		t.Fatal(err)
	}
	seen, _ := a.store.Document(t.Context(), a.reviewer, old.ID)
	a.at = old.ExpiresAt.Add(-time.Hour)
	fresh := a.ask(t, a.reviewer, document.Summary, "c1")
	if err := a.made(t, a.claim(t), "fresh"); err != nil {
		t.Fatal(err)
	}
	a.at = old.ExpiresAt
	if _, err := a.store.Document(t.Context(), a.reviewer, old.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an expired document before it is swept: %v", err)
	}
	if n, err := a.store.RemoveExpired(t.Context(), 100); err != nil || n != 1 {
		t.Fatalf("%d removed, %v", n, err)
	}
	if files, chunks := a.files(t); files != 1 || chunks != 1 || a.count(t, "documents", nil) != 1 || a.count(t, "jobs", nil) != 1 {
		t.Errorf("%d files, %d pieces, %d documents and %d jobs are left, want 1 each", files, chunks, a.count(t, "documents", nil), a.count(t, "jobs", nil))
	}
	if _, err := a.store.OpenDocument(t.Context(), a.reviewer, seen); fault.KindOf(err) != fault.NotFound {
		t.Errorf("its file: %v", err)
	}
	if got, err := a.store.Document(t.Context(), a.reviewer, fresh.ID); err != nil || got.State != document.Ready {
		t.Errorf("the other one: %+v, %v", got, err)
	}
}

// Sheets come in the order of codes, each once, however they are paged, with all
// that belongs to them and nothing of others.
func TestSheetsPageByPage(t *testing.T) {
	a := newArchive(t)
	reports := a.db.Reports()
	for i, code := range []string{"B", "A", "A", "C", ""} { // codes may repeat or be missing
		id := fmt.Sprintf("c1:p%d", i)
		a.insert(t, "assignments", campaign.Assignment{ID: id, Org: "o1", Campaign: "c1", Code: code, Revision: 2, Response: campaign.Accepted})
		for revision := 1; revision <= 2; revision++ {
			a.insert(t, "submissions", response.Submission{ID: response.SubmissionID(id, revision), Org: "o1", Campaign: "c1", Assignment: id, Revision: revision,
				Answers: map[string]questionnaire.Answer{}})
		}
		a.insert(t, "reviews", response.Review{ID: response.SubmissionID(id, 2), Org: "o1", Campaign: "c1", Assignment: id, Revision: 2})
		a.insert(t, "evidence", evidence.Evidence{ID: "e" + id, Org: "o1", Campaign: "c1", Assignment: id, Submitted: i%2 == 0})
	}
	if n, err := reports.SheetCount(t.Context(), a.reviewer, "c1"); err != nil || n != 5 {
		t.Errorf("SheetCount = %d, %v; the two that only were asked do not count", n, err)
	}
	var order []string
	var after campaign.Assignment
	for {
		batch, err := reports.Sheets(t.Context(), a.reviewer, "c1", after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range batch {
			order, after = append(order, s.Assignment.ID), s.Assignment
			shown := len(s.Evidence) == 1
			if len(s.Submissions) != 2 || s.Submissions[0].Revision != 2 || len(s.Reviews) != 1 || shown != strings.ContainsAny(s.Assignment.ID, "024") {
				t.Errorf("%s: %d submissions, %d reviews, %d certificates", s.Assignment.ID, len(s.Submissions), len(s.Reviews), len(s.Evidence))
			}
		}
		if len(batch) < 2 {
			break
		}
	}
	if got := strings.Join(order, " "); got != "c1:p4 c1:p1 c1:p2 c1:p0 c1:p3" {
		t.Errorf("sheets in the order %s", got)
	}
	for who, v := range a.outsiders {
		if v.Kind == access.Link {
			continue // a link session never comes here
		}
		n, err := reports.SheetCount(t.Context(), v, "c1")
		batch, err2 := reports.Sheets(t.Context(), v, "c1", campaign.Assignment{}, 10)
		if n != 0 || len(batch) != 0 || err != nil || err2 != nil {
			t.Errorf("%s: %d counted, %d sheets (%v, %v)", who, n, len(batch), err, err2)
		}
	}
}

// What a snapshot reads is of one moment, whatever happens meanwhile.
func TestASnapshotIsOfOneMoment(t *testing.T) {
	a := newArchive(t)
	campaigns := mongodb.Campaigns{DB: a.db}
	trail := mongodb.Audit{DB: a.db}
	err := a.store.Snapshot(t.Context(), func(ctx context.Context) error {
		before, err := campaigns.Counts(ctx, a.reviewer, "c1", a.at)
		if err != nil {
			return err
		}
		a.insert(t, "assignments", campaign.Assignment{ID: "c1:new", Org: "o1", Campaign: "c1", Response: campaign.NotStarted})
		n := 0
		if err := campaigns.EachAssignment(ctx, a.reviewer, campaign.Filter{Campaign: "c1"}, func(campaign.Assignment) error { n++; return nil }); err != nil {
			return err
		}
		if before.Total != 2 || n != 2 {
			t.Errorf("%d counted, then %d walked, want 2 both times", before.Total, n)
		}
		_, err = trail.Trail(ctx, a.owner, audit.Filter{Size: 10})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if after, err := campaigns.Counts(t.Context(), a.reviewer, "c1", a.at); err != nil || after.Total != 3 {
		t.Errorf("afterwards: %d, %v", after.Total, err)
	}
}

// Every file comes back as it was written, wherever its pieces end.
func TestFilesOfEveryLength(t *testing.T) {
	a := newArchive(t)
	const piece = 255 << 10
	for _, n := range []int{0, 1, piece - 1, piece, piece + 1, 4 * piece, 4*piece + 1, 9*piece + 7} {
		want := make([]byte, n)
		for i := range want {
			want[i] = byte(i * 31 / 7)
		}
		job := jobs.Job{Subject: fmt.Sprint("length-", n), Fence: 1}
		f, err := a.store.Put(t.Context(), job, "a.bin", "application/pdf", func(w io.Writer) error {
			for rest := want; len(rest) > 0; { // in portions of no round size
				k := min(len(rest), 100_003)
				if written, err := w.Write(rest[:k]); err != nil || written != k {
					return fmt.Errorf("%d of %d written: %w", written, k, err)
				}
				rest = rest[k:]
			}
			return nil
		})
		if err != nil || f.Size != int64(n) || f.SHA256 != fmt.Sprintf("%x", sha256.Sum256(want)) {
			t.Errorf("%d bytes: %+v, %v", n, f, err)
			continue
		}
		stream, err := a.store.OpenDocument(t.Context(), a.reviewer, document.Document{Org: "o1", File: &f})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(stream)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %d come back, %v", n, len(got), err)
		}
	}
}

// Archives are large: what was made of the same before goes the next day.
func TestMadeAnewTheEarlierOneGoesSooner(t *testing.T) {
	a := newArchive(t)
	earlier := a.ask(t, a.owner, document.Sheets, "c1")
	other := a.ask(t, a.owner, document.Summary, "c1")
	if err := errors.Join(a.made(t, a.claim(t), "one"), a.made(t, a.claim(t), "two")); err != nil {
		t.Fatal(err)
	}
	theirs := a.ask(t, a.reviewer, document.Sheets, "c1")
	again := a.ask(t, a.owner, document.Sheets, "c1")
	if err := errors.Join(a.made(t, a.claim(t), "three"), a.made(t, a.claim(t), "four")); err != nil {
		t.Fatal(err)
	}
	for _, d := range []document.Document{earlier, other, theirs, again} {
		got, err := a.store.Document(t.Context(), a.owner, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if left := got.ExpiresAt.Sub(a.at); (left <= 24*time.Hour) != (d.ID == earlier.ID) {
			t.Errorf("%s asked for by %s goes in %s", d.Kind, d.For.Name, left)
		}
	}
}
