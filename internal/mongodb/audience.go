package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/supplier"
)

// audience is the filter of the suppliers that a campaign asks. Who was asked this
// year is noted on the supplier when it is asked, so that no list of ids is needed.
func (s Campaigns) audience(v access.Viewer, a campaign.Audience, yearStart time.Time) bson.D {
	filter := visible(v)
	if len(a.Only) > 0 {
		filter = append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$in", Value: a.Only}}})
	} else if !a.All {
		if len(a.Tags) > 0 {
			filter = append(filter, bson.E{Key: "tags", Value: bson.D{{Key: "$in", Value: a.Tags}}})
		}
		if len(a.Tiers) > 0 {
			filter = append(filter, bson.E{Key: "tier", Value: bson.D{{Key: "$in", Value: a.Tiers}}})
		}
		if a.NotAsked {
			filter = append(filter, bson.E{Key: "asked_at", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: yearStart}}}}})
		}
	}
	if len(a.Except) > 0 {
		filter = append(filter, bson.E{Key: "$nor", Value: bson.A{bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: a.Except}}}}}})
	}
	return filter
}

// AudienceSize implements campaign.Reader.
func (s Campaigns) AudienceSize(ctx context.Context, v access.Viewer, a campaign.Audience, yearStart time.Time) (int, error) {
	n, err := s.coll(colSuppliers).CountDocuments(ctx, s.audience(v, a, yearStart))
	return int(n), known(err)
}

// Rehearse implements campaign.Reader: the whole audience with those taken out, one
// page of it, and how many have each problem. Three queries, whatever the size.
func (s Campaigns) Rehearse(ctx context.Context, v access.Viewer, c campaign.Campaign, f campaign.RehearsalFilter) (campaign.Rehearsal, error) {
	everybody := c.Audience
	everybody.Except = nil
	base := s.audience(v, everybody, f.Year)
	out := campaign.Rehearsal{Counts: map[campaign.Problem]int{}}
	shared, err := s.sharedMailboxes(ctx, s.audience(v, c.Audience, f.Year))
	if err != nil {
		return out, err
	}
	if err := s.countProblems(ctx, v, c, f, shared, &out); err != nil {
		return out, err
	}
	filter := append(base, problemFilter(f.Problem, shared, f.Year)...)
	rows, err := findAll[supplier.Supplier](ctx, s.coll(colSuppliers), filter, options.Find().SetSort(bson.D{{Key: "kana", Value: 1}, {Key: "_id", Value: 1}}).
		SetSkip(int64((max(f.Page, 1)-1)*f.Size)).SetLimit(int64(f.Size+1)).SetProjection(bson.D{{Key: "search", Value: 0}}))
	if err != nil {
		return out, err
	}
	if len(rows) > f.Size {
		rows, out.More = rows[:f.Size], true
	}
	taken := map[string]bool{}
	for _, id := range c.Audience.Except {
		taken[id] = true
	}
	box := map[string]bool{}
	for _, email := range shared {
		box[email] = true
	}
	for _, r := range rows {
		row := campaign.RehearsalRow{Supplier: r.ID, Code: r.Code, Name: r.Name, Person: r.ContactName, Email: r.Email, Lang: r.Lang, Excluded: taken[r.ID]}
		row.Problems = problemsOf(r, box, f.Year)
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

func problemsOf(s supplier.Supplier, box map[string]bool, year time.Time) []campaign.Problem {
	var out []campaign.Problem
	if s.Lane == supplier.LanePaper {
		out = append(out, campaign.OnPaper)
	} else if s.Email == "" {
		out = append(out, campaign.NoAddress)
	}
	if s.Email != "" && box[s.Email] {
		out = append(out, campaign.SameBox)
	}
	if !s.AskedAt.Before(year) {
		out = append(out, campaign.AskedNow)
	}
	return out
}

func problemFilter(p campaign.Problem, shared []string, year time.Time) bson.D {
	switch p {
	case campaign.NoAddress:
		return bson.D{{Key: "email", Value: bson.D{{Key: "$in", Value: bson.A{nil, ""}}}}, {Key: "lane", Value: bson.D{{Key: "$ne", Value: supplier.LanePaper}}}}
	case campaign.OnPaper:
		return bson.D{{Key: "lane", Value: supplier.LanePaper}}
	case campaign.SameBox:
		return bson.D{{Key: "email", Value: bson.D{{Key: "$in", Value: shared}}}}
	case campaign.AskedNow:
		return bson.D{{Key: "asked_at", Value: bson.D{{Key: "$gte", Value: year}}}}
	}
	return nil
}

// sharedMailboxes lists the addresses that several suppliers of the audience have.
func (s Campaigns) sharedMailboxes(ctx context.Context, filter bson.D) ([]string, error) {
	cursor, err := s.coll(colSuppliers).Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: append(filter, bson.E{Key: "email", Value: bson.D{{Key: "$gt", Value: ""}}})}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$email"}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}},
		bson.D{{Key: "$match", Value: bson.D{{Key: "n", Value: bson.D{{Key: "$gt", Value: 1}}}}}},
		bson.D{{Key: "$limit", Value: 5000}},
	})
	if err != nil {
		return nil, known(err)
	}
	var rows []struct {
		Email string `bson:"_id"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, known(err)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Email
	}
	return out, nil
}

func (s Campaigns) countProblems(ctx context.Context, v access.Viewer, c campaign.Campaign, f campaign.RehearsalFilter, shared []string, out *campaign.Rehearsal) error {
	sum := func(test any) bson.D { return bson.D{{Key: "$sum", Value: cond(test, 1, 0)}} }
	paper := bson.D{{Key: "$eq", Value: bson.A{"$lane", supplier.LanePaper}}}
	noEmail := bson.D{{Key: "$lte", Value: bson.A{bson.D{{Key: "$ifNull", Value: bson.A{"$email", ""}}}, ""}}}
	cursor, err := s.coll(colSuppliers).Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: s.audience(v, c.Audience, f.Year)}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: nil}, {Key: "total", Value: bson.D{{Key: "$sum", Value: 1}}},
			{Key: "paper", Value: sum(paper)},
			{Key: "none", Value: sum(bson.D{{Key: "$and", Value: bson.A{noEmail, bson.D{{Key: "$not", Value: bson.A{paper}}}}}})},
			{Key: "same", Value: sum(bson.D{{Key: "$in", Value: bson.A{"$email", nonNil(shared)}}})},
			{Key: "asked", Value: sum(bson.D{{Key: "$gte", Value: bson.A{"$asked_at", f.Year}}})}}}},
	})
	if err != nil {
		return known(err)
	}
	var rows []struct {
		Total int `bson:"total"`
		Paper int `bson:"paper"`
		None  int `bson:"none"`
		Same  int `bson:"same"`
		Asked int `bson:"asked"`
	}
	if err := cursor.All(ctx, &rows); err != nil || len(rows) == 0 {
		return known(err)
	}
	r := rows[0]
	out.Total = r.Total
	out.Counts = map[campaign.Problem]int{campaign.NoAddress: r.None, campaign.SameBox: r.Same, campaign.AskedNow: r.Asked, campaign.OnPaper: r.Paper}
	return nil
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
