package mongodb

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The words of which filters and changes are made, so that brackets do not go four
// deep. Fields are named by the constants of fields.go.

// eq holds when the field has the value; with nil, also when there is no field.
func eq(field string, value any) bson.E { return bson.E{Key: field, Value: value} }

func ne(field string, value any) bson.E  { return eq(field, op("$ne", value)) }
func gt(field string, value any) bson.E  { return eq(field, op("$gt", value)) }
func gte(field string, value any) bson.E { return eq(field, op("$gte", value)) }
func lt(field string, value any) bson.E  { return eq(field, op("$lt", value)) }
func lte(field string, value any) bson.E { return eq(field, op("$lte", value)) }

// between holds from a value, which is within, to another, which is not.
func between(field string, from, below any) bson.E {
	return eq(field, bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: below}})
}

// notYet holds when the field is below the value, or not there.
func notYet(field string, value any) bson.E { return eq(field, op("$not", op("$gte", value))) }

// oneOf holds when the field has one of the values, noneOf when it has none of them.
func oneOf[T any](field string, values []T) bson.E  { return eq(field, op("$in", values)) }
func noneOf[T any](field string, values []T) bson.E { return eq(field, op("$nin", values)) }

// allOf holds when the list in the field has all of the values.
func allOf[T any](field string, values []T) bson.E { return eq(field, op("$all", values)) }

// some holds when one item of a list fulfils every condition; they name fields of the
// items with the list's own name before.
func some(list string, conditions ...bson.E) bson.E {
	each := make(bson.D, len(conditions))
	for i, c := range conditions {
		each[i] = eq(strings.TrimPrefix(c.Key, list+"."), c.Value)
	}
	return eq(list, op("$elemMatch", each))
}

func exists(field string) bson.E  { return eq(field, op("$exists", true)) }
func missing(field string) bson.E { return eq(field, op("$exists", false)) }

func and(filters ...bson.D) bson.E { return eq("$and", filters) }
func or(filters ...bson.D) bson.E  { return eq("$or", filters) }
func nor(filters ...bson.D) bson.E { return eq("$nor", filters) }

func byID(id string) bson.D { return bson.D{eq(fieldID, id)} }

// keyed names one entry of a map: the field has a * where its key stands.
func keyed(field, key string) string { return strings.Replace(field, "*", key, 1) }

// update is a change of documents, of the parts that follow.
func update(parts ...bson.E) bson.D { return parts }

func set(fields ...bson.E) bson.E { return eq("$set", bson.D(fields)) }
func inc(fields ...bson.E) bson.E { return eq("$inc", bson.D(fields)) }

// plus is what stands in a field and more, in a change that computes. No field is 0.
func plus(field string, more any) bson.D {
	return op("$add", bson.A{op("$ifNull", bson.A{ref(field), 0}), more})
}

// raise and lower change a field only upwards, or only downwards.
func raise(fields ...bson.E) bson.E { return eq("$max", bson.D(fields)) }
func lower(fields ...bson.E) bson.E { return eq("$min", bson.D(fields)) }

func unset(fields ...string) bson.E {
	gone := make(bson.D, len(fields))
	for i, f := range fields {
		gone[i] = eq(f, "")
	}
	return eq("$unset", gone)
}

// include adds to each of the lists those of the values that are not in it.
func include(lists ...bson.E) bson.E {
	each := make(bson.D, len(lists))
	for i, list := range lists {
		each[i] = to(list.Key, op("$each", list.Value))
	}
	return eq("$addToSet", each)
}

// to is a field with what it becomes, or by how much it changes.
func to(field string, value any) bson.E { return bson.E{Key: field, Value: value} }

// sorted is an order by fields; a leading "-" means descending.
func sorted(fields ...string) bson.D {
	order := make(bson.D, len(fields))
	for i, f := range fields {
		order[i] = eq(f, 1)
		if f[0] == '-' {
			order[i] = eq(f[1:], -1)
		}
	}
	return order
}

// only and except are the fields that a read asks for, or does not.
func only(fields ...string) bson.D   { return projection(1, fields) }
func except(fields ...string) bson.D { return projection(0, fields) }

func projection(want int, fields []string) bson.D {
	out := make(bson.D, len(fields))
	for i, f := range fields {
		out[i] = eq(f, want)
	}
	return out
}

// op is an operator, or a stage, with what it works on.
func op(name string, value any) bson.D { return bson.D{{Key: name, Value: value}} }

// ref is the value of a field in an expression.
func ref(field string) string { return "$" + field }

// group is a stage: by makes the groups, the fields are what each of them tells.
func group(by any, fields ...bson.E) bson.D {
	return op("$group", append(bson.D{to(fieldID, by)}, fields...))
}

// oneIf counts: 1 where the test holds, else 0.
func oneIf(test any) bson.D { return op("$cond", bson.A{test, 1, 0}) }
