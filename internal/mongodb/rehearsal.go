package mongodb

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
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
	rows, more, err := readPage[supplier.Supplier](ctx, s.coll(colSuppliers), listing{filter: filter, order: byKana, fields: withoutKeys,
		page: f.Page, size: f.Size})
	if err != nil {
		return out, err
	}
	out.More = more
	out.Rows = rehearsed(rows, c, f, boxes)
	if out.Mailed == 0 {
		return out, nil
	}
	// What most are sent is shown, and not what the first by name happens to be sent.
	one := options.Find().SetSort(byKana).SetLimit(1).SetProjection(withoutKeys)
	mail := append(s.audience(v, c.Audience, f.Year), mailed(f)...)
	first, err := findAll[supplier.Supplier](ctx, s.coll(colSuppliers), append(slices.Clone(mail), eq(fieldLang, f.Lang)), one)
	if err == nil && len(first) == 0 {
		first, err = findAll[supplier.Supplier](ctx, s.coll(colSuppliers), mail, one)
	}
	if err == nil && len(first) == 1 {
		out.First = &rehearsed(first, c, f, boxes)[0]
	}
	return out, err
}

// mailed finds the suppliers to whom a request can be mailed.
func mailed(f campaign.RehearsalFilter) bson.D {
	return bson.D{and(bson.D{nor(problem(campaign.OnPaper, f, nil), problem(campaign.NoAddress, f, nil),
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
			Email: r.Email, Lang: r.Lang, Tier: r.Tier, PersonalData: r.PMarkCounts(), Mailed: campaign.Reachable(r), Excluded: taken[r.ID],
			AskedAt: r.AskedAt, Problems: campaign.ProblemsOf(r, func(email string) bool { return box[email] }, f.Year, f.Now)})
	}
	return out
}

// problem gives the conditions on a supplier under which each problem stands, as
// campaign.ProblemsOf does for one.
func problem(p campaign.Problem, f campaign.RehearsalFilter, shared []string) bson.D {
	notPaper := ne(fieldLane, supplier.LanePaper)
	switch p {
	case campaign.NoAddress:
		return bson.D{oneOf(fieldEmail, []any{nil, ""}), notPaper}
	case campaign.BadAddress:
		return bson.D{eq(fieldEmail, bson.D{eq("$gt", ""), eq("$not", validEmail)}), notPaper}
	case campaign.OnPaper:
		return bson.D{eq(fieldLane, supplier.LanePaper)}
	case campaign.SameBox:
		return bson.D{oneOf(fieldEmail, nonNil(shared))}
	case campaign.AskedNow:
		return bson.D{or(bson.D{gte(fieldAskedAt, f.Year)},
			bson.D{gt(fieldAskedUntil, f.Now)})}
	}
	return nil
}

func anyProblem(f campaign.RehearsalFilter, shared []string) bson.D {
	var each bson.A
	for _, p := range campaign.Problems {
		each = append(each, problem(p, f, shared))
	}
	return op("$or", each)
}

func problemFilter(f campaign.RehearsalFilter, shared []string) bson.D {
	switch f.Problem {
	case "":
		return nil
	case campaign.AnyProblem:
		return anyProblem(f, shared)
	}
	return bson.D{and(problem(f.Problem, f, shared))}
}

// sharedMailboxes lists the addresses that several suppliers of the audience have,
// those of the most first.
func (s Campaigns) sharedMailboxes(ctx context.Context, filter bson.D) ([]campaign.SharedBox, error) {
	cursor, err := s.coll(colSuppliers).Aggregate(ctx, bson.A{
		op("$match", append(filter, gt(fieldEmail, ""))),
		group(ref(fieldEmail), to("n", op("$sum", 1))),
		op("$match", bson.D{gt("n", 1)}),
		op("$sort", sorted("-n", fieldID)),
		op("$limit", maxShared),
	})
	if err != nil {
		return nil, known(err)
	}
	var rows []campaign.SharedBox
	err = cursor.All(ctx, &rows)
	return rows, known(err)
}

// countProblems counts the audience by problem in one pass.
func (s Campaigns) countProblems(ctx context.Context, audience bson.D, f campaign.RehearsalFilter, shared []string, out *campaign.Rehearsal) error {
	count := func(filter bson.D) bson.A {
		return bson.A{op("$match", filter), op("$count", "n")}
	}
	facets := bson.D{to("total", count(bson.D{})), to("mailed", count(mailed(f))), to(string(campaign.AnyProblem), count(anyProblem(f, shared)))}
	for _, p := range campaign.Problems {
		facets = append(facets, to(string(p), count(problem(p, f, shared))))
	}
	fields := bson.D{to(fieldEmail, 1), to(fieldLane, 1), to(fieldAskedAt, 1), to(fieldAskedUntil, 1)}
	cursor, err := s.coll(colSuppliers).Aggregate(ctx, bson.A{op("$match", audience),
		op("$project", fields), op("$facet", facets)})
	if err != nil {
		return known(err)
	}
	var rows []map[string][]struct {
		N int `bson:"n"`
	}
	if err := cursor.All(ctx, &rows); err != nil || len(rows) == 0 {
		return known(err)
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
