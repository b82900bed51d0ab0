package mongodb

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
)

// maxShared bounds how many shared mailboxes a rehearsal tells apart.
const maxShared = 5000

// validEmail is org.ValidEmail as a filter: it finds what was stored before addresses
// were checked.
var validEmail = bson.Regex{Pattern: org.EmailPattern}

// Rehearse implements campaign.Reader: the whole audience with those taken out, one
// page of it, and how many have each problem. Four queries, whatever the size.
func (s Campaigns) Rehearse(ctx context.Context, v access.Viewer, c campaign.Campaign, f campaign.RehearsalFilter) (campaign.Rehearsal, error) {
	everybody := c.Audience
	everybody.Except = nil
	out := campaign.Rehearsal{Counts: map[campaign.Problem]int{}}
	shared, err := s.sharedMailboxes(ctx, s.audience(v, c.Audience, f.Year))
	if err != nil {
		return out, err
	}
	boxes := make([]string, len(shared))
	for i, b := range shared {
		boxes[i] = b.Email
	}
	if err := s.countProblems(ctx, s.audience(v, c.Audience, f.Year), f, boxes, &out); err != nil {
		return out, err
	}
	out.Shared = shared[:min(len(shared), 20)]
	filter := append(s.audience(v, everybody, f.Year), problemFilter(f, boxes)...)
	rows, more, err := query.ReadPage[supplier.Supplier](ctx, s.Coll(store.Suppliers), query.Listing{Filter: filter, Order: byKana, Fields: query.WithoutKeys,
		Page: f.Page, Size: f.Size})
	if err != nil {
		return out, err
	}
	out.More = more
	out.Rows = rehearsed(rows, c, f, boxes)
	if out.Mailed == 0 {
		return out, nil
	}
	// What most are sent is shown, and not what the first by name happens to be sent.
	one := options.Find().SetSort(byKana).SetLimit(1).SetProjection(query.WithoutKeys)
	mail := append(s.audience(v, c.Audience, f.Year), mailed(f)...)
	first, err := query.FindAll[supplier.Supplier](ctx, s.Coll(store.Suppliers), append(slices.Clone(mail), query.Eq(field.Lang, f.Lang)), one)
	if err == nil && len(first) == 0 {
		first, err = query.FindAll[supplier.Supplier](ctx, s.Coll(store.Suppliers), mail, one)
	}
	if err == nil && len(first) == 1 {
		out.First = &rehearsed(first, c, f, boxes)[0]
	}
	return out, err
}

// mailed finds the suppliers to whom a request can be mailed.
func mailed(f campaign.RehearsalFilter) bson.D {
	return bson.D{query.And(bson.D{query.Nor(problem(campaign.OnPaper, f, nil), problem(campaign.NoAddress, f, nil),
		problem(campaign.BadAddress, f, nil))})}
}

func rehearsed(rows []supplier.Supplier, c campaign.Campaign, f campaign.RehearsalFilter, shared []string) []campaign.RehearsalRow {
	taken, box := map[string]bool{}, map[string]bool{}
	for _, id := range c.Audience.Except {
		taken[id] = true
	}
	for _, email := range shared {
		box[email] = true
	}
	out := make([]campaign.RehearsalRow, 0, len(rows))
	for _, r := range rows {
		out = append(out, campaign.RehearsalRow{Supplier: r.ID, Code: r.Code, Name: r.Name, Department: r.Department, Person: r.ContactName,
			Email: r.Email, Copies: campaign.CopiesOf(r), Lang: r.Lang, Tier: r.Tier, PersonalData: r.PMarkCounts(), Mailed: campaign.Reachable(r), Excluded: taken[r.ID],
			AskedAt: r.AskedAt, Problems: campaign.ProblemsOf(r, func(email string) bool { return box[email] }, f.Year, f.Now)})
	}
	return out
}

// problem gives the conditions on a supplier under which each problem stands, as
// campaign.ProblemsOf does for one.
func problem(p campaign.Problem, f campaign.RehearsalFilter, shared []string) bson.D {
	notPaper := query.Ne(field.Lane, supplier.LanePaper)
	switch p {
	case campaign.NoAddress:
		return bson.D{query.OneOf(field.Email, []any{nil, ""}), notPaper}
	case campaign.BadAddress:
		return bson.D{query.Eq(field.Email, bson.D{query.Eq("$gt", ""), query.Eq("$not", validEmail)}), notPaper}
	case campaign.OnPaper:
		return bson.D{query.Eq(field.Lane, supplier.LanePaper)}
	case campaign.SameBox:
		return bson.D{query.OneOf(field.Email, nonNil(shared))}
	case campaign.AskedNow:
		return bson.D{query.Or(bson.D{query.Gte(field.AskedAt, f.Year)},
			bson.D{query.Gt(field.AskedUntil, f.Now)})}
	}
	return nil
}

func anyProblem(f campaign.RehearsalFilter, shared []string) bson.D {
	var each bson.A
	for _, p := range campaign.Problems {
		each = append(each, problem(p, f, shared))
	}
	return query.Op("$or", each)
}

func problemFilter(f campaign.RehearsalFilter, shared []string) bson.D {
	switch f.Problem {
	case "":
		return nil
	case campaign.AnyProblem:
		return anyProblem(f, shared)
	}
	return bson.D{query.And(problem(f.Problem, f, shared))}
}

// sharedMailboxes lists the addresses that several suppliers of the audience have,
// those of the most first.
func (s Campaigns) sharedMailboxes(ctx context.Context, filter bson.D) ([]campaign.SharedBox, error) {
	cursor, err := s.Coll(store.Suppliers).Aggregate(ctx, bson.A{
		query.Op("$match", append(filter, query.Gt(field.Email, ""))),
		query.Group(query.Ref(field.Email), query.To("n", query.Op("$sum", 1))),
		query.Op("$match", bson.D{query.Gt("n", 1)}),
		query.Op("$sort", query.Sorted("-n", field.ID)),
		query.Op("$limit", maxShared),
	})
	if err != nil {
		return nil, meaning.Of(err)
	}
	var rows []campaign.SharedBox
	err = cursor.All(ctx, &rows)
	return rows, meaning.Of(err)
}

// countProblems counts the audience by problem in one pass.
func (s Campaigns) countProblems(ctx context.Context, audience bson.D, f campaign.RehearsalFilter, shared []string, out *campaign.Rehearsal) error {
	count := func(filter bson.D) bson.A {
		return bson.A{query.Op("$match", filter), query.Op("$count", "n")}
	}
	facets := bson.D{query.To("total", count(bson.D{})), query.To("mailed", count(mailed(f))), query.To(string(campaign.AnyProblem), count(anyProblem(f, shared)))}
	for _, p := range campaign.Problems {
		facets = append(facets, query.To(string(p), count(problem(p, f, shared))))
	}
	fields := bson.D{query.To(field.Email, 1), query.To(field.Lane, 1), query.To(field.AskedAt, 1), query.To(field.AskedUntil, 1)}
	cursor, err := s.Coll(store.Suppliers).Aggregate(ctx, bson.A{query.Op("$match", audience),
		query.Op("$project", fields), query.Op("$facet", facets)})
	if err != nil {
		return meaning.Of(err)
	}
	var rows []map[string][]struct {
		N int `bson:"n"`
	}
	if err := cursor.All(ctx, &rows); err != nil || len(rows) == 0 {
		return meaning.Of(err)
	}
	for name, counts := range rows[0] {
		n := 0
		if len(counts) > 0 {
			n = counts[0].N
		}
		switch name {
		case "total":
			out.Total = n
		case "mailed":
			out.Mailed = n
		default:
			out.Counts[campaign.Problem(name)] = n
		}
	}
	return nil
}
