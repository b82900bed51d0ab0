package mongodb

import (
	"context"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/shape"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
)

// Raw is a collection without its store, for tests that set records up.
func (d *DB) Raw(name string) *mongo.Collection { return d.Coll(name) }

// Owe is a change that owes a message, for tests of what holds for all of them.
func (d *DB) Owe(ctx context.Context, m notify.Message) error {
	return d.Record(ctx, nil, []notify.Message{m})
}

// KeepStock is the part of a change by which a directory's numbers follow it.
func (s Suppliers) KeepStock(ctx context.Context, org string, added int) error {
	return s.keepStock(ctx, org, added)
}

// AddEntry is the smallest change: an entry alone.
func (d *DB) AddEntry(ctx context.Context, e audit.Entry) error {
	return d.InTx(ctx, func(ctx context.Context) error { return d.Record(ctx, []audit.Entry{e}, nil) })
}

// OfOrganizations tells whether a collection's records belong to organisations. A
// session belongs to a person, and only says where that person looks.
func OfOrganizations(collection string) bool {
	c, ours := contents()[collection]
	return ours && collection != store.Sessions && slices.Contains(c.paths(), field.Org)
}

// Unlisted gives those of the fields that the start does not hold against the records
// of a collection; none of a collection that keeps no records of ours.
func Unlisted(collection string, fields []string) []string {
	c, ours := contents()[collection]
	if !ours {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return shape.Has(c.asked, f) })
}

// Unkept gives those of the paths that the records of a collection do not have; none of
// a collection that keeps no records of ours.
func Unkept(collection string, paths []string) []string {
	c, ours := contents()[collection]
	if !ours {
		return nil
	}
	known := c.paths()
	return slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return shape.Has(known, p) })
}

// AskedAtStart are the fields that the start holds against records.
func AskedAtStart() []string {
	var all []string
	for c := range maps.Values(contents()) {
		all = append(all, c.asked...)
	}
	return all
}

// CheckFields is the check at the start, with one more field that queries of a
// collection name.
func CheckFields(collection string, more ...string) error {
	all := contents()
	c := all[collection]
	c.asked = append(slices.Clone(c.asked), more...)
	all[collection] = c
	return checkFields(all)
}

// CheckRecord is the check at the start, as if a collection kept another record.
func CheckRecord(collection string, record any) error {
	all := contents()
	c := all[collection]
	c.record = record
	all[collection] = c
	return checkFields(all)
}
