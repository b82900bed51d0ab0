package mongodb

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/supplier"
)

// colDirectories has one record an organisation, under its id: what lists tell of
// the whole directory, kept so that no page counts ten thousand suppliers.
const colDirectories = "directories"

// maxTags bounds the tags kept for filtering.
const maxTags = 200

// Directory implements supplier.Reader.
func (s Suppliers) Directory(ctx context.Context, v access.Viewer) (supplier.Directory, error) {
	if !sees(v, v.Org) {
		return supplier.Directory{}, nil
	}
	d, err := findOne[supplier.Directory](ctx, s.coll(colDirectories), visible(v, eq(fieldID, v.Org), gte(fieldTotal, 0)))
	if fault.KindOf(err) == fault.NotFound {
		return s.takeStock(ctx, v)
	}
	return d, err
}

// takeStock counts: once for a directory that nobody has counted yet, and after a list
// was taken in, which forgets the tags that nobody has any more. Whoever adds a
// supplier meanwhile writes the same record, so one of the two begins again.
func (s Suppliers) takeStock(ctx context.Context, v access.Viewer) (d supplier.Directory, err error) {
	err = s.inTx(ctx, func(ctx context.Context) error {
		n, err := s.coll(colSuppliers).CountDocuments(ctx, visible(v))
		if err != nil {
			return err
		}
		tags := []string{}
		if err := s.coll(colSuppliers).Distinct(ctx, fieldTags, visible(v)).Decode(&tags); err != nil {
			return err
		}
		slices.Sort(tags)
		return s.coll(colDirectories).FindOneAndUpdate(ctx, of(v.Org, eq(fieldID, v.Org)), update(set(
			to(fieldTotal, n), to(fieldTags, tags[:min(len(tags), maxTags)]))),
			options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(&d)
	})
	return d, err
}

// keepStock adds a change to the directory's record. It runs in the transaction of the
// change. Where nobody has counted yet it makes a record without a number, so that it gets
// in the way of whoever counts at this moment; the next reader counts.
func (s Suppliers) keepStock(ctx context.Context, org string, added int, suppliers ...supplier.Supplier) error {
	tags := []string{}
	for _, one := range suppliers {
		tags = append(tags, one.Tags...)
	}
	// $setUnion sorts, as far as it does at all, by the order of strings; the slice
	// bounds what a list with a tag of its own in every row can do.
	union := op("$setUnion", bson.A{ref(fieldTags), tags})
	_, err := s.coll(colDirectories).UpdateOne(ctx, of(org, eq(fieldID, org)), bson.A{update(set(
		to(fieldTotal, op("$add", bson.A{ref(fieldTotal), added})), // none stays none
		to(fieldState, plus(fieldState, 1)),
		to(fieldTags, op("$slice", bson.A{union, maxTags}))))}, options.UpdateOne().SetUpsert(true))
	return err
}
