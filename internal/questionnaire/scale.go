package questionnaire

import "slices"

// Scale says what わからない costs. It belongs to what was issued: a questionnaire that
// is asked keeps the scale that it was issued with.
type Scale string

// The scales.
const (
	ScaleZero Scale = "zero" // it reaches nothing, and is counted apart
	ScaleIPA  Scale = "ipa"  // it costs a quarter of the weight, as in IPA's self-check
)

// DefaultScale is that of what is asked from now on.
const DefaultScale = ScaleZero

// Scales lists the scales in the order offered.
var Scales = []Scale{ScaleZero, ScaleIPA}

// Rule is the scale by which the answers are rated. What was asked before there was a
// choice has none noted, and keeps IPA's.
func (q Questionnaire) Rule() Scale {
	if q.Scale == ScaleZero {
		return ScaleZero
	}
	return ScaleIPA
}

// GivesPoints tells whether any question has a weight.
func (q Questionnaire) GivesPoints() bool {
	return slices.ContainsFunc(q.Questions(), func(q Question) bool { return q.Weight > 0 })
}

// unknown is the share of a question's weight that わからない reaches.
func (s Scale) unknown() float64 {
	if s == ScaleIPA {
		return -0.25
	}
	return 0
}
