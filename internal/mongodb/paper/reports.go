package paper

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// Reports reads what summaries are made of.
type Reports struct{ *store.DB }

// latest begins a pipeline with the last submission of each supplier of a campaign.
func latest(v access.Viewer, campaignID string) bson.A {
	return bson.A{
		query.Op("$match", query.VisibleIn(v, field.Campaign, query.Eq(field.Campaign, campaignID))),
		query.Op("$sort", query.Sorted(field.Org, field.Campaign, field.ID)),
		query.Op("$project", query.Only(field.Assignment, field.Revision, field.Result, field.Answers, field.Covered)),
		query.Group(query.Ref(field.Assignment), query.To("last", query.Op("$top", bson.D{query.To("sortBy", query.Sorted("-"+field.Revision)), query.To("output", "$$ROOT")}))),
		query.Op("$replaceRoot", query.Op("newRoot", "$last")),
	}
}

func (s Reports) aggregate(ctx context.Context, pipeline bson.A, into any) error {
	cursor, err := s.Coll(store.Submissions).Aggregate(ctx, pipeline, options.Aggregate().SetAllowDiskUse(true))
	if err != nil {
		return meaning.Of(err)
	}
	return meaning.Of(cursor.All(ctx, into))
}

// SectionMeans gives the mean percent of each section over the last submissions.
func (s Reports) SectionMeans(ctx context.Context, v access.Viewer, campaignID string) (map[string]int, error) {
	var rows []struct {
		Key  string  `bson:"_id"`
		Mean float64 `bson:"mean"`
	}
	err := s.aggregate(ctx, append(latest(v, campaignID),
		query.Op("$unwind", query.Ref(field.ResultSections)), query.Op("$match", bson.D{query.Eq(field.ResultSectionsScored, true)}),
		query.Group(query.Ref(field.ResultSectionsKey), query.To("mean", query.Op("$avg", query.Ref(field.ResultSectionsPercent))))), &rows)
	out := map[string]int{}
	for _, r := range rows {
		out[r.Key] = int(r.Mean + 0.5)
	}
	return out, err
}

// Bands counts the last submissions by score: 0–19, 20–39 … 80–100.
func (s Reports) Bands(ctx context.Context, v access.Viewer, campaignID string) ([5]int, error) {
	var rows []struct {
		Percent int `bson:"_id"`
		N       int `bson:"n"`
	}
	err := s.aggregate(ctx, append(latest(v, campaignID), query.Op("$match", bson.D{query.Eq(field.ResultScored, true)}),
		query.Group(query.Ref(field.ResultPercent), query.To("n", query.Op("$sum", 1)))), &rows)
	var out [5]int
	for _, r := range rows {
		out[max(0, min(4, r.Percent/20))] += r.N
	}
	return out, err
}

// AnswerCounts counts the last submissions by question and shared value; what a
// certificate stood in for counts as response.Covered. Texts and numbers, which
// nobody shares, are not counted.
func (s Reports) AnswerCounts(ctx context.Context, v access.Viewer, campaignID string) (response.Counts, error) {
	pairs := func(field, value any) bson.D {
		return query.Op("$map", bson.D{query.To("input", query.Op("$objectToArray", query.Op("$ifNull", bson.A{field, bson.D{}}))),
			query.To("in", bson.D{query.To("k", "$$this.k"), query.To("v", value)})})
	}
	values := bson.A{questionnaire.Done, questionnaire.Partly, questionnaire.NotDone, questionnaire.Unknown, questionnaire.NA, response.Covered}
	var rows []struct {
		ID struct {
			Question string `bson:"k"`
			Value    string `bson:"v"`
		} `bson:"_id"`
		N int `bson:"n"`
	}
	err := s.aggregate(ctx, append(latest(v, campaignID),
		query.Op("$project", query.Op("a", query.Op("$concatArrays", bson.A{
			pairs(query.Ref(field.Answers), "$$this.v.v"), pairs(query.Ref(field.Covered), response.Covered)}))),
		query.Op("$unwind", "$a"), query.Op("$match", bson.D{query.OneOf("a.v", values)}),
		query.Group("$a", query.To("n", query.Op("$sum", 1)))), &rows)
	out := response.Counts{}
	for _, r := range rows {
		if out[r.ID.Question] == nil {
			out[r.ID.Question] = map[string]int{}
		}
		out[r.ID.Question][r.ID.Value] += r.N
	}
	return out, err
}

// answered is the filter of the assignments of a campaign with a submission.
func answered(v access.Viewer, campaignID string, more ...bson.E) bson.D {
	return query.VisibleIn(v, field.Campaign, append([]bson.E{query.Eq(field.Campaign, campaignID), query.Gt(field.Revision, 0)}, more...)...)
}

// SheetCount is how many suppliers of a campaign have submitted.
func (s Reports) SheetCount(ctx context.Context, v access.Viewer, campaignID string) (int, error) {
	n, err := s.Coll(store.Assignments).CountDocuments(ctx, answered(v, campaignID))
	return int(n), meaning.Of(err)
}

// Sheets gives the next n sheets of a campaign after one of them, in the order of
// suppliers' codes, by four queries however many they are.
func (s Reports) Sheets(ctx context.Context, v access.Viewer, campaignID string, after campaign.Assignment, n int) ([]response.Sheet, error) {
	next := query.Or(bson.D{query.Gt(field.Code, after.Code)},
		bson.D{query.Eq(field.Code, after.Code), query.Gt(field.ID, after.ID)})
	rows, err := query.FindAll[campaign.Assignment](ctx, s.Coll(store.Assignments), answered(v, campaignID, next), options.Find().
		SetSort(query.Sorted(field.Code, field.ID)).SetLimit(int64(n)).SetProjection(query.WithoutKeys))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids, sheets, place := make([]string, len(rows)), make([]response.Sheet, len(rows)), make(map[string]*response.Sheet, len(rows))
	for i, a := range rows {
		ids[i], sheets[i].Assignment, place[a.ID] = a.ID, a, &sheets[i]
	}
	of := query.VisibleIn(v, field.Campaign, query.OneOf(field.Assignment, ids))
	newest := options.Find().SetSort(query.Sorted("-" + field.Revision))
	submissions, err := query.FindAll[response.Submission](ctx, s.Coll(store.Submissions), of, newest)
	for _, sub := range submissions {
		place[sub.Assignment].Submissions = append(place[sub.Assignment].Submissions, sub)
	}
	if err != nil {
		return nil, err
	}
	reviews, err := query.FindAll[response.Review](ctx, s.Coll(store.Reviews), of, newest)
	for _, r := range reviews {
		place[r.Assignment].Reviews = append(place[r.Assignment].Reviews, r)
	}
	if err != nil {
		return nil, err
	}
	found, err := query.FindAll[evidence.Evidence](ctx, s.Coll(store.Evidence), append(of, query.Seen(v)), options.Find().SetSort(query.Sorted(field.ID)))
	for _, e := range found {
		place[e.Assignment].Evidence = append(place[e.Assignment].Evidence, e)
	}
	return sheets, err
}
