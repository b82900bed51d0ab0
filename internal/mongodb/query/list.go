package query

import (
	"context"
	"regexp"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/supplier"
)

// WithoutKeys leaves out what a record is searched by: more than all the rest of it.
var WithoutKeys = Except(field.Search, field.Texts)

// Sought holds for what is searched for: the index of grams proposes, the texts
// decide. Records from before there were texts are found by their grams alone.
func Sought(q supplier.Query) bson.D {
	if len(q.Grams) == 0 {
		return nil
	}
	words := make([]bson.D, len(q.Words))
	for i, word := range q.Words {
		words[i] = bson.D{Eq(field.Texts, bson.Regex{Pattern: regexp.QuoteMeta(word)})}
	}
	return bson.D{AllOf(field.Search, grams(q)), Or(bson.D{Missing(field.Texts)}, bson.D{And(words...)})}
}

// grams are those that a record must have. Records from before November 2026 have their
// single runes, too, which begin with themselves.
func grams(q supplier.Query) bson.A {
	out := make(bson.A, len(q.Grams))
	for i, gram := range q.Grams {
		out[i] = gram
		if utf8.RuneCountInString(gram) == 1 {
			out[i] = bson.Regex{Pattern: "^" + regexp.QuoteMeta(gram)}
		}
	}
	return out
}

// Listing is a page of a list, which may be searched.
type Listing struct {
	Filter bson.D // who sees it, and what narrows it but the search
	Search supplier.Query
	Order  bson.D
	Fields bson.D // as a projection; nil: all
	Hint   string // the index to use; empty: the server chooses
	Page   int    // from 1
	Size   int
}

// ReadPage gives a page, and whether there are more. The record whose code is
// searched for comes first, beyond the size of the page, and on no other page.
func ReadPage[T any](ctx context.Context, c *mongo.Collection, l Listing) ([]T, bool, error) {
	filter := append(l.Filter[:len(l.Filter):len(l.Filter)], Sought(l.Search)...)
	first, err := l.exact(ctx, c)
	if err != nil {
		return nil, false, err
	}
	if first != "" {
		filter = append(filter, Ne(field.ID, first))
	}
	page := max(l.Page, 1)
	find := options.Find().SetSort(l.Order).SetSkip(int64((page - 1) * l.Size)).SetLimit(int64(l.Size) + 1)
	if l.Fields != nil {
		find.SetProjection(l.Fields)
	}
	if l.Hint != "" {
		find.SetHint(l.Hint)
	}
	rows, err := FindAll[T](ctx, c, filter, find)
	more := len(rows) > l.Size
	rows = rows[:min(len(rows), l.Size)]
	if err != nil || first == "" || page > 1 {
		return rows, more, err
	}
	one, err := FindOne[T](ctx, c, append(l.Filter[:len(l.Filter):len(l.Filter)], Eq(field.ID, first)), options.FindOne().SetProjection(l.Fields))
	return append([]T{one}, rows...), more, err
}

// exact gives the id of the record whose code is searched for; empty when there is none.
func (l Listing) exact(ctx context.Context, c *mongo.Collection) (string, error) {
	if len(l.Search.Codes) == 0 {
		return "", nil
	}
	filter := append(l.Filter[:len(l.Filter):len(l.Filter)], OneOf(field.Code, l.Search.Codes))
	one, err := FindOne[struct {
		ID string `bson:"_id"`
	}](ctx, c, filter, options.FindOne().SetSort(Sorted(field.Code)).SetProjection(Only(field.ID)))
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	return one.ID, err
}
