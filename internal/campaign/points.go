package campaign

import "tsunagi/internal/questionnaire"

// Scale is the scale by which answers are rated, of a draft the one that it will have.
func (c Campaign) Scale() questionnaire.Scale {
	if c.State == Draft && c.Questionnaire.Scale == "" {
		return questionnaire.DefaultScale
	}
	return c.Questionnaire.Rule()
}

// PointsRule is the message that tells the rule of points, "" where there are none.
func (c Campaign) PointsRule() string { return c.points("score.rule.") }

// PointsBeside is the same in short, to stand beside the choices.
func (c Campaign) PointsBeside() string { return c.points("score.short.") }

func (c Campaign) points(prefix string) string {
	if !c.Questionnaire.GivesPoints() {
		return ""
	}
	return prefix + string(c.Scale())
}
