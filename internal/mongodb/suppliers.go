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
	"tsunagi/internal/mongodb/shape"
	"tsunagi/internal/supplier"
)

// Suppliers keeps the buyer's directory and the lists that are imported into it.
type Suppliers struct{ *DB }

var _ supplier.Store = Suppliers{}

// List implements supplier.Reader, by kana.
func (s Suppliers) List(ctx context.Context, v access.Viewer, f supplier.Filter) ([]supplier.Supplier, bool, error) {
	filter := visible(v)
	if f.Tag != "" {
		filter = append(filter, eq(fieldTags, f.Tag))
	}
	if f.Tier != nil {
		filter = append(filter, eq(fieldTier, *f.Tier))
	}
	if f.Ended != nil {
		filter = append(filter, ended(*f.Ended))
	}
	return readPage[supplier.Supplier](ctx, s.coll(colSuppliers), listing{filter: filter, query: f.Search, order: byKana,
		fields: withoutKeys, page: f.Page, size: f.Size})
}

// ended holds for those from which nothing is bought any more, or for the others.
func ended(yes bool) bson.E {
	if yes {
		return eq(fieldEnded, true)
	}
	return ne(fieldEnded, true)
}

// Get implements supplier.Reader.
func (s Suppliers) Get(ctx context.Context, v access.Viewer, id string) (supplier.Supplier, error) {
	return findOne[supplier.Supplier](ctx, s.coll(colSuppliers), visible(v, eq(fieldID, id)))
}

// codesAtOnce bounds the list in one query.
const codesAtOnce = 5000

// ByCodes implements supplier.Reader.
func (s Suppliers) ByCodes(ctx context.Context, v access.Viewer, codes []string) (map[string]supplier.Supplier, error) {
	out := make(map[string]supplier.Supplier, len(codes))
	for len(codes) > 0 {
		part := codes[:min(len(codes), codesAtOnce)]
		codes = codes[len(part):]
		rows, err := findAll[supplier.Supplier](ctx, s.coll(colSuppliers), visible(v, oneOf(fieldCode, part)))
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
	}{{fieldCodeKey, a.Keys}, {fieldCorporateNumber, a.Numbers}} {
		for part := range slices.Chunk(by.of, codesAtOnce) {
			rows, err := findAll[supplier.Supplier](ctx, s.coll(colSuppliers), visible(v, oneOf(by.field, part)),
				options.Find().SetProjection(withoutKeys))
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
	cursor, err := s.coll(colSuppliers).Find(ctx, visible(v), options.Find().SetSort(sorted(fieldCode)).SetProjection(withoutKeys))
	if err != nil {
		return known(err)
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
	return known(cursor.Err())
}

// Insert implements supplier.Store.
func (s Suppliers) Insert(ctx context.Context, sup supplier.Supplier, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		if _, err := s.coll(colSuppliers).InsertOne(ctx, sup); err != nil {
			return known(err)
		}
		if err := s.keepStock(ctx, sup.Org, 1, sup); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// byCampaigns are the fields of a supplier that campaigns write.
var byCampaigns = []string{fieldAskedAt, fieldAskedUntil}

// optionalFields are those that a record may lack.
var optionalFields = shape.Omitted(reflect.TypeFor[supplier.Supplier]())

// changed sets the fields of a record but those that campaigns write.
func changed(sup supplier.Supplier) bson.D {
	fields, _ := shape.Without(sup, fieldID).(bson.D)
	keep, gone := bson.D{}, []string{}
	given := map[string]bool{}
	for _, f := range fields {
		given[f.Key] = true
		if !slices.Contains(byCampaigns, f.Key) && f.Key != fieldCreatedAt {
			keep = append(keep, f)
		}
	}
	for _, key := range optionalFields {
		if !given[key] && !slices.Contains(byCampaigns, key) {
			gone = append(gone, key)
		}
	}
	change := update(set(keep...))
	if len(gone) > 0 {
		change = append(change, unset(gone...))
	}
	return change
}

// Update implements supplier.Store. The revision lets one of two changes through.
func (s Suppliers) Update(ctx context.Context, v access.Viewer, sup supplier.Supplier, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colSuppliers).UpdateOne(ctx, visible(v, eq(fieldID, sup.ID), eq(fieldRevision, sup.Revision-1)), changed(sup))
		if err != nil {
			return known(err)
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err := s.keepStock(ctx, v.Org, 0, sup); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// StartImport implements supplier.Store. Two clicks start one job.
func (s Suppliers) StartImport(ctx context.Context, v access.Viewer, i supplier.Import, total int, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colImports).UpdateOne(ctx, visible(v, eq(fieldID, i.ID), eq(fieldStarted, false)),
			update(set(to(fieldStarted, true), to(fieldExpiresAt, i.ExpiresAt), to(fieldResult, supplier.Result{}))))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		if err := Jobs(s).Add(ctx, s.order(v, s.orders.Import(), i.ID, total)); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}
