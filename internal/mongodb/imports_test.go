package mongodb_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/supplier"
	"tsunagi/internal/table"
)

// intake is a directory into which lists are imported. What is put into meanwhile
// happens when the clock is next read inside an import: after a batch was judged
// and before it is written.
type intake struct {
	mongodb.Suppliers
	rules *supplier.Service
	day   time.Time // of the rules

	mu        sync.Mutex
	meanwhile []func()
	skip      int // readings of the clock before that
}

func newIntake(t *testing.T) *intake {
	t.Helper()
	in := &intake{day: issueDay}
	in.Suppliers = mongodb.Suppliers{DB: dbtest.OpenAt(t, in.clock)}
	in.rules = supplier.NewService(in.Suppliers, func() time.Time { return in.day }, newULID)
	return in
}

func (in *intake) work(ctx context.Context, job jobs.Job) error {
	return worker(in.DB, "import", in.clock)(ctx, job)
}

func newULID() string { return ulid.Make().String() }

func (in *intake) clock() time.Time {
	in.mu.Lock()
	var do func()
	if len(in.meanwhile) > 0 && in.skip == 0 {
		do, in.meanwhile = in.meanwhile[0], in.meanwhile[1:]
	} else if len(in.meanwhile) > 0 {
		in.skip--
	}
	in.mu.Unlock()
	if do != nil {
		do()
	}
	return issueDay
}

// interrupt does something between the judging and the writing of the batch after
// skip others.
func (in *intake) interrupt(skip int, do ...func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.skip, in.meanwhile = skip, do
}

// uploaded is a list as a page gives it to the rules.
func uploaded(t *testing.T, name string, list []byte) supplier.List {
	t.Helper()
	read, err := table.Read(list, name, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := supplier.List{Name: name, File: list, Reading: read.Reading()}
	out.Table = table.Keep(read)
	return out
}

// start uploads a list and starts its import.
func (in *intake) start(t *testing.T, list string) supplier.Import {
	t.Helper()
	i, err := in.rules.Begin(t.Context(), mailOwner, uploaded(t, "取引先.csv", []byte(list)))
	if err != nil {
		t.Fatal(err)
	}
	if err := in.rules.Start(t.Context(), mailOwner, i, i.Preview.State); err != nil {
		t.Fatal(err)
	}
	if i, err = in.Import(t.Context(), mailOwner, i.ID); err != nil {
		t.Fatal(err)
	}
	return i
}

// claim takes the next job that is due.
func (in *intake) claim(t *testing.T) jobs.Job {
	t.Helper()
	job, ok, err := in.Suppliers.Jobs().Claim(t.Context(), issueDay, issueDay.Add(time.Minute))
	if err != nil || !ok || job.Kind != "import" {
		t.Fatalf("claim: %v %v %v", job, ok, err)
	}
	return job
}

// run runs the job that is due to its end.
func (in *intake) run(t *testing.T) jobs.Job {
	t.Helper()
	job := in.claim(t)
	if err := in.work(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	queue := in.Suppliers.Jobs()
	if err := queue.Finish(t.Context(), job, issueDay); err != nil {
		t.Fatal(err)
	}
	job, err := queue.Get(t.Context(), mailOwner, job.ID)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func (in *intake) byCode(t *testing.T, code string) supplier.Supplier {
	t.Helper()
	found, err := in.ByCodes(t.Context(), mailOwner, []string{code})
	if err != nil || found[code].Code != code {
		t.Fatalf("supplier %s: %v %v", code, found, err)
	}
	return found[code]
}

// edit saves a supplier as a clerk does on its page.
func (in *intake) edit(t *testing.T, code string, change func(*supplier.Supplier)) {
	t.Helper()
	sup := in.byCode(t, code)
	change(&sup)
	if _, err := in.rules.Save(t.Context(), mailOwner, sup); err != nil {
		t.Errorf("save %s: %v", code, err)
	}
}

// details are the counts that the batches of imports told the trail, summed.
func (in *intake) details(t *testing.T) map[string]int {
	t.Helper()
	trail, err := mongodb.Audit(in.Suppliers).Trail(t.Context(), mailOwner, auditFilter())
	entries := trail.Entries
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, e := range entries {
		if e.Action != supplier.ActionImported {
			continue
		}
		out["batches"]++
		for _, d := range e.Details {
			if n, err := strconv.Atoi(d.Value); err == nil && d.Key != "more" {
				out[d.Key] += n
			}
		}
	}
	return out
}

// A clerk's change between the judging and the writing of a row is neither
// overwritten nor a reason to give the import up: both changes are kept.
func TestImportKeepsWhatAClerkChangedMeanwhile(t *testing.T) {
	in := newIntake(t)
	in.start(t, "取引先コード,会社名,電話\nA1,架空精工,03-0000-0001\nA2,見本商会,03-0000-0002\n")
	in.run(t)
	in.start(t, "取引先コード,会社名,電話\nA1,架空精工,03-0000-9991\nA2,見本商会,03-0000-9992\nA3,例示工業,03-0000-9993\n")
	in.interrupt(0, func() {
		in.edit(t, "A1", func(s *supplier.Supplier) { s.Note, s.ContactName = "電話は午前のみ", "架空 花子" })
		// The clerk adds by hand what the list holds as well.
		if _, err := in.rules.Save(t.Context(), mailOwner, supplier.Supplier{Code: "A3", Name: "例示工業", Email: "a3@example.jp"}); err != nil {
			t.Errorf("add A3: %v", err)
		}
	})
	job := in.run(t)
	a1, a3 := in.byCode(t, "A1"), in.byCode(t, "A3")
	if a1.Note != "電話は午前のみ" || a1.ContactName != "架空 花子" || a1.Phone != "03-0000-9991" || a1.Revision != 3 {
		t.Errorf("the clerk's note %q and contact %q, the list's phone %q, revision %d", a1.Note, a1.ContactName, a1.Phone, a1.Revision)
	}
	if a3.Email != "a3@example.jp" || a3.Phone != "03-0000-9993" {
		t.Errorf("added by hand and by the list: %+v", a3)
	}
	if job.Done != 3 || job.Skipped != 0 {
		t.Errorf("the job counts %d done, %d skipped", job.Done, job.Skipped)
	}
	if got := in.details(t); got["changed"] != 3 || got["new"] != 2 || got["batches"] != 2 {
		t.Errorf("the trail counts %v", got)
	}
}

// An import that is overtaken again and again stops, says so, and goes on later.
func TestImportOvertakenForEverStopsAndGoesOn(t *testing.T) {
	in := newIntake(t)
	in.start(t, "取引先コード,会社名\nA1,架空精工\n")
	in.run(t)
	in.start(t, "取引先コード,会社名\nA1,架空精工株式会社\n")
	edits := 0
	again := make([]func(), 50)
	for n := range again {
		again[n] = func() {
			edits++
			in.edit(t, "A1", func(s *supplier.Supplier) { s.Note = fmt.Sprint("変更", edits) })
		}
	}
	in.interrupt(0, again...)
	job := in.claim(t)
	if err := in.work(t.Context(), job); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("overtaken %d times: %v, want Conflict", edits, err)
	}
	if got := in.byCode(t, "A1"); got.Name != "架空精工" || got.Note != fmt.Sprint("変更", edits) {
		t.Errorf("the clerk's last change is gone: %+v", got)
	}
	in.interrupt(0)
	if err := in.Suppliers.Jobs().Release(t.Context(), job, issueDay, false, "overtaken"); err != nil {
		t.Fatal(err)
	}
	in.run(t)
	if got := in.byCode(t, "A1"); got.Name != "架空精工株式会社" || got.Note != fmt.Sprint("変更", edits) {
		t.Errorf("afterwards: %+v", got)
	}
}

func TestImportKilledAnywhereGoesOnAndDoublesNothing(t *testing.T) {
	in := newIntake(t)
	const n = 1250
	var list strings.Builder
	list.WriteString("取引先コード,会社名,メール\n")
	for i := range n {
		name := fmt.Sprintf("架空%d工業", i)
		if i%100 == 0 {
			name = "=1+1" // faulty
		}
		fmt.Fprintf(&list, "C%04d,%s,s%d@example.jp\n", i, name, i)
	}
	in.start(t, list.String())
	queue := in.Suppliers.Jobs()
	count := func() int {
		got, err := in.Directory(t.Context(), mailOwner)
		if err != nil {
			t.Fatal(err)
		}
		return got.Total
	}
	// Killed before the second batch is written; the lease then passes.
	killed, kill := context.WithCancel(t.Context())
	in.interrupt(1, kill)
	first := in.claim(t)
	if err := in.work(killed, first); !errors.Is(err, context.Canceled) && fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("killed: %v", err)
	}
	if got := count(); got != 495 {
		t.Fatalf("after one batch of 500 rows, 5 of them faulty: %d suppliers", got)
	}
	second, ok, err := queue.Claim(t.Context(), issueDay.Add(time.Minute), issueDay.Add(2*time.Minute))
	if err != nil || !ok || second.Cursor != "500" || second.Done != 500 || second.Skipped != 5 {
		t.Fatalf("taken over: %+v %v %v", second, ok, err)
	}
	// The one that was thought dead wakes up: nothing that it writes stays.
	if err := in.work(t.Context(), first); fault.KindOf(err) != fault.Conflict {
		t.Errorf("without a lease: %v, want Conflict", err)
	}
	if got := count(); got != 495 {
		t.Errorf("without a lease it wrote: %d suppliers", got)
	}
	if err := in.work(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if err := queue.Finish(t.Context(), second, issueDay); err != nil {
		t.Fatal(err)
	}
	got, err := queue.Get(t.Context(), mailOwner, second.ID)
	if err != nil || got.Done != n || got.Skipped != 13 || got.State != jobs.Done {
		t.Errorf("the job: %+v %v", got, err)
	}
	if got := count(); got != n-13 {
		t.Errorf("%d suppliers, want %d", got, n-13)
	}
	want := map[string]int{"batches": 3, "left": 0, "new": n - 13, "changed": 0, "same": 0, "faulty": 13}
	for key, count := range in.details(t) {
		if count != want[key] {
			t.Errorf("the trail counts %d %s, want %d", count, key, want[key])
		}
	}
	// Only the organisation's own records were judged.
	if n, err := in.Raw("suppliers").CountDocuments(t.Context(), bson.D{{Key: "org_id", Value: bson.D{{Key: "$ne", Value: mailOwner.Org}}},
		{Key: "code", Value: "C0001"}}); err != nil || n != 0 {
		t.Errorf("%d suppliers of others, %v", n, err)
	}
}

// An import started just before the day is over does not lose its list while it
// waits its turn.
func TestImportIsKeptFromItsStart(t *testing.T) {
	in := newIntake(t)
	list := []byte("取引先コード,会社名\nA1,架空精工\n")
	i, err := in.rules.Begin(t.Context(), mailOwner, uploaded(t, "a.csv", list))
	if err != nil {
		t.Fatal(err)
	}
	in.day = issueDay.Add(23 * time.Hour)
	if err := in.rules.Start(t.Context(), mailOwner, i, i.Preview.State); err != nil {
		t.Fatal(err)
	}
	i, err = in.Import(t.Context(), mailOwner, i.ID)
	if want := in.day.Add(30 * 24 * time.Hour); err != nil || !i.ExpiresAt.Equal(want) {
		t.Errorf("kept until %s, want %s; %v", i.ExpiresAt, want, err)
	}
	if err := in.rules.Start(t.Context(), mailOwner, i, i.Preview.State); fault.KindOf(err) != fault.Conflict {
		t.Errorf("started twice: %v, want Conflict", err)
	}
}
