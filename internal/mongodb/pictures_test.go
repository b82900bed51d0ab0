package mongodb_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/work"
)

// TestPictures are read with the right to their file, kept once, and of no other
// organisation.
func TestPictures(t *testing.T) {
	d := newDesk(t)
	ctx, store := t.Context(), mongodb.Evidence{DB: d.db}
	e, err := d.files().Add(ctx, d.supplier, "架空精工", evidence.Evidence{Campaign: "c1", Supplier: "s1", Kind: evidence.Policy}, "方針.pdf", pdfFile())
	if err != nil {
		t.Fatal(err)
	}
	m := evidence.Made{ID: e.File.ID + "/fitting/1", Org: "o1", File: e.File.ID, Picture: []byte("drawn"), At: d.clock()}
	for range 2 {
		if err := store.Keep(ctx, m, evidence.PictureRoom); err != nil {
			t.Fatal(err)
		}
	}
	for who, v := range map[string]access.Viewer{"supplier": d.supplier, "reviewer": d.reviewer} {
		got, err := store.Made(ctx, v, e, m.ID)
		if err != nil || !bytes.Equal(got.Picture, m.Picture) {
			t.Errorf("%s reads %+v, %v", who, got, err)
		}
		if got, err := store.Made(ctx, v, e, e.File.ID+"/fitting/2"); err != nil || got.ID != "" {
			t.Errorf("%s reads %+v, %v of what was not made", who, got, err)
		}
	}
	stranger := access.Viewer{Kind: access.Member, Org: "o2", User: "u2", Roles: []access.Role{access.Reviewer}}
	for who, v := range map[string]access.Viewer{"nobody": {}, "another buyer": stranger} {
		if got, err := store.Made(ctx, v, e, m.ID); fault.KindOf(err) != fault.NotFound || got.Picture != nil {
			t.Errorf("%s reads %+v, %v", who, got, err)
		}
	}
	foreign := e
	foreign.Org = "o2"
	if got, _ := store.Made(ctx, stranger, foreign, m.ID); got.Picture != nil {
		t.Error("another buyer reads it under a record of its own")
	}
	revoked := d.supplier
	revoked.Generation++
	if _, err := store.Made(ctx, revoked, e, m.ID); err == nil {
		t.Error("an old link reads it")
	}
}

// TestUncheckedFilesQueueTheirJob: it finds the evidence, also once it is submitted, and
// what it notes is all that changes.
func TestUncheckedFilesQueueTheirJob(t *testing.T) {
	d := newDesk(t)
	ctx, store := t.Context(), mongodb.Evidence{DB: d.db}
	e, err := d.files().Add(ctx, d.supplier, "架空精工", evidence.Evidence{Campaign: "c1", Supplier: "s1", Kind: evidence.Policy}, "方針.pdf", pdfFile())
	if err != nil {
		t.Fatal(err)
	}
	now := d.clock()
	job, found, err := d.db.Jobs().Claim(ctx, now, now.Add(time.Minute), work.Look{}.Kind())
	if err != nil || !found || job.Subject != e.ID || job.Org != "o1" {
		t.Fatalf("the job is %+v, %v", job, err)
	}
	got, err := store.Unlooked(ctx, job)
	if err != nil || got.ID != e.ID || !got.File.Pending() {
		t.Fatalf("it finds %+v, %v", got, err)
	}
	if _, err := store.Unlooked(ctx, jobs.Job{Org: "o2", Subject: e.ID}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a job of another organisation finds it: %v", err)
	}
	if raw, err := store.Open(ctx, access.System("o1", "x"), got); err != nil {
		t.Errorf("the job does not read the file: %v", err)
	} else {
		_ = raw.Close()
	}
	got.File.Findings = evidence.Findings{Check: evidence.Sound, Pages: 4, Marks: []evidence.Mark{evidence.Signed}}
	got.Number = "changed"
	if err := store.Note(ctx, got); err != nil {
		t.Fatal(err)
	}
	after, err := store.Get(ctx, d.supplier, e.ID)
	if err != nil || after.File.Pages != 4 || !slices.Equal(after.File.Marks, got.File.Marks) || after.Number != e.Number {
		t.Errorf("afterwards it is %+v, %v", after, err)
	}
}

// TestPicturesGoWithTheirFile, and stay as long as it does.
func TestPicturesGoWithTheirFile(t *testing.T) {
	db := dbtest.OpenAt(t, func() time.Time { return issueDay })
	idAt := func(age time.Duration) string {
		return ulid.MustNew(ulid.Timestamp(issueDay.Add(-age)), ulid.DefaultEntropy()).String()
	}
	store := mongodb.Evidence{DB: db}
	kept, gone, young := idAt(9*time.Hour), idAt(8*time.Hour), idAt(time.Minute)
	if _, err := db.Raw("evidence").InsertOne(t.Context(), evidence.Evidence{ID: idAt(9 * time.Hour), Org: "o1", File: &evidence.File{ID: kept}}); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{kept, gone, young} {
		for _, what := range []string{"/fitting/1", "/fitting/2", "/texts"} {
			if err := store.Keep(t.Context(), evidence.Made{ID: file + what, Org: "o1", File: file}, evidence.PictureRoom); err != nil {
				t.Fatal(err)
			}
		}
	}
	removed, err := work.Sweeping{Files: []work.Files{mongodb.Pictures{DB: db}}, Now: func() time.Time { return issueDay }}.Once(t.Context())
	if err != nil || removed != 3 {
		t.Errorf("%d are removed, %v", removed, err)
	}
	for file, want := range map[string]int64{kept: 3, gone: 0, young: 3} {
		if n, err := db.Raw("pictures").CountDocuments(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: file + "/"}, {Key: "$lt", Value: file + "0"}}}}); err != nil || n != want {
			t.Errorf("%d are left of %s, %v, want %d", n, file, err, want)
		}
	}
}

// TestPicturesHaveTheirRoom: what is over goes, the oldest first, of the file and of the
// organisation, and of nobody else's.
func TestPicturesHaveTheirRoom(t *testing.T) {
	d := newDesk(t)
	ctx, store := t.Context(), mongodb.Evidence{DB: d.db}
	room := evidence.Room{File: 30, Org: 50}
	keep := func(org, file, page string) {
		t.Helper()
		m := evidence.Made{ID: file + "/" + page, Org: org, File: file, Picture: make([]byte, 10), Size: 10, At: d.clock()}
		if err := store.Keep(ctx, m, room); err != nil {
			t.Fatal(err)
		}
	}
	kept := func(org string, want ...string) {
		t.Helper()
		cursor, err := d.db.Raw("pictures").Find(ctx, bson.D{{Key: "org_id", Value: org}}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
		if err != nil {
			t.Fatal(err)
		}
		var all []evidence.Made
		if err := cursor.All(ctx, &all); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range all {
			got = append(got, m.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("of %s is kept %v, want %v", org, got, want)
		}
	}
	keep("o2", "f9", "1")
	for _, page := range []string{"1", "2", "3", "4"} {
		keep("o1", "f1", page)
	}
	kept("o1", "f1/2", "f1/3", "f1/4")
	for _, page := range []string{"1", "2", "3"} {
		keep("o1", "f2", page)
	}
	kept("o1", "f1/3", "f1/4", "f2/1", "f2/2", "f2/3")
	kept("o2", "f9/1")
}
