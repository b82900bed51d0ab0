package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/progress"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/questionnaire"
)

// Progress tells how far each of a campaign's sheets is, as the supplier's own page says
// it: all that a buyer ever learns of a draft. The answers are counted where they are.
func (s Campaigns) Progress(ctx context.Context, v access.Viewer, c campaign.Campaign, asked []campaign.Assignment) (map[string]questionnaire.Progress, error) {
	if len(asked) == 0 {
		return nil, nil
	}
	names := make([]string, len(asked))
	for i, a := range asked {
		names[i] = a.ID
	}
	given, err := query.FindAll[evidence.Evidence](ctx, s.Coll(store.Evidence), query.Countable(v, names))
	if err != nil {
		return nil, err
	}
	of := map[string][]evidence.Evidence{}
	for _, e := range given {
		of[e.Assignment] = append(of[e.Assignment], e)
	}
	sheets := make([]progress.Sheet, len(asked))
	for i, a := range asked {
		sheets[i] = s.beside(c, a, of[a.ID])
	}
	cursor, err := s.Coll(store.Drafts).Aggregate(ctx, append([]bson.D{query.Op("$match", query.VisibleIn(v, field.Campaign, query.OneOf(field.ID, names)))},
		progress.Stages(c.Questionnaire, sheets)...))
	if err != nil {
		return nil, meaning.Of(err)
	}
	var rows []progress.Counted
	err = cursor.All(ctx, &rows)
	out := make(map[string]questionnaire.Progress, len(rows))
	for _, r := range rows {
		out[r.ID] = r.Progress
	}
	return out, meaning.Of(err)
}

// beside is what counts of a sheet beside its answers: what is attached, as it holds now.
func (s Campaigns) beside(c campaign.Campaign, a campaign.Assignment, given []evidence.Evidence) progress.Sheet {
	sheet := progress.Sheet{ID: a.ID}
	for question := range c.Covered(evidence.Holding(given, s.Now()), a.PersonalData) {
		sheet.Covered = append(sheet.Covered, question)
	}
	for _, e := range given {
		if q, ok := c.Questionnaire.Question(e.Question); ok && e.Answers() && q.Traits().Files {
			sheet.Files = append(sheet.Files, e.Question)
		}
	}
	return sheet
}
