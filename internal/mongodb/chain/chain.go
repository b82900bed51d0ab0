// Package chain keeps the chains of the audit trail: what the sealer reads and writes,
// and what the verifier walks. It asks for records of every organisation, and has no
// viewer: nothing of it is for pages.
package chain

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/meaning"
)

// Store keeps the chains of a database.
type Store struct {
	DB   *mongo.Database
	Keys audit.Keys
	// InTx runs a change.
	InTx func(ctx context.Context, fn func(ctx context.Context) error) error
}

// The collections, and the fields that are asked of them.
const (
	entries       = "audit"
	heads         = "audit_heads"
	marks         = "marks"
	organizations = "organizations"

	id      = "_id"
	org     = "org_id"
	seal    = "seal"
	sealSeq = "seal.seq"
	refused = "refused"
	reason  = "refused.reason"
	seq     = "seq"
	hash    = "hash"
	value   = "value"
)

// begun names the note that the trail is proven.
const begun = "trail-proven"

func is(field string, v any) bson.E      { return bson.E{Key: field, Value: v} }
func op(name string, v any) bson.D       { return bson.D{{Key: name, Value: v}} }
func over(field string, v any) bson.E    { return is(field, op("$gt", v)) }
func notOver(field string, v any) bson.E { return is(field, op("$not", op("$gt", v))) }
func up(field string) bson.D             { return bson.D{is(field, 1)} }

func (s Store) coll(name string) *mongo.Collection { return s.DB.Collection(name) }

// waits holds for what is neither sealed nor refused.
func waits(more ...bson.E) bson.D { return append(bson.D{is(sealSeq, nil), is(reason, nil)}, more...) }

// Unsealed implements work.SealStore.
func (s Store) Unsealed(ctx context.Context, n int, except []string) (audit.Head, []audit.Entry, error) {
	// Rows that are none, by their ids and organisations, are left to the verifier.
	filter := waits(over(id, ""), over(org, ""))
	if len(except) > 0 {
		filter = append(filter, is("$nor", bson.A{bson.D{is(org, op("$in", except))}}))
	}
	var first struct {
		Org string `bson:"org_id"`
	}
	err := s.coll(entries).FindOne(ctx, filter, options.FindOne().SetSort(up(id)).SetProjection(bson.D{is(org, 1)})).Decode(&first)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return audit.Head{}, nil, nil
	}
	if err != nil {
		return audit.Head{}, nil, meaning.Of(err)
	}
	return s.UnsealedOf(ctx, first.Org, n)
}

// Waits tells when the oldest entry was written that waits to be sealed, the zero time
// when none does.
func (s Store) Waits(ctx context.Context) (time.Time, error) {
	var first struct {
		At time.Time `bson:"at"`
	}
	err := s.coll(entries).FindOne(ctx, waits(over(id, ""), over(org, "")), options.FindOne().SetSort(up(id)).SetProjection(bson.D{is("at", 1)})).Decode(&first)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return time.Time{}, nil
	}
	return first.At, meaning.Of(err)
}

// UnsealedOf implements work.AdoptStore.
func (s Store) UnsealedOf(ctx context.Context, of string, n int) (audit.Head, []audit.Entry, error) {
	head, err := s.Head(ctx, of)
	if err != nil {
		return head, nil, err
	}
	all, err := s.read(ctx, waits(over(id, ""), is(org, of)), options.Find().SetSort(up(id)).SetLimit(int64(n)))
	return head, all, err
}

// read gives the entries that match. A row that is none stands among them by its id,
// with a seal of no place: no sealer takes it.
func (s Store) read(ctx context.Context, filter bson.D, opts *options.FindOptionsBuilder) ([]audit.Entry, error) {
	var out []audit.Entry
	cursor, err := s.coll(entries).Find(ctx, filter, opts)
	err = s.each(ctx, cursor, err, func(raw bson.Raw) error {
		var e audit.Entry
		if bson.Unmarshal(raw, &e) != nil {
			of, _ := raw.Lookup(org).StringValueOK()
			e = audit.Entry{ID: idOf(raw), Org: of, Seal: &audit.Seal{}}
		}
		out = append(out, e)
		return nil
	})
	return out, err
}

// Head is the end of an organisation's chain, empty before the first seal.
func (s Store) Head(ctx context.Context, of string) (audit.Head, error) {
	var head audit.Head
	err := s.coll(heads).FindOne(ctx, bson.D{is(id, of)}).Decode(&head)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return audit.Head{Org: of}, nil
	}
	return head, meaning.Of(err)
}

// Seal implements work.SealStore and work.AdoptStore.
func (s Store) Seal(ctx context.Context, before, after audit.Head, sealed, refusals []audit.Entry) error {
	var writes []mongo.WriteModel
	for _, e := range sealed {
		writes = append(writes, mongo.NewUpdateOneModel().SetFilter(waits(is(id, e.ID))).SetUpdate(op("$set", bson.D{is(seal, e.Seal)})))
	}
	for _, e := range refusals {
		writes = append(writes, mongo.NewUpdateOneModel().SetFilter(waits(is(id, e.ID))).SetUpdate(op("$set", bson.D{is(refused, e.Refused)})))
	}
	return s.InTx(ctx, func(ctx context.Context) error {
		if len(sealed) > 0 || len(refusals) == 0 {
			if err := s.moveHead(ctx, before, after); err != nil {
				return err
			}
		}
		if len(writes) == 0 {
			return nil
		}
		res, err := s.coll(entries).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
		if err == nil && res.MatchedCount != int64(len(writes)) {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		return err
	})
}

func (s Store) moveHead(ctx context.Context, before, after audit.Head) error {
	if before.Seq == 0 {
		_, err := s.coll(heads).InsertOne(ctx, after)
		return err
	}
	res, err := s.coll(heads).ReplaceOne(ctx, bson.D{is(id, before.Org), is(seq, before.Seq), is(hash, before.Hash)}, after)
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	return err
}

// Refused implements work.SealStore.
func (s Store) Refused(ctx context.Context, n int) ([]audit.Entry, error) {
	return s.read(ctx, bson.D{is(sealSeq, nil), over(reason, "")}, options.Find().SetSort(bson.D{is(reason, 1), is(id, 1)}).SetLimit(int64(n)))
}

// Release implements work.SealStore.
func (s Store) Release(ctx context.Context, e audit.Entry) error {
	_, err := s.coll(entries).UpdateOne(ctx, bson.D{is(id, e.ID), is(sealSeq, nil)}, op("$unset", bson.D{is(refused, "")}))
	return meaning.Of(err)
}

// Append implements work.LoseStore.
func (s Store) Append(ctx context.Context, e audit.Entry) error {
	_, err := s.coll(entries).InsertOne(ctx, s.Keys.Sign([]audit.Entry{e})[0])
	return meaning.Of(err)
}

// Begun implements work.AdoptStore.
func (s Store) Begun(ctx context.Context) (string, error) {
	var note struct {
		Value string `bson:"value"`
	}
	err := s.coll(marks).FindOne(ctx, bson.D{is(id, begun)}).Decode(&note)
	if errors.Is(err, mongo.ErrNoDocuments) {
		err = nil
	}
	return note.Value, meaning.Of(err)
}

// SetBegun implements work.AdoptStore.
func (s Store) SetBegun(ctx context.Context, note string) error {
	_, err := s.coll(marks).UpdateOne(ctx, bson.D{is(id, begun)}, op("$set", bson.D{is(value, note)}), options.UpdateOne().SetUpsert(true))
	return meaning.Of(err)
}

// Organizations lists the organisations that there are or that have entries, each with
// the head of its chain; a chain whose head is gone has an empty one, and does not
// verify.
func (s Store) Organizations(ctx context.Context) ([]audit.Head, error) {
	cursor, err := s.coll(heads).Find(ctx, bson.D{}, options.Find().SetHint(up(id)))
	if err != nil {
		return nil, meaning.Of(err)
	}
	var all []audit.Head
	if err := cursor.All(ctx, &all); err != nil {
		return nil, meaning.Of(err)
	}
	for _, of := range []struct{ coll, field string }{{entries, org}, {organizations, id}, {submissions, org}} {
		var names []string
		if err := s.coll(of.coll).Distinct(ctx, of.field, bson.D{over(of.field, "")}).Decode(&names); err != nil {
			return nil, meaning.Of(err)
		}
		for _, name := range names {
			if !slices.ContainsFunc(all, func(h audit.Head) bool { return h.Org == name }) {
				all = append(all, audit.Head{Org: name})
			}
		}
	}
	slices.SortFunc(all, func(a, b audit.Head) int { return strings.Compare(a.Org, b.Org) })
	return all, nil
}
