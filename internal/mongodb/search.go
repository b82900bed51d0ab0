package mongodb

import (
	"context"
	"regexp"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/fault"
	"tsunagi/internal/supplier"
)

// withoutKeys leaves out what a record is searched by: more than all the rest of it.
var withoutKeys = except(fieldSearch, fieldTexts)

// sought holds for what is searched for: the index of grams proposes, the texts
// decide. Records from before there were texts are found by their grams alone.
func sought(q supplier.Query) bson.D {
	if len(q.Grams) == 0 {
		return nil
	}
	words := make([]bson.D, len(q.Words))
	for i, word := range q.Words {
		words[i] = bson.D{eq(fieldTexts, bson.Regex{Pattern: regexp.QuoteMeta(word)})}
	}
	return bson.D{allOf(fieldSearch, q.Grams), or(bson.D{missing(fieldTexts)}, bson.D{and(words...)})}
}

// listing is a page of a list, which may be searched.
type listing struct {
	filter bson.D // who sees it, and what narrows it but the search
	query  supplier.Query
	order  bson.D
	fields bson.D // as a projection; nil: all
	hint   string // the index to use; empty: the server chooses
	page   int    // from 1
	size   int
}

// readPage gives a page, and whether there are more. The record whose code is
// searched for comes first, beyond the size of the page, and on no other page.
func readPage[T any](ctx context.Context, c *mongo.Collection, l listing) ([]T, bool, error) {
	filter := append(l.filter[:len(l.filter):len(l.filter)], sought(l.query)...)
	first, err := l.exact(ctx, c)
	if err != nil {
		return nil, false, err
	}
	if first != "" {
		filter = append(filter, ne(fieldID, first))
	}
	page := max(l.page, 1)
	find := options.Find().SetSort(l.order).SetSkip(int64((page - 1) * l.size)).SetLimit(int64(l.size) + 1)
	if l.fields != nil {
		find.SetProjection(l.fields)
	}
	if l.hint != "" {
		find.SetHint(l.hint)
	}
	rows, err := findAll[T](ctx, c, filter, find)
	more := len(rows) > l.size
	rows = rows[:min(len(rows), l.size)]
	if err != nil || first == "" || page > 1 {
		return rows, more, err
	}
	one, err := findOne[T](ctx, c, append(l.filter[:len(l.filter):len(l.filter)], eq(fieldID, first)), options.FindOne().SetProjection(l.fields))
	return append([]T{one}, rows...), more, err
}

// exact gives the id of the record whose code is searched for; empty when there is none.
func (l listing) exact(ctx context.Context, c *mongo.Collection) (string, error) {
	if len(l.query.Codes) == 0 {
		return "", nil
	}
	filter := append(l.filter[:len(l.filter):len(l.filter)], oneOf(fieldCode, l.query.Codes))
	one, err := findOne[struct {
		ID string `bson:"_id"`
	}](ctx, c, filter, options.FindOne().SetSort(sorted(fieldCode)).SetProjection(only(fieldID)))
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	return one.ID, err
}
