// Package address keeps what hangs on the address of a request: by what it is found, and
// whether the directory has another one. Whatever changes the one or the other address
// calls it, in its own transaction.
package address

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/supplier"
)

// FoundBy lets the search find a request by the names and addresses of its new people,
// too; nothing where there are none, or it is not searched at all. Lists of requests are
// read without what they are found by, so that it is looked up here.
func FoundBy(ctx context.Context, d *store.DB, org, id string, people ...string) (bson.D, error) {
	if len(people) == 0 {
		return nil, nil
	}
	a, err := query.FindOne[campaign.Assignment](ctx, d.Coll(store.Assignments), query.Of(org, query.Eq(field.ID, id)),
		options.FindOne().SetProjection(query.Only(field.Search, field.Texts)))
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound, err == nil && len(a.Search) == 0:
		return nil, nil
	case err != nil:
		return nil, err
	}
	keys := supplier.KeysOf(people...)
	lists := bson.D{query.To(field.Search, keys.Grams)}
	if len(a.Texts) > 0 { // else its grams alone decide, and go on doing so
		lists = append(lists, query.To(field.Texts, keys.Texts))
	}
	return bson.D{query.Include(lists...)}, nil
}

// elsewhere is the change that notes the directory's address on requests that have
// another one, and takes the note off the others. by is the import that brought the
// address, which stays noted as long as the address does.
func elsewhere(email, by string) mongo.Pipeline {
	address := campaign.Carries(email)
	if address == "" {
		return mongo.Pipeline{query.Op("$unset", bson.A{field.Elsewhere, field.ElsewhereBy})}
	}
	const gone = "$$REMOVE"
	is, from := query.Op("$literal", address), any(gone)
	if by != "" {
		from = query.Op("$literal", by)
	}
	nobodyElse := query.Op("$eq", bson.A{query.Op("$ifNull", bson.A{query.Ref(field.Former), nil}), nil})
	differs := bson.D{query.And(query.Op("$ne", bson.A{query.Ref(field.Email), is}), nobodyElse)}
	stays := query.Op("$cond", bson.A{query.Op("$eq", bson.A{query.Ref(field.Elsewhere), is}), query.Ref(field.ElsewhereBy), from})
	return mongo.Pipeline{query.Update(query.Set(
		query.To(field.Elsewhere, query.Op("$cond", bson.A{differs, is, gone})),
		query.To(field.ElsewhereBy, query.Op("$cond", bson.A{differs, stays, gone}))))}
}

// Note notes on the requests of suppliers where the directory is now, see
// elsewhere. It is part of the transaction in which their addresses change.
func Note(ctx context.Context, d *store.DB, org, by string, suppliers ...supplier.Supplier) error {
	if len(suppliers) == 0 {
		return nil
	}
	changes := make([]mongo.WriteModel, len(suppliers))
	for i, one := range suppliers {
		changes[i] = mongo.NewUpdateManyModel().SetFilter(query.Of(org, query.Eq(field.Supplier, one.ID))).SetUpdate(elsewhere(one.Email, by))
	}
	_, err := d.Coll(store.Assignments).BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(false))
	return err
}

// Look is Note for a request whose own address changes. Whoever changes
// the directory at this moment writes the same note, so that one of the two begins again.
func Look(ctx context.Context, d *store.DB, org, id string) error {
	one, err := query.FindOne[supplier.Supplier](ctx, d.Coll(store.Suppliers), query.Of(org, query.Eq(field.ID, id)), options.FindOne().SetProjection(query.Only(field.Email)))
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	return Note(ctx, d, org, "", supplier.Supplier{ID: id, Email: one.Email})
}
