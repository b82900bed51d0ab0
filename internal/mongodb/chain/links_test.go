package chain_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/evidence"
)

// broken is all of links and counts that does not hold, in words.
func (i installation) broken() []string {
	i.t.Helper()
	var out []string
	read, tell := 0, func(err error) { out = append(out, err.Error()) }
	if err := i.Chains().Links(i.t.Context(), func(n int) { read += n }, tell); err != nil {
		i.t.Fatal(err)
	}
	if err := i.Chains().Counts(i.t.Context(), "o1", tell); err != nil {
		i.t.Fatal(err)
	}
	if read < 10 {
		i.t.Errorf("%d records were read", read)
	}
	slices.Sort(out)
	return out
}

// linked is an installation in which everything names what is there.
func linked(t *testing.T) installation {
	t.Helper()
	i := open(t)
	i.insert("campaigns", bson.D{{Key: "_id", Value: "c1"}, {Key: "org_id", Value: "o1"}, {Key: "state", Value: "open"}, {Key: "asked", Value: 3}})
	i.insert("directories", bson.D{{Key: "_id", Value: "o1"}, {Key: "org_id", Value: "o1"}, {Key: "total", Value: 3}})
	i.insert("users", field("_id", "u1"))
	i.insert("memberships", bson.D{{Key: "_id", Value: "o1:u1"}, {Key: "org_id", Value: "o1"}, {Key: "user_id", Value: "u1"}})
	for _, n := range []string{"1", "2", "3"} {
		of := bson.E{Key: "org_id", Value: "o1"}
		i.insert("suppliers", bson.D{{Key: "_id", Value: "s" + n}, of, {Key: "code", Value: n}, {Key: "code_key", Value: n}})
		i.insert("assignments", bson.D{{Key: "_id", Value: "c1:s" + n}, of, {Key: "campaign_id", Value: "c1"}, {Key: "supplier_id", Value: "s" + n}})
		i.insert("drafts", bson.D{{Key: "_id", Value: "c1:s" + n}, of, {Key: "campaign_id", Value: "c1"}})
		i.insert("outbox", bson.D{{Key: "_id", Value: "m" + n}, of, {Key: "campaign_id", Value: "c1"}, {Key: "assignment_id", Value: "c1:s" + n}})
	}
	i.insert("outbox", bson.D{{Key: "_id", Value: "invite"}, {Key: "org_id", Value: "o1"}})
	return i
}

// TestWhatNamesNothingIsNamed: each kind of link, pieces without a file, and numbers that
// are kept.
func TestWhatNamesNothingIsNamed(t *testing.T) {
	i := linked(t)
	if got := i.broken(); len(got) != 0 {
		t.Fatalf("of a sound installation: %q", got)
	}
	back := bson.D{{Key: "_id", Value: "back"}, {Key: "org_id", Value: "o1"}, {Key: "assignment_id", Value: "c1:s1"}, {Key: "removed_at", Value: begun},
		{Key: "file", Value: evidence.File{ID: "swept", Size: 9, SHA256: "x"}}}
	i.insert("evidence", back)
	if got := append(i.broken(), i.verify()...); len(got) != 0 {
		t.Errorf("evidence that was taken back, whose file is swept away: %q", got)
	}
	i.set("assignments", "c1:s1", bson.D{{Key: "supplier_id", Value: "nobody"}})
	i.set("assignments", "c1:s2", bson.D{{Key: "campaign_id", Value: "none"}})
	i.set("memberships", "o1:u1", bson.D{{Key: "user_id", Value: "u9"}})
	i.set("outbox", "m3", bson.D{{Key: "assignment_id", Value: "c1:s9"}})
	i.set("evidence", "e2", bson.D{{Key: "file.id", Value: "f9"}})
	i.set("suppliers", "s3", bson.D{{Key: "org_id", Value: "o9"}})
	old := ulid.MustNew(ulid.Timestamp(time.Now().Add(-72*time.Hour)), nil).String()
	for _, id := range []string{old, ulid.Make().String()} { // the other one may be being written
		i.insert("files.chunks", bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "files_id", Value: id}, {Key: "n", Value: 0}})
	}
	if _, err := i.raw("drafts").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: "c1:s1"}}); err != nil {
		t.Fatal(err)
	}
	i.insert("drafts", bson.D{{Key: "_id", Value: "c1:lost"}, {Key: "org_id", Value: "o1"}, {Key: "campaign_id", Value: "c1"}})
	want := []string{
		"assignments c1:s1: its supplier_id names nobody of suppliers, which is not there",
		"assignments c1:s2: its campaign_id names none of campaigns, which is not there",
		"drafts c1:lost: its _id names c1:lost of assignments, which is not there",
		"evidence e2: its file.id names f9 of files.files, which is not there",
		"files.chunks " + old + ": its files_id names " + old + " of files.files, which is not there",
		"memberships o1:u1: its user_id names u9 of users, which is not there",
		"outbox m3: its assignment_id names c1:s9 of assignments, which is not there",
		"requests of campaign c1: 3 are kept as the number, and 2 are there",
		"suppliers of the directory o1: 3 are kept as the number, and 2 are there",
		"suppliers s3: its org_id names o9 of organizations, which is not there",
	}
	if got := i.broken(); !slices.Equal(got, want) {
		t.Errorf("named\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
