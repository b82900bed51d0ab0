package mongodb

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
)

// maxLooked is how many rows one read of the trail looks at, when no index finds those
// that are wanted: a page never takes longer, however long the trail is.
const maxLooked = 20_000

// Trail reads a page of the trail. An auditor invited to named campaigns sees the
// entries of those alone.
func (s Audit) Trail(ctx context.Context, v access.Viewer, f audit.Filter) (audit.Page, error) {
	back := !f.After.IsZero()
	order, base := query.Sorted("-"+field.At, "-"+field.ID), trailBase(v, f)
	if back {
		order = query.Sorted(field.At, field.ID)
	}
	filter := base
	edge, err := s.edge(ctx, f, base, order)
	if err != nil {
		return audit.Page{}, err
	}
	if !edge.IsZero() {
		filter = append(slices.Clone(base), query.And(beyond(edge, back)))
	}
	rows, err := query.FindAll[audit.Entry](ctx, s.Coll(store.Audit), append(slices.Clone(filter), looked(f)...),
		options.Find().SetSort(order).SetLimit(int64(f.Size+1)))
	more := len(rows) > f.Size
	if more {
		rows, edge = rows[:f.Size], audit.Cursor{}
	}
	page := audit.Page{Entries: rows, Older: more || !edge.IsZero(), Newer: !f.Before.IsZero(), Looked: edge}
	if back {
		slices.Reverse(page.Entries)
		page.Newer, page.Older, page.Looked, page.LookedUp = page.Older, true, audit.Cursor{}, edge
	}
	return page, err
}

// EachEntry visits what the filter leaves of the trail, the newest first, from a page
// to the next.
func (s Audit) EachEntry(ctx context.Context, v access.Viewer, f audit.Filter, visit func(audit.Entry) error) error {
	f.Size, f.After = 500, audit.Cursor{}
	for {
		page, err := s.Trail(ctx, v, f)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			if err := visit(e); err != nil {
				return err
			}
		}
		if !page.Older {
			return nil
		}
		f.Before = page.Next()
	}
}

// CountEntries counts, as far as most, what an index finds of a filter.
func (s Audit) CountEntries(ctx context.Context, v access.Viewer, f audit.Filter, most int) (int, error) {
	f.Before, f.After = audit.Cursor{}, audit.Cursor{}
	n, err := s.Coll(store.Audit).CountDocuments(ctx, trailBase(v, f), options.Count().SetLimit(int64(most)))
	return int(n), meaning.Of(err)
}

// trailBase is the part of a filter that an index finds.
func trailBase(v access.Viewer, f audit.Filter) bson.D {
	filter := query.VisibleIn(v, field.Campaign)
	for field, value := range map[string]string{field.Campaign: f.Campaign, field.RecordID: f.Record, field.ActorID: f.Actor} {
		if value != "" {
			filter = append(filter, query.And(bson.D{query.Eq(field, value)}))
		}
	}
	var within []bson.D
	if !f.From.IsZero() {
		within = append(within, bson.D{query.Gte(field.At, f.From)})
	}
	if !f.To.IsZero() {
		within = append(within, bson.D{query.Lt(field.At, f.To)})
	}
	switch {
	case !f.After.IsZero():
		within = append(within, bson.D{query.Gte(field.At, f.After.At)}, bson.D{query.Or(bson.D{query.Gt(field.At, f.After.At)}, bson.D{query.Eq(field.At, f.After.At), query.Gt(field.ID, f.After.ID)})})
	case !f.Before.IsZero():
		within = append(within, bson.D{query.Lte(field.At, f.Before.At)}, bson.D{query.Or(bson.D{query.Lt(field.At, f.Before.At)}, bson.D{query.Eq(field.At, f.Before.At), query.Lt(field.ID, f.Before.ID)})})
	}
	if len(within) > 0 {
		filter = append(filter, query.And(within...))
	}
	return filter
}

// looked is the part of a filter for which each row is looked at.
func looked(f audit.Filter) bson.D {
	like := func(field, text string) bson.D {
		return bson.D{query.Eq(field, bson.Regex{Pattern: audit.Pattern(text), Options: "i"})}
	}
	var all []bson.D
	if f.Kind != "" {
		all = append(all, bson.D{query.Eq(field.Action, bson.Regex{Pattern: "^" + audit.Pattern(f.Kind) + "[.]"})})
	}
	if f.Person != "" {
		all = append(all, like(field.ActorName, f.Person))
	}
	if f.Search != "" {
		all = append(all, bson.D{query.Or(like(field.RecordName, f.Search), like(field.ActorName, f.Search), like(field.DetailsValue, f.Search), like(field.RecordID, f.Search))})
	}
	if len(all) == 0 {
		return nil
	}
	return bson.D{query.And(all...)}
}

// edge is how far a read may look; the zero cursor when that is to the end.
func (s Audit) edge(ctx context.Context, f audit.Filter, base, order bson.D) (audit.Cursor, error) {
	if !f.Looks() {
		return audit.Cursor{}, nil
	}
	rows, err := query.FindAll[audit.Entry](ctx, s.Coll(store.Audit), base, options.Find().SetSort(order).SetSkip(maxLooked-1).SetLimit(1).
		SetProjection(query.Only(field.At)))
	if err != nil || len(rows) == 0 {
		return audit.Cursor{}, err
	}
	return audit.Cursor{At: rows[0].At, ID: rows[0].ID}, nil
}

// beyond holds for what lies before the edge, and for the edge itself.
func beyond(edge audit.Cursor, back bool) bson.D {
	if back {
		return bson.D{query.Or(bson.D{query.Lt(field.At, edge.At)}, bson.D{query.Eq(field.At, edge.At), query.Lte(field.ID, edge.ID)})}
	}
	return bson.D{query.Or(bson.D{query.Gt(field.At, edge.At)}, bson.D{query.Eq(field.At, edge.At), query.Gte(field.ID, edge.ID)})}
}
