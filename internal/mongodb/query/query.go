// Package query has the words of which filters, changes and indexes are made, and says
// who sees what.
package query

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/mongodb/field"
)

// The words of which filters and changes are made, so that brackets do not go four
// deep. Fields are named by the constants of room field.

// Eq holds when the field has the value; with nil, also when there is no field.
func Eq(field string, value any) bson.E { return bson.E{Key: field, Value: value} }

func Ne(field string, value any) bson.E  { return Eq(field, Op("$ne", value)) }
func Gt(field string, value any) bson.E  { return Eq(field, Op("$gt", value)) }
func Gte(field string, value any) bson.E { return Eq(field, Op("$gte", value)) }
func Lt(field string, value any) bson.E  { return Eq(field, Op("$lt", value)) }
func Lte(field string, value any) bson.E { return Eq(field, Op("$lte", value)) }

// Between holds from a value, which is within, to another, which is not.
func Between(field string, from, below any) bson.E {
	return Eq(field, bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: below}})
}

// NotYet holds when the field is below the value, or not there.
func NotYet(field string, value any) bson.E { return Eq(field, Op("$not", Op("$gte", value))) }

// OneOf holds when the field has one of the values, noneOf when it has none of them.
func OneOf[T any](field string, values []T) bson.E  { return Eq(field, Op("$in", values)) }
func NoneOf[T any](field string, values []T) bson.E { return Eq(field, Op("$nin", values)) }

// AllOf holds when the list in the field has all of the values.
func AllOf[T any](field string, values []T) bson.E { return Eq(field, Op("$all", values)) }

// Some holds when one item of a list fulfils every condition; they name fields of the
// items with the list's own name before.
func Some(list string, conditions ...bson.E) bson.E {
	each := make(bson.D, len(conditions))
	for i, c := range conditions {
		each[i] = Eq(strings.TrimPrefix(c.Key, list+"."), c.Value)
	}
	return Eq(list, Op("$elemMatch", each))
}

func Exists(field string) bson.E  { return Eq(field, Op("$exists", true)) }
func Missing(field string) bson.E { return Eq(field, Op("$exists", false)) }

func And(filters ...bson.D) bson.E { return Eq("$and", filters) }
func Or(filters ...bson.D) bson.E  { return Eq("$or", filters) }
func Nor(filters ...bson.D) bson.E { return Eq("$nor", filters) }

func ByID(id string) bson.D { return bson.D{Eq(field.ID, id)} }

// Keyed names one entry of a map: the field has a * where its key stands.
func Keyed(field, key string) string { return strings.Replace(field, "*", key, 1) }

// Update is a change of documents, of the parts that follow.
func Update(parts ...bson.E) bson.D { return parts }

func Set(fields ...bson.E) bson.E { return Eq("$set", bson.D(fields)) }
func Inc(fields ...bson.E) bson.E { return Eq("$inc", bson.D(fields)) }

// Plus is what stands in a field and more, in a change that computes. No field is 0.
func Plus(field string, more any) bson.D {
	return Op("$add", bson.A{Op("$ifNull", bson.A{Ref(field), 0}), more})
}

// Raise and lower change a field only upwards, or only downwards.
func Raise(fields ...bson.E) bson.E { return Eq("$max", bson.D(fields)) }
func Lower(fields ...bson.E) bson.E { return Eq("$min", bson.D(fields)) }

func Unset(fields ...string) bson.E {
	gone := make(bson.D, len(fields))
	for i, f := range fields {
		gone[i] = Eq(f, "")
	}
	return Eq("$unset", gone)
}

// Include adds to each of the lists those of the values that are not in it.
func Include(lists ...bson.E) bson.E {
	each := make(bson.D, len(lists))
	for i, list := range lists {
		each[i] = To(list.Key, Op("$each", list.Value))
	}
	return Eq("$addToSet", each)
}

// To is a field with what it becomes, or by how much it changes.
func To(field string, value any) bson.E { return bson.E{Key: field, Value: value} }

// Sorted is an order by fields; a leading "-" means descending.
func Sorted(fields ...string) bson.D {
	order := make(bson.D, len(fields))
	for i, f := range fields {
		order[i] = Eq(f, 1)
		if f[0] == '-' {
			order[i] = Eq(f[1:], -1)
		}
	}
	return order
}

// Only and except are the fields that a read asks for, or does not.
func Only(fields ...string) bson.D   { return projection(1, fields) }
func Except(fields ...string) bson.D { return projection(0, fields) }

func projection(want int, fields []string) bson.D {
	out := make(bson.D, len(fields))
	for i, f := range fields {
		out[i] = Eq(f, want)
	}
	return out
}

// Op is an operator, or a stage, with what it works on.
func Op(name string, value any) bson.D { return bson.D{{Key: name, Value: value}} }

// Ref is the value of a field in an expression.
func Ref(field string) string { return "$" + field }

// Group is a stage: by makes the groups, the fields are what each of them tells.
func Group(by any, fields ...bson.E) bson.D {
	return Op("$group", append(bson.D{To(field.ID, by)}, fields...))
}

// OneIf counts: 1 where the test holds, else 0.
func OneIf(test any) bson.D { return Op("$cond", bson.A{test, 1, 0}) }
