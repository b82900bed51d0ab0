// Package progress makes the pipeline by which the database itself counts how far sheets
// are: of what a supplier writes nothing leaves it but two numbers. It says what
// questionnaire.Progress says of the same answers; a test of the stores holds both
// together.
package progress

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/questionnaire"
)

// Fields are those of a draft that the pipeline reads, for the check at the start.
var Fields = []string{"answers.*." + value, "answers.*." + values, "answers.*." + note}

// The parts of an answer, as questionnaire.Answer is kept.
const (
	value  = "v"
	values = "vs"
	note   = "note"
)

// Sheet is what is known of a sheet beside its answers.
type Sheet struct {
	ID      string
	Covered []string // the questions that a certificate stands in for where nobody answered
	Files   []string // the questions that are answered by attaching, and have something attached
}

// Counted is one sheet with its count.
type Counted struct {
	ID                     string `bson:"_id"`
	questionnaire.Progress `bson:",inline"`
}

// Stages count the drafts that come in, which are those of the sheets.
func Stages(q questionnaire.Questionnaire, sheets []Sheet) []bson.D {
	answers := op("$ifNull", "$answers", bson.D{})
	stages := []bson.D{op("$replaceWith", bson.D{{Key: "_id", Value: "$_id"}, {Key: "answers", Value: answers}, {Key: "given", Value: op("$objectToArray", answers)},
		{Key: "covered", Value: each(sheets, func(s Sheet) []string { return s.Covered })},
		{Key: "files", Value: each(sheets, func(s Sheet) []string { return s.Files })}})}
	shown, always, asked := shownAs{}, bson.A{}, bson.A{}
	for i, question := range q.Questions() {
		if question.ShowIf == nil {
			shown[question.Key] = true
			always = append(always, question.Key)
			continue
		}
		field := fmt.Sprintf("shown.q%d", i)
		stages = append(stages, op("$set", bson.D{{Key: field, Value: shown.holds(*question.ShowIf)}}))
		shown[question.Key] = "$" + field
		asked = append(asked, op("$cond", "$"+field, bson.A{question.Key}, bson.A{}))
	}
	return append(stages, count(op("$concatArrays", append(asked, literal(always))...)))
}

// each gives what belongs to the draft's own sheet.
func each(sheets []Sheet, of func(Sheet) []string) bson.D {
	ids, all := bson.A{}, bson.A{}
	for _, s := range sheets {
		ids, all = append(ids, s.ID), append(all, append([]string{}, of(s)...))
	}
	return op("$arrayElemAt", literal(all), op("$indexOfArray", literal(ids), "$_id"))
}

// shownAs says of each question so far how it is known whether it is shown.
type shownAs map[string]any

// holds is questionnaire's own rule of conditions.
func (s shownAs) holds(c questionnaire.Condition) any {
	all := func(name string, parts []questionnaire.Condition) bson.D {
		var out bson.A
		for _, p := range parts {
			out = append(out, s.holds(p))
		}
		return op(name, out...)
	}
	switch {
	case len(c.All) > 0:
		return all("$and", c.All)
	case len(c.Any) > 0:
		return all("$or", c.Any)
	}
	where, of := s[c.Question], "$answers."+c.Question+"."
	if where == nil {
		return false
	}
	wanted := literal(append([]string{}, c.In...))
	return op("$and", where, op("$or", op("$in", of+value, wanted),
		op("$gt", op("$size", op("$setIntersection", op("$ifNull", of+values, bson.A{}), wanted)), 0)))
}

// count is the stage that counts, of the questions that are asked.
func count(asked bson.D) bson.D {
	some := op("$or", op("$gt", "$$this.v."+value, ""), op("$gt", op("$size", op("$ifNull", "$$this.v."+values, bson.A{})), 0))
	unexplained := op("$and", op("$eq", "$$this.v."+value, questionnaire.NA), op("$not", op("$gt", "$$this.v."+note, "")))
	answered := op("$setUnion", keys(some), "$files")
	done := op("$setUnion", op("$setDifference", answered, keys(unexplained)), op("$setDifference", "$covered", answered))
	return op("$replaceWith", bson.D{{Key: "_id", Value: "$_id"}, {Key: "done", Value: op("$size", op("$setIntersection", asked, done))},
		{Key: "total", Value: op("$size", asked)}})
}

// keys are the questions whose answer is so.
func keys(so bson.D) bson.D {
	given := bson.D{{Key: "input", Value: "$given"}, {Key: "cond", Value: so}}
	return bson.D{{Key: "$map", Value: bson.D{{Key: "input", Value: bson.D{{Key: "$filter", Value: given}}}, {Key: "in", Value: "$$this.k"}}}}
}

func literal(v any) bson.D { return bson.D{{Key: "$literal", Value: v}} }

// op is an operator or a stage: with one argument itself, with more a list of them.
func op(name string, args ...any) bson.D {
	if len(args) == 1 {
		return bson.D{{Key: name, Value: args[0]}}
	}
	return bson.D{{Key: name, Value: bson.A(args)}}
}
