package chain

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/meaning"
)

// Broken is a record that names another one that is not there.
type Broken struct{ From, ID, Field, To, Named string }

func (b *Broken) Error() string {
	return fmt.Sprintf("%s %s: its %s names %s of %s, which is not there", b.From, b.ID, b.Field, b.Named, b.To)
}

// Miscounted is a number that is kept, and is not what is there.
type Miscounted struct {
	What, ID   string
	Kept, Real int64
}

func (m *Miscounted) Error() string {
	return fmt.Sprintf("%s %s: %d are kept as the number, and %d are there", m.What, m.ID, m.Kept, m.Real)
}

// refers is a field of a record that names another one. What is empty names none.
type refers struct{ field, to string }

// names is what a record names by it, "" when nothing. The file of evidence that was taken
// back before anybody saw it is swept away, and its record stays.
func (r refers) names(raw bson.Raw) string {
	if r.field == fileID && !raw.Lookup(removedAt).IsZero() {
		if relied, _ := raw.Lookup(submitted).BooleanOK(); !relied {
			return ""
		}
	}
	return named(raw, r.field)
}

// The collections that only links name.
const (
	users       = "users"
	suppliers   = "suppliers"
	campaigns   = "campaigns"
	assignments = "assignments"
	directories = "directories"

	campaignID = "campaign_id"
	supplierID = "supplier_id"
	userID     = "user_id"
	fileID     = "file.id"
	removedAt  = "removed_at"
	submitted  = "submitted"
)

// references says which collections name which others, and by what.
func references() map[string][]refers {
	ofOrg := refers{org, organizations}
	all := map[string][]refers{
		"memberships": {ofOrg, {userID, users}},
		"invitations": {ofOrg},
		"sessions":    {{userID, users}},
		directories:   {{id, organizations}},
		suppliers:     {ofOrg},
		"imports":     {ofOrg},
		campaigns:     {ofOrg},
		assignments:   {ofOrg, {campaignID, campaigns}, {supplierID, suppliers}},
		"drafts":      {ofOrg, {id, assignments}, {campaignID, campaigns}},
		submissions:   {ofOrg, {assignment, assignments}, {campaignID, campaigns}},
		"reviews":     {ofOrg, {id, submissions}, {assignment, assignments}},
		evidences:     {ofOrg, {assignment, assignments}, {fileID, "files.files"}},
		documents:     {ofOrg, {campaignID, campaigns}, {fileID, "documents.files"}},
		"outbox":      {ofOrg, {assignment, assignments}, {campaignID, campaigns}},
		"jobs":        {ofOrg},
	}
	return all
}

// atOnce is how many records are held against the others at once.
const atOnce = 1000

// Links holds every record against those that it names, and files against their pieces, in
// bounded memory. Read is called with how many records were read. It may run while others
// write: what names something is read first, and looked at again when that is not there.
func (s Store) Links(ctx context.Context, read func(n int), tell func(error)) error {
	all := references()
	for _, from := range slices.Sorted(maps.Keys(all)) {
		if err := s.linksOf(ctx, from, all[from], read, tell); err != nil {
			return fmt.Errorf("look at %s: %w", from, err)
		}
	}
	for _, bucket := range []string{"files", documents, "uploads"} {
		if err := s.pieces(ctx, bucket, read, tell); err != nil {
			return fmt.Errorf("look at the files of %s: %w", bucket, err)
		}
	}
	return nil
}

// linksOf looks at the records of one collection.
func (s Store) linksOf(ctx context.Context, from string, to []refers, read func(n int), tell func(error)) error {
	fields := bson.D{}
	for _, r := range to {
		if r.field != id {
			fields = append(fields, is(r.field, 1))
		}
	}
	cursor, err := s.coll(from).Find(ctx, bson.D{over(id, "")}, options.Find().SetSort(up(id)).SetProjection(append(fields, is(id, 1), is(removedAt, 1), is(submitted, 1))).SetBatchSize(atOnce))
	var some []bson.Raw
	look := func() error {
		defer func() { read(len(some)); some = some[:0] }()
		for _, r := range to {
			if err := s.held(ctx, from, r, some, tell); err != nil {
				return err
			}
		}
		return nil
	}
	err = s.each(ctx, cursor, err, func(raw bson.Raw) error {
		if some = append(some, slices.Clone(raw)); len(some) < atOnce {
			return nil
		}
		return look()
	})
	if err == nil && len(some) > 0 {
		err = look()
	}
	return err
}

// named is what a record names by a field, "" when nothing.
func named(raw bson.Raw, field string) string {
	v, err := raw.LookupErr(strings.Split(field, ".")...)
	if err != nil {
		return ""
	}
	text, _ := v.StringValueOK()
	return text
}

// held tells of records whose field names what is not there.
func (s Store) held(ctx context.Context, from string, r refers, some []bson.Raw, tell func(error)) error {
	var ids []string
	for _, raw := range some {
		if n := r.names(raw); n != "" {
			ids = append(ids, n)
		}
	}
	there, err := s.there(ctx, r.to, ids)
	if err != nil {
		return err
	}
	for _, raw := range some {
		n := r.names(raw)
		if n == "" || there[n] {
			continue
		}
		still, err := s.coll(from).CountDocuments(ctx, bson.D{is(id, idOf(raw)), is(r.field, n)}, options.Count().SetHint(up(id)))
		if err != nil {
			return meaning.Of(err)
		}
		if still > 0 {
			tell(&Broken{from, idOf(raw), r.field, r.to, n})
		}
	}
	return nil
}

// there tells which records there are.
func (s Store) there(ctx context.Context, collection string, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	slices.Sort(ids)
	cursor, err := s.coll(collection).Find(ctx, bson.D{is(id, op("$in", slices.Compact(ids)))}, options.Find().SetProjection(up(id)).SetBatchSize(atOnce))
	err = s.each(ctx, cursor, err, func(raw bson.Raw) error {
		out[idOf(raw)] = true
		return nil
	})
	return out, err
}

// halfFor is for how long pieces may lie without their file: it is written after them, and
// what was cut off is swept away within hours.
const halfFor = 48 * time.Hour

// pieces holds the pieces of files against the files, and the files against the pieces.
func (s Store) pieces(ctx context.Context, bucket string, read func(n int), tell func(error)) error {
	var bound ulid.ULID
	if err := bound.SetTime(ulid.Timestamp(time.Now().Add(-halfFor))); err != nil {
		return err
	}
	files, chunks := bucket+".files", bucket+".chunks"
	first := bson.D{is("files_id", bson.D{is("$gt", ""), is("$lt", bound.String())}), is("n", 0)}
	cursor, err := s.coll(chunks).Find(ctx, first, options.Find().SetProjection(bson.D{is(id, 0), is("files_id", 1)}).
		SetSort(bson.D{is("files_id", 1), is("n", 1)}).SetBatchSize(atOnce))
	ids := map[string]bool{}
	look := func() error {
		there, err := s.there(ctx, files, slices.Collect(maps.Keys(ids)))
		for of := range ids {
			if err == nil && !there[of] {
				tell(&Broken{chunks, of, "files_id", files, of})
			}
		}
		read(len(ids))
		clear(ids)
		return err
	}
	err = s.each(ctx, cursor, err, func(raw bson.Raw) error {
		if ids[named(raw, "files_id")] = true; len(ids) < atOnce {
			return nil
		}
		return look()
	})
	if err == nil {
		err = look()
	}
	return err
}

// Counts holds the numbers that are kept of an organisation against what is there.
func (s Store) Counts(ctx context.Context, of string, tell func(error)) error {
	var wrong error
	err := s.InTx(ctx, func(ctx context.Context) error {
		wrong = nil // it may be run again
		var kept struct {
			Total *int64 `bson:"total"`
		}
		err := s.coll(directories).FindOne(ctx, bson.D{is(id, of)}).Decode(&kept)
		if err != nil || kept.Total == nil {
			return err
		}
		n, err := s.coll(suppliers).CountDocuments(ctx, bson.D{is(org, of)})
		if err == nil && n != *kept.Total {
			wrong = &Miscounted{"suppliers of the directory", of, *kept.Total, n}
		}
		return err
	})
	if wrong != nil {
		tell(wrong)
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	cursor, err := s.coll(campaigns).Find(ctx, bson.D{is(org, of), is("state", op("$in", bson.A{campaign.Open, campaign.Closed}))},
		options.Find().SetProjection(bson.D{is("asked", 1)}).SetBatchSize(atOnce))
	return s.each(ctx, cursor, err, func(raw bson.Raw) error {
		var kept struct {
			ID    string `bson:"_id"`
			Asked int64  `bson:"asked"`
		}
		if err := bson.Unmarshal(raw, &kept); err != nil {
			tell(fmt.Errorf("campaign %s: it cannot be read", idOf(raw)))
			return nil
		}
		n, err := s.coll(assignments).CountDocuments(ctx, bson.D{is(org, of), is(campaignID, kept.ID)})
		if err == nil && n != kept.Asked {
			tell(&Miscounted{"requests of campaign", kept.ID, kept.Asked, n})
		}
		return meaning.Of(err)
	})
}
