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
		op("$match", visibleIn(v, fieldCampaign, eq(fieldCampaign, campaignID))),
		op("$sort", sorted(fieldOrg, fieldCampaign, fieldID)),
		op("$project", only(fieldAssignment, fieldRevision, fieldResult, fieldAnswers, fieldCovered)),
		group(ref(fieldAssignment), to("last", op("$top", bson.D{to("sortBy", sorted("-"+fieldRevision)), to("output", "$$ROOT")}))),
		op("$replaceRoot", op("newRoot", "$last")),
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
		op("$unwind", ref(fieldResultSections)), op("$match", bson.D{eq(fieldResultSectionsScored, true)}),
		group(ref(fieldResultSectionsKey), to("mean", op("$avg", ref(fieldResultSectionsPercent))))), &rows)
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
	err := s.aggregate(ctx, append(latest(v, campaignID), op("$match", bson.D{eq(fieldResultScored, true)}),
		group(ref(fieldResultPercent), to("n", op("$sum", 1)))), &rows)
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
		return op("$map", bson.D{to("input", op("$objectToArray", op("$ifNull", bson.A{field, bson.D{}}))),
			to("in", bson.D{to("k", "$$this.k"), to("v", value)})})
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
		op("$project", op("a", op("$concatArrays", bson.A{
			pairs(ref(fieldAnswers), "$$this.v.v"), pairs(ref(fieldCovered), response.Covered)}))),
		op("$unwind", "$a"), op("$match", bson.D{oneOf("a.v", values)}),
		group("$a", to("n", op("$sum", 1)))), &rows)
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
	return visibleIn(v, fieldCampaign, append([]bson.E{eq(fieldCampaign, campaignID), gt(fieldRevision, 0)}, more...)...)
}

// SheetCount is how many suppliers of a campaign have submitted.
func (s Reports) SheetCount(ctx context.Context, v access.Viewer, campaignID string) (int, error) {
	n, err := s.coll(colAssignments).CountDocuments(ctx, answered(v, campaignID))
	return int(n), known(err)
}

// Sheets gives the next n sheets of a campaign after one of them, in the order of
// suppliers' codes, by four queries however many they are.
func (s Reports) Sheets(ctx context.Context, v access.Viewer, campaignID string, after campaign.Assignment, n int) ([]response.Sheet, error) {
	next := or(bson.D{gt(fieldCode, after.Code)},
		bson.D{eq(fieldCode, after.Code), gt(fieldID, after.ID)})
	rows, err := findAll[campaign.Assignment](ctx, s.coll(colAssignments), answered(v, campaignID, next), options.Find().
		SetSort(sorted(fieldCode, fieldID)).SetLimit(int64(n)).SetProjection(withoutKeys))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids, sheets, place := make([]string, len(rows)), make([]response.Sheet, len(rows)), make(map[string]*response.Sheet, len(rows))
	for i, a := range rows {
		ids[i], sheets[i].Assignment, place[a.ID] = a.ID, a, &sheets[i]
	}
	of := visibleIn(v, fieldCampaign, oneOf(fieldAssignment, ids))
	newest := options.Find().SetSort(sorted("-" + fieldRevision))
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
	found, err := findAll[evidence.Evidence](ctx, s.coll(colEvidence), append(of, seen(v)), options.Find().SetSort(sorted(fieldID)))
	for _, e := range found {
		place[e.Assignment].Evidence = append(place[e.Assignment].Evidence, e)
	}
	return sheets, err
}
