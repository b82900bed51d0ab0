package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// Reports reads what summaries are made of.
type Reports struct{ *DB }

// latest begins a pipeline with the last submission of each supplier of a campaign.
func latest(v access.Viewer, campaignID string) bson.A {
	return bson.A{
		bson.D{{Key: "$match", Value: visibleIn(v, "campaign_id", bson.E{Key: "campaign_id", Value: campaignID})}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "org_id", Value: 1}, {Key: "campaign_id", Value: 1}, {Key: "_id", Value: 1}}}},
		bson.D{{Key: "$project", Value: bson.D{{Key: "assignment_id", Value: 1}, {Key: "revision", Value: 1}, {Key: "result", Value: 1}, {Key: "answers", Value: 1}, {Key: "covered", Value: 1}}}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$assignment_id"},
			{Key: "last", Value: bson.D{{Key: "$top", Value: bson.D{{Key: "sortBy", Value: bson.D{{Key: "revision", Value: -1}}}, {Key: "output", Value: "$$ROOT"}}}}}}}},
		bson.D{{Key: "$replaceRoot", Value: bson.D{{Key: "newRoot", Value: "$last"}}}},
	}
}

func (s Reports) aggregate(ctx context.Context, pipeline bson.A, into any) error {
	cursor, err := s.coll(colSubmissions).Aggregate(ctx, pipeline, options.Aggregate().SetAllowDiskUse(true))
	if err != nil {
		return known(err)
	}
	return known(cursor.All(ctx, into))
}

// SectionMeans gives the mean percent of each section over the last submissions.
func (s Reports) SectionMeans(ctx context.Context, v access.Viewer, campaignID string) (map[string]int, error) {
	var rows []struct {
		Key  string  `bson:"_id"`
		Mean float64 `bson:"mean"`
	}
	err := s.aggregate(ctx, append(latest(v, campaignID),
		bson.D{{Key: "$unwind", Value: "$result.sections"}}, bson.D{{Key: "$match", Value: bson.D{{Key: "result.sections.scored", Value: true}}}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$result.sections.key"}, {Key: "mean", Value: bson.D{{Key: "$avg", Value: "$result.sections.percent"}}}}}}), &rows)
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
	err := s.aggregate(ctx, append(latest(v, campaignID), bson.D{{Key: "$match", Value: bson.D{{Key: "result.scored", Value: true}}}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$result.percent"}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}}), &rows)
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
		return bson.D{{Key: "$map", Value: bson.D{{Key: "input", Value: bson.D{{Key: "$objectToArray", Value: bson.D{{Key: "$ifNull", Value: bson.A{field, bson.D{}}}}}}},
			{Key: "in", Value: bson.D{{Key: "k", Value: "$$this.k"}, {Key: "v", Value: value}}}}}}
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
		bson.D{{Key: "$project", Value: bson.D{{Key: "a", Value: bson.D{{Key: "$concatArrays", Value: bson.A{
			pairs("$answers", "$$this.v.v"), pairs("$covered", response.Covered)}}}}}}},
		bson.D{{Key: "$unwind", Value: "$a"}}, bson.D{{Key: "$match", Value: bson.D{{Key: "a.v", Value: bson.D{{Key: "$in", Value: values}}}}}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$a"}, {Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}}}}}), &rows)
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
	return visibleIn(v, "campaign_id", append([]bson.E{{Key: "campaign_id", Value: campaignID},
		{Key: "revision", Value: bson.D{{Key: "$gt", Value: 0}}}}, more...)...)
}

// SheetCount is how many suppliers of a campaign have submitted.
func (s Reports) SheetCount(ctx context.Context, v access.Viewer, campaignID string) (int, error) {
	n, err := s.coll(colAssignments).CountDocuments(ctx, answered(v, campaignID))
	return int(n), known(err)
}

// Sheets gives the next n sheets of a campaign after one of them, in the order of
// suppliers' codes, by four queries however many they are.
func (s Reports) Sheets(ctx context.Context, v access.Viewer, campaignID string, after campaign.Assignment, n int) ([]response.Sheet, error) {
	next := bson.E{Key: "$or", Value: bson.A{bson.D{{Key: "code", Value: bson.D{{Key: "$gt", Value: after.Code}}}},
		bson.D{{Key: "code", Value: after.Code}, {Key: "_id", Value: bson.D{{Key: "$gt", Value: after.ID}}}}}}
	rows, err := findAll[campaign.Assignment](ctx, s.coll(colAssignments), answered(v, campaignID, next), options.Find().
		SetSort(bson.D{{Key: "code", Value: 1}, {Key: "_id", Value: 1}}).SetLimit(int64(n)).SetProjection(bson.D{{Key: "search", Value: 0}}))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids, sheets, place := make([]string, len(rows)), make([]response.Sheet, len(rows)), make(map[string]*response.Sheet, len(rows))
	for i, a := range rows {
		ids[i], sheets[i].Assignment, place[a.ID] = a.ID, a, &sheets[i]
	}
	of := visibleIn(v, "campaign_id", in("assignment_id", ids))
	newest := options.Find().SetSort(bson.D{{Key: "revision", Value: -1}})
	submissions, err := findAll[response.Submission](ctx, s.coll(colSubmissions), of, newest)
	for _, sub := range submissions {
		place[sub.Assignment].Submissions = append(place[sub.Assignment].Submissions, sub)
	}
	if err != nil {
		return nil, err
	}
	reviews, err := findAll[response.Review](ctx, s.coll(colReviews), of, newest)
	for _, r := range reviews {
		place[r.Assignment].Reviews = append(place[r.Assignment].Reviews, r)
	}
	if err != nil {
		return nil, err
	}
	found, err := findAll[evidence.Evidence](ctx, s.coll(colEvidence), append(of, seen(v)), options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	for _, e := range found {
		place[e.Assignment].Evidence = append(place[e.Assignment].Evidence, e)
	}
	return sheets, err
}
