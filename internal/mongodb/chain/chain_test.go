package chain_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/evidence"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/work"
)

func TestMain(m *testing.M) { mongodtest.Run(m) }

var begun = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

// installation has two organisations; o1 has three submissions with a file each.
type installation struct {
	*mongodb.DB
	t      *testing.T
	sealer *work.Sealing
}

func open(t *testing.T) installation {
	t.Helper()
	db := dbtest.Open(t)
	i := installation{db, t, &work.Sealing{Store: db.Chains(), Keys: dbtest.Keys, Now: time.Now}}
	i.insert("organizations", field("_id", "o1"))
	i.insert("organizations", field("_id", "o2"))
	for n := 1; n <= 3; n++ {
		i.submit(n)
		i.add(entry("o2", fmt.Sprint("b", n)))
	}
	i.seal()
	return i
}

func (i installation) raw(coll string) *mongo.Collection { return i.Chains().DB.Collection(coll) }

func entry(org, id string, details ...audit.Detail) audit.Entry {
	v := access.Viewer{Kind: access.Member, Org: org, User: "u1", Name: "大野", Roles: []access.Role{access.Owner}}
	return audit.New(v, id, begun, "supplier.changed", audit.Ref{Kind: "supplier", ID: "s1", Name: "架空精工"}, details...)
}

func (i installation) add(e audit.Entry) {
	i.t.Helper()
	if err := (mongodb.Audit{DB: i.DB}).Add(i.t.Context(), e); err != nil {
		i.t.Fatal(err)
	}
}

func (i installation) submit(n int) {
	i.t.Helper()
	sheet, name := fmt.Sprint("c1:s", n), fmt.Sprint("e", n)
	content := bytes.Repeat([]byte{byte(n)}, 300<<10)
	file := evidence.File{ID: "f" + name, Name: name + ".pdf", Size: int64(len(content)), SHA256: fmt.Sprintf("%x", sha256.Sum256(content))}
	if err := (mongodb.Evidence{DB: i.DB}).Put(i.t.Context(), file.ID, file.Name, bytes.NewReader(content)); err != nil {
		i.t.Fatal(err)
	}
	e := evidence.Evidence{ID: name, Org: "o1", Campaign: "c1", Assignment: sheet, Kind: "isms", Number: "IS 1", File: &file}
	sub := response.Submission{ID: response.SubmissionID(sheet, 1), Org: "o1", Campaign: "c1", Assignment: sheet, Revision: 1, SubmittedAt: begun,
		Answers: map[string]questionnaire.Answer{"q1": {Value: questionnaire.Done}}, Evidence: []evidence.Evidence{e}}
	sub.SHA256 = sub.Digest()
	for coll, doc := range map[string]any{"evidence": e, "submissions": sub} {
		if _, err := i.raw(coll).InsertOne(i.t.Context(), doc); err != nil {
			i.t.Fatal(err)
		}
	}
	told := audit.New(access.Supplier("o1", sheet, 1, "架空精工"), fmt.Sprint("a", n), begun, response.ActionSubmitted, audit.Ref{Kind: "assignment", ID: sheet},
		audit.Detail{Key: "revision", Value: "1"}, audit.Detail{Key: "sha256", Value: sub.SHA256})
	i.add(told)
}

func (i installation) seal() {
	i.t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = i.sealer.Once(i.t.Context()); err != nil && !errors.Is(err, work.ErrTampered) {
			i.t.Fatal(err)
		}
	}
}

// verify is all that does not hold, in words.
func (i installation) verify() []string {
	i.t.Helper()
	var out []string
	ctx, chains := i.t.Context(), i.Chains()
	strays, err := chains.Strays(ctx)
	if err != nil {
		i.t.Fatal(err)
	}
	for _, b := range strays {
		out = append(out, b.Error())
	}
	heads, err := chains.Organizations(ctx)
	if err != nil {
		i.t.Fatal(err)
	}
	for _, h := range heads {
		found, err := chains.Verify(ctx, h.Org)
		if b := new(audit.Break); errors.As(err, &b) {
			out = append(out, h.Org+" "+b.Error())
		} else if err != nil {
			i.t.Fatal(err)
		}
		for _, b := range found.Apart {
			out = append(out, b.Error())
		}
		if _, err := chains.Records(ctx, h.Org, func(err error) { out = append(out, err.Error()) }); err != nil {
			i.t.Fatal(err)
		}
	}
	return out
}

func (i installation) set(coll, id string, fields bson.D) {
	i.t.Helper()
	res, err := i.raw(coll).UpdateOne(i.t.Context(), bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$set", Value: fields}})
	if err != nil || res.ModifiedCount != 1 {
		i.t.Fatalf("change %s: %v %v", id, res, err)
	}
}

func (i installation) insert(coll string, doc any) {
	i.t.Helper()
	if _, err := i.raw(coll).InsertOne(i.t.Context(), doc); err != nil {
		i.t.Fatal(err)
	}
}

func (i installation) remove(coll string, filter bson.D) {
	i.t.Helper()
	if res, err := i.raw(coll).DeleteMany(i.t.Context(), filter); err != nil || res.DeletedCount == 0 {
		i.t.Fatalf("remove %v: %v %v", filter, res, err)
	}
}

func field(name string, value any) bson.D { return bson.D{{Key: name, Value: value}} }

// TestEachTamperingIsNamed changes what lies in the database, lets the sealer run on,
// and verifies.
func TestEachTamperingIsNamed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(i installation)
		want   []string // each in one of the findings
	}{
		{"nothing", func(installation) {}, nil},
		{"an altered row", func(i installation) { i.set("audit", "a2", field("record.name", "別の会社")) }, []string{"o1 audit chain broken at row 2 (entry a2): altered"}},
		{"a row of another type", func(i installation) { i.set("audit", "a2", field("at", "昨日")) }, []string{"row 2 (entry a2): altered"}},
		{"a removed row", func(i installation) { i.remove("audit", field("_id", "a1")) }, []string{"row 1 (entry a2): missing"}},
		{"a truncated tail", func(i installation) { i.remove("audit", field("_id", "a3")) }, []string{"row 3 (entry ): short"}},
		{"a truncated tail with the head", func(i installation) {
			var row audit.Entry
			_ = i.raw("audit").FindOne(i.t.Context(), field("_id", "a2")).Decode(&row)
			i.remove("audit", field("_id", "a3"))
			i.set("audit_heads", "o1", bson.D{{Key: "seq", Value: row.Seal.Seq}, {Key: "hash", Value: row.Seal.Hash}})
		}, []string{"row 2 (entry ): head-forged", "submission c1:s3:1: changed or put in"}},
		{"two rows swapped", func(i installation) {
			i.set("audit", "a1", field("seal.seq", int64(9)))
			i.set("audit", "a2", field("seal.seq", int64(1)))
			i.set("audit", "a1", field("seal.seq", int64(2)))
		}, []string{"row 1 (entry a2): relinked"}},
		{"a row twice", func(i installation) {
			var row audit.Entry
			_ = i.raw("audit").FindOne(i.t.Context(), field("_id", "a2")).Decode(&row)
			row.ID = "a9"
			i.insert("audit", row)
		}, []string{"row 3 (entry a9): missing"}},
		{"all hashed anew with another key", rehash, []string{"row 1 (entry a1): forged"}},
		{"a forged row that waits", func(i installation) { i.insert("audit", entry("o1", "z1")) }, []string{"audit entry z1: unsigned"}},
		{"a forged row with another's proof", func(i installation) {
			e := entry("o1", "z1")
			e.Proof = dbtest.Keys.Sign([]audit.Entry{entry("o1", "z2")})[0].Proof
			i.insert("audit", e)
		}, []string{"audit entry z1: forged"}},
		{"a row of no kind", func(i installation) {
			i.insert("audit", bson.D{{Key: "_id", Value: "z1"}, {Key: "org_id", Value: "o1"}, {Key: "at", Value: "x"}})
			i.insert("audit", bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "org_id", Value: "o1"}})
		}, []string{"audit entry z1: stray", "$oid"}},
		{"rows with places that are none", func(i installation) {
			for n, seal := range []any{field("seq", int64(0)), field("seq", int64(-1)), field("seq", "1"), bson.D{}, "sealed", field("seq", 2.5)} {
				i.insert("audit", bson.D{{Key: "_id", Value: fmt.Sprint("z", n)}, {Key: "org_id", Value: "o1"}, {Key: "seal", Value: seal}})
			}
		}, []string{"entry z0: stray", "entry z1: stray", "entry z2: stray", "entry z3: stray", "entry z4: stray", "row 3 (entry z5): altered"}},
		{"a row behind the end", func(i installation) {
			e := entry("o1", "z1")
			e.Seal = &audit.Seal{Seq: 1 << 40}
			i.insert("audit", e)
		}, []string{"(entry z1): beyond-head"}},
		{"rows of no organisation", func(i installation) {
			i.insert("audit", bson.D{{Key: "_id", Value: "z1"}})
			i.insert("audit", bson.D{{Key: "_id", Value: "z2"}, {Key: "org_id", Value: 7}})
		}, []string{"entry z1: stray", "entry z2: stray"}},
		{"a row held back", func(i installation) {
			i.add(entry("o1", "z1"))
			i.set("audit", "z1", field("refused", audit.Refused{Reason: "x"}))
		}, []string{"audit entry z1: held-back"}},
		{"the head removed", func(i installation) { i.remove("audit_heads", field("_id", "o1")) }, []string{"(entry a1): beyond-head"}},
		{"a trail removed with its head", func(i installation) {
			i.remove("audit", field("org_id", "o1"))
			i.remove("audit_heads", field("_id", "o1"))
		}, []string{"submission c1:s1:1: changed or put in"}}, // and the anchors tell, where there were none
		{"a changed submission", func(i installation) { i.set("submissions", "c1:s2:1", field("answers.q1.v", questionnaire.NotDone)) },
			[]string{"submission c1:s2:1: changed: its content"}},
		{"a changed submission with its hash", func(i installation) {
			var sub response.Submission
			_ = i.raw("submissions").FindOne(i.t.Context(), field("_id", "c1:s2:1")).Decode(&sub)
			sub.Declaration.Name = "別人"
			i.set("submissions", sub.ID, bson.D{{Key: "declaration.name", Value: "別人"}, {Key: "sha256", Value: sub.Digest()}})
		}, []string{"submission c1:s2:1: changed or put in"}},
		{"a removed submission", func(i installation) { i.remove("submissions", field("_id", "c1:s1:1")) }, []string{"submission c1:s1:1: gone"}},
		{"a removed organisation", func(i installation) { i.remove("organizations", field("_id", "o1")) }, []string{"organisation o1: gone"}},
		{"an unreadable submission", func(i installation) { i.set("submissions", "c1:s1:1", field("answers", 5)) }, []string{"submission c1:s1:1: changed"}},
		{"one byte of a file", func(i installation) {
			i.remove("files.chunks", bson.D{{Key: "files_id", Value: "fe2"}, {Key: "n", Value: 1}})
			i.insert("files.chunks", bson.D{{Key: "files_id", Value: "fe2"}, {Key: "n", Value: 1}, {Key: "data", Value: bson.Binary{Data: make([]byte, 45<<10)}}})
		}, []string{"file of evidence e2: changed"}},
		{"a file with its hash", func(i installation) { i.set("evidence", "e2", field("file.sha256", strings.Repeat("0", 64))) },
			[]string{"file of evidence e2: changed", "evidence e2: changed: it is not what the submission relies on"}},
		{"a file removed", func(i installation) { i.remove("files.chunks", field("files_id", "fe3")) }, []string{"file of evidence e3: gone"}},
		{"evidence removed", func(i installation) { i.remove("evidence", field("_id", "e3")) }, []string{"evidence e3: gone"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := open(t)
			if found := i.verify(); len(found) > 0 {
				t.Fatalf("before: %q", found)
			}
			tt.damage(i)
			i.add(entry("o2", "zz"))
			i.seal()
			found := i.verify()
			for _, want := range tt.want {
				if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, want) }) {
					t.Errorf("nothing says %q: %q", want, found)
				}
			}
			if tt.want == nil && len(found) > 0 {
				t.Errorf("found %q", found)
			}
			if slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, "o2") }) {
				t.Errorf("the other organisation: %q", found)
			}
			if head, err := i.Chains().Head(t.Context(), "o2"); err != nil || head.Seq != 4 {
				t.Errorf("the other organisation is sealed up to %d, %v", head.Seq, err)
			}
		})
	}
}

// rehash is the work of somebody who has the database, the program, and not the key.
func rehash(i installation) {
	ctx, other := i.t.Context(), audit.Keys{audit.NewKey("test")}
	var all []audit.Entry
	cursor, err := i.raw("audit").Find(ctx, field("org_id", "o1"), options.Find().SetSort(field("_id", 1)))
	if err == nil {
		err = cursor.All(ctx, &all)
	}
	if err != nil {
		i.t.Fatal(err)
	}
	for n := range all {
		all[n].Seal, all[n].Proof, all[n].Record.Name = nil, nil, "別の会社"
	}
	sealed, _, head := audit.Head{Org: "o1"}.SealAll(other, other.Sign(all), time.Now())
	i.remove("audit", field("org_id", "o1"))
	i.remove("audit_heads", field("_id", "o1"))
	for _, e := range sealed {
		i.insert("audit", e)
	}
	i.insert("audit_heads", head)
}

// A head that is not ours stops its own chain, and says so; the rest goes on.
func TestNothingIsSealedOntoAForeignHead(t *testing.T) {
	i := open(t)
	i.set("audit_heads", "o1", bson.D{{Key: "seq", Value: int64(2)}})
	i.add(entry("o1", "n1"))
	i.add(entry("o2", "n2"))
	var told []string
	for range 4 {
		if _, err := i.sealer.Once(t.Context()); err != nil {
			told = append(told, err.Error())
		}
	}
	if len(told) != 1 || !strings.Contains(told[0], "organisation o1 is forged") {
		t.Errorf("told %q", told)
	}
	if head, err := i.Chains().Head(t.Context(), "o2"); err != nil || head.Seq != 4 {
		t.Errorf("o2 is sealed up to %d, %v", head.Seq, err)
	}
}

// An entry of a key that is not known yet is taken once it is.
func TestARefusedEntryIsLookedAtAgain(t *testing.T) {
	i := open(t)
	newer := append(slices.Clone(dbtest.Keys), audit.NewKey("k2"))
	i.insert("audit", newer.Sign([]audit.Entry{entry("o1", "n1")})[0])
	if _, err := i.sealer.Once(t.Context()); !errors.Is(err, work.ErrTampered) || !strings.Contains(err.Error(), audit.UnknownKey) {
		t.Errorf("sealing says %v", err)
	}
	if err := i.sealer.Again(t.Context()); !errors.Is(err, work.ErrTampered) {
		t.Errorf("looking again says %v", err)
	}
	i.sealer.Keys = newer
	if err := i.sealer.Again(t.Context()); err != nil {
		t.Error(err)
	}
	i.seal()
	if head, err := i.Chains().Head(t.Context(), "o1"); err != nil || head.Seq != 4 {
		t.Errorf("sealed up to %d, %v", head.Seq, err)
	}
}

// What was there before the key is sealed as such, once; from then on nothing passes
// as older.
func TestWhatIsOlderThanTheKeyIsAdoptedOnce(t *testing.T) {
	i := installation{dbtest.Open(t), t, nil}
	ctx, chains := t.Context(), i.Chains()
	i.sealer = &work.Sealing{Store: chains, Keys: dbtest.Keys, Now: time.Now}
	var old []audit.Entry
	for n := range 3 {
		old = append(old, entry("o1", fmt.Sprint("a", n)))
	}
	sealed, head := audit.Head{Org: "o1"}.SealOld(old[:2], time.Now())
	for _, e := range append(sealed, old[2], entry("o2", "b1")) {
		i.insert("audit", e)
	}
	i.insert("audit_heads", head)
	i.add(entry("o1", "n1")) // by a process that is there already
	adopt := func() (int64, error) { return work.Adopt(context.WithoutCancel(ctx), chains, i.sealer) }
	if n, err := adopt(); n != 4 || err != nil {
		t.Fatalf("%d adopted, %v", n, err)
	}
	i.insert("audit", entry("o1", "z1"))
	if n, err := adopt(); n != 0 || err != nil {
		t.Errorf("%d adopted again, %v", n, err)
	}
	i.seal()
	found, err := chains.Verify(ctx, "o1")
	if err != nil || found.Rows != 4 || found.Old != 3 || len(found.Apart) != 1 || found.Apart[0].Reason != audit.Unsigned {
		t.Errorf("%+v, %v", found, err)
	}
	if err := chains.SetBegun(ctx, "test eA=="); err != nil {
		t.Fatal(err)
	}
	if _, err := adopt(); !errors.Is(err, work.ErrBegun) {
		t.Errorf("with a note that is not ours: %v", err)
	}
}
