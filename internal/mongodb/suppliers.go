package mongodb

import (
	"context"
	"reflect"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/address"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/shape"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/supplier"
)

// Suppliers keeps the buyer's directory and the lists that are imported into it.
type Suppliers struct{ *DB }

var _ supplier.Store = Suppliers{}

// List implements supplier.Reader, by kana.
func (s Suppliers) List(ctx context.Context, v access.Viewer, f supplier.Filter) ([]supplier.Supplier, bool, error) {
	filter := query.Visible(v)
	if f.Tag != "" {
		filter = append(filter, query.Eq(field.Tags, f.Tag))
	}
	if f.Tier != nil {
		filter = append(filter, query.Eq(field.Tier, *f.Tier))
	}
	if f.Ended != nil {
		filter = append(filter, ended(*f.Ended))
	}
	return query.ReadPage[supplier.Supplier](ctx, s.Coll(store.Suppliers), query.Listing{Filter: filter, Search: f.Search, Order: byKana,
		Fields: query.WithoutKeys, Page: f.Page, Size: f.Size})
}

// ended holds for those from which nothing is bought any more, or for the others.
func ended(yes bool) bson.E {
	if yes {
		return query.Eq(field.Ended, true)
	}
	return query.Ne(field.Ended, true)
}

// Get implements supplier.Reader.
func (s Suppliers) Get(ctx context.Context, v access.Viewer, id string) (supplier.Supplier, error) {
	return query.FindOne[supplier.Supplier](ctx, s.Coll(store.Suppliers), query.Visible(v, query.Eq(field.ID, id)))
}

// codesAtOnce bounds the list in one query.
const codesAtOnce = 5000

// ByCodes implements supplier.Reader.
func (s Suppliers) ByCodes(ctx context.Context, v access.Viewer, codes []string) (map[string]supplier.Supplier, error) {
	out := make(map[string]supplier.Supplier, len(codes))
	for len(codes) > 0 {
		part := codes[:min(len(codes), codesAtOnce)]
		codes = codes[len(part):]
		rows, err := query.FindAll[supplier.Supplier](ctx, s.Coll(store.Suppliers), query.Visible(v, query.OneOf(field.Code, part)))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Code] = r
		}
	}
	return out, nil
}

// Meant implements supplier.Reader, without what suppliers are searched by: of whom the
// list changes, that is derived anew.
func (s Suppliers) Meant(ctx context.Context, v access.Viewer, a supplier.Asked) ([]supplier.Supplier, error) {
	var out []supplier.Supplier
	for _, by := range []struct {
		field string
		of    []string
	}{{field.CodeKey, a.Keys}, {field.CorporateNumber, a.Numbers}} {
		for part := range slices.Chunk(by.of, codesAtOnce) {
			rows, err := query.FindAll[supplier.Supplier](ctx, s.Coll(store.Suppliers), query.Visible(v, query.OneOf(by.field, part)),
				options.Find().SetProjection(query.WithoutKeys))
			if err != nil {
				return nil, err
			}
			out = append(out, rows...)
		}
	}
	return out, nil
}

// Each implements supplier.Reader.
func (s Suppliers) Each(ctx context.Context, v access.Viewer, each func(supplier.Supplier) error) error {
	cursor, err := s.Coll(store.Suppliers).Find(ctx, query.Visible(v), options.Find().SetSort(query.Sorted(field.Code)).SetProjection(query.WithoutKeys))
	if err != nil {
		return meaning.Of(err)
	}
	defer func() { _ = cursor.Close(ctx) }()
	for cursor.Next(ctx) {
		var one supplier.Supplier
		if err := cursor.Decode(&one); err != nil {
			return err
		}
		if err := each(one); err != nil {
			return err
		}
	}
	return meaning.Of(cursor.Err())
}

// Insert implements supplier.Store.
func (s Suppliers) Insert(ctx context.Context, sup supplier.Supplier, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.Coll(store.Suppliers).InsertOne(ctx, sup); err != nil {
			return meaning.Of(err)
		}
		if err := s.keepStock(ctx, sup.Org, 1, sup); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// byCampaigns are the fields of a supplier that campaigns write.
var byCampaigns = []string{field.AskedAt, field.AskedUntil}

// optionalFields are those that a record may lack.
var optionalFields = shape.Omitted(reflect.TypeFor[supplier.Supplier]())

// changed sets the fields of a record but those that campaigns write.
func changed(sup supplier.Supplier) bson.D {
	fields, _ := shape.Without(sup, field.ID).(bson.D)
	keep, gone := bson.D{}, []string{}
	given := map[string]bool{}
	for _, f := range fields {
		given[f.Key] = true
		if !slices.Contains(byCampaigns, f.Key) && f.Key != field.CreatedAt {
			keep = append(keep, f)
		}
	}
	for _, key := range optionalFields {
		if !given[key] && !slices.Contains(byCampaigns, key) {
			gone = append(gone, key)
		}
	}
	change := query.Update(query.Set(keep...))
	if len(gone) > 0 {
		change = append(change, query.Unset(gone...))
	}
	return change
}

// Update implements supplier.Store. The revision lets one of two changes through.
func (s Suppliers) Update(ctx context.Context, v access.Viewer, sup supplier.Supplier, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Suppliers).UpdateOne(ctx, query.Visible(v, query.Eq(field.ID, sup.ID), query.Eq(field.Revision, sup.Revision-1)), changed(sup))
		if err != nil {
			return meaning.Of(err)
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err := s.keepStock(ctx, v.Org, 0, sup); err != nil {
			return err
		}
		if err := address.Note(ctx, s.DB.DB, v.Org, "", sup); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// StartImport implements supplier.Store. Two clicks start one job.
func (s Suppliers) StartImport(ctx context.Context, v access.Viewer, i supplier.Import, total int, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Imports).UpdateOne(ctx, query.Visible(v, query.Eq(field.ID, i.ID), query.Eq(field.Started, false)),
			query.Update(query.Set(query.To(field.Started, true), query.To(field.ExpiresAt, i.ExpiresAt), query.To(field.Result, supplier.Result{}))))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err := s.Jobs().Add(ctx, s.Order(v, s.Orders.Import(), i.ID, total)); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}
