package mongodb

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/supplier"
)

// maxTags bounds the tags kept for filtering.
const maxTags = 200

// Directory implements supplier.Reader.
func (s Suppliers) Directory(ctx context.Context, v access.Viewer) (supplier.Directory, error) {
	if !query.Sees(v, v.Org) {
		return supplier.Directory{}, nil
	}
	d, err := query.FindOne[supplier.Directory](ctx, s.Coll(store.Directories), query.Visible(v, query.Eq(field.ID, v.Org), query.Gte(field.Total, 0)))
	if fault.KindOf(err) == fault.NotFound {
		return s.takeStock(ctx, v)
	}
	return d, err
}

// takeStock counts: once for a directory that nobody has counted yet, and after a list
// was taken in, which forgets the tags that nobody has any more. Whoever adds a
// supplier meanwhile writes the same record, so one of the two begins again.
func (s Suppliers) takeStock(ctx context.Context, v access.Viewer) (d supplier.Directory, err error) {
	err = s.InTx(ctx, func(ctx context.Context) error {
		n, err := s.Coll(store.Suppliers).CountDocuments(ctx, query.Visible(v))
		if err != nil {
			return err
		}
		tags := []string{}
		if err := s.Coll(store.Suppliers).Distinct(ctx, field.Tags, query.Visible(v)).Decode(&tags); err != nil {
			return err
		}
		slices.Sort(tags)
		return s.Coll(store.Directories).FindOneAndUpdate(ctx, query.Of(v.Org, query.Eq(field.ID, v.Org)), query.Update(query.Set(
			query.To(field.Total, n), query.To(field.Tags, tags[:min(len(tags), maxTags)]))),
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
	union := query.Op("$setUnion", bson.A{query.Ref(field.Tags), tags})
	_, err := s.Coll(store.Directories).UpdateOne(ctx, query.Of(org, query.Eq(field.ID, org)), bson.A{query.Update(query.Set(
		query.To(field.Total, query.Op("$add", bson.A{query.Ref(field.Total), added})), // none stays none
		query.To(field.State, query.Plus(field.State, 1)),
		query.To(field.Tags, query.Op("$slice", bson.A{union, maxTags}))))}, options.UpdateOne().SetUpsert(true))
	return err
}
