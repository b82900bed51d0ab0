package questionnaire

import (
	"math"
	"slices"
)

// Answers are answers by question key.
type Answers map[string]Answer

// Questions lists the questions of every section, in order.
func (q Questionnaire) Questions() []Question {
	var out []Question
	for _, s := range q.Sections {
		out = append(out, s.Questions...)
	}
	return out
}

// Question finds a question by its key.
func (q Questionnaire) Question(key string) (Question, bool) {
	for _, s := range q.Sections {
		for _, question := range s.Questions {
			if question.Key == key {
				return question, true
			}
		}
	}
	return Question{}, false
}

// Minutes is how long answering takes, rounded up to five minutes.
func (q Questionnaire) Minutes() int {
	seconds := 0
	for _, question := range q.Questions() {
		seconds += question.Traits().Seconds
	}
	return max(5, (seconds+299)/300*5)
}

// Visible tells which questions are shown, with these answers. The answer to a
// question that is not shown counts as none, so hiding one hides what hangs on it.
func (q Questionnaire) Visible(answers Answers) map[string]bool {
	shown := map[string]bool{}
	for _, question := range q.Questions() { // conditions look back only (validate)
		shown[question.Key] = question.ShowIf == nil || question.ShowIf.holds(answers, shown)
	}
	return shown
}

func (c Condition) holds(answers Answers, shown map[string]bool) bool {
	switch {
	case len(c.All) > 0:
		return !slices.ContainsFunc(c.All, func(p Condition) bool { return !p.holds(answers, shown) })
	case len(c.Any) > 0:
		return slices.ContainsFunc(c.Any, func(p Condition) bool { return p.holds(answers, shown) })
	}
	a := answers[c.Question]
	return shown[c.Question] && (slices.Contains(c.In, a.Value) && a.Value != "" ||
		slices.ContainsFunc(a.Values, func(v string) bool { return slices.Contains(c.In, v) }))
}

// Missing lists the questions that still keep the sheet from being submitted:
// shown, not complete, and not covered by a certificate.
func (q Questionnaire) Missing(answers Answers, covered map[string]string) []Question {
	shown := q.Visible(answers)
	var out []Question
	for _, question := range q.Questions() {
		a := answers[question.Key]
		if !shown[question.Key] || a.Empty() && covered[question.Key] != "" {
			continue
		}
		if !complete(question, a) {
			out = append(out, question)
		}
	}
	return out
}

// Used keeps of what certificates cover what is relied on: the questions that are shown
// and that nobody answered. Whoever answers a question gives that answer alone.
func (q Questionnaire) Used(answers Answers, covered map[string]string) map[string]string {
	out, shown := map[string]string{}, q.Visible(answers)
	for key, id := range covered {
		if shown[key] && answers[key].Empty() {
			out[key] = id
		}
	}
	return out
}

// Answered lists what Used leaves out of one certificate: the questions that it covers
// and that were answered all the same.
func (q Questionnaire) Answered(answers Answers, covered map[string]string, certificate string) []string {
	var out []string
	shown := q.Visible(answers)
	for _, question := range q.Questions() {
		if key := question.Key; covered[key] == certificate && shown[key] && !answers[key].Empty() {
			out = append(out, key)
		}
	}
	return out
}

// Progress is how far a sheet is.
type Progress struct {
	Done  int // answered, or covered
	Total int // of the questions that are asked after these answers
}

// Progress counts the questions shown, and those of them that are answered or
// covered: what 「17 / 25問」 means, wherever it stands.
func (q Questionnaire) Progress(answers Answers, covered map[string]string) (done, total int) {
	return progress(q.Questions(), q.Visible(answers), answers, covered)
}

// SectionProgress is Progress for one section.
func (q Questionnaire) SectionProgress(s Section, answers Answers, covered map[string]string) (done, total int) {
	return progress(s.Questions, q.Visible(answers), answers, covered)
}

func progress(questions []Question, shown map[string]bool, answers Answers, covered map[string]string) (done, total int) {
	for _, question := range questions {
		if !shown[question.Key] {
			continue
		}
		total++
		a := answers[question.Key]
		if a.Empty() && covered[question.Key] != "" || !a.Empty() && complete(question, a) {
			done++
		}
	}
	return done, total
}

// Score rates answers. Hidden and 該当しない questions do not count, and neither
// does what a certificate covers and nobody answered; the rest is scaled to 100.
// わからない costs what the scale says, but never pushes a percentage below 0, and is
// counted apart. A critical question counts as a gap when its answer reaches nothing,
// whatever its weight.
func (q Questionnaire) Score(answers Answers, covered map[string]string) Result {
	shown := q.Visible(answers)
	var total Result
	for _, s := range q.Sections {
		part := SectionResult{Key: s.Key}
		for _, question := range s.Questions {
			a := answers[question.Key]
			if !shown[question.Key] || a.Empty() && covered[question.Key] != "" {
				continue
			}
			if a.Value == Unknown {
				total.Unknown++
			}
			share, counts := Kinds[question.Kind].Score(question, a)
			if a.Value == Unknown {
				share = q.Rule().unknown()
			}
			if question.Critical && counts && share <= 0 {
				total.Critical = append(total.Critical, question.Key)
			}
			if counts && question.Weight > 0 {
				part.Points += share * question.Weight
				part.Max += question.Weight
			}
		}
		part.Percent, part.Scored = percentOf(part.Points, part.Max), part.Max > 0
		total.Points += part.Points
		total.Max += part.Max
		total.Sections = append(total.Sections, part)
	}
	total.Percent, total.Scored = percentOf(total.Points, total.Max), total.Max > 0
	return total
}

func percentOf(points, of float64) int {
	if of <= 0 {
		return 0
	}
	return int(math.Round(max(0, min(1, points/of)) * 100))
}

// stands tells whether a certificate of a kind stands in for a question: it must for
// each of the question's references that the coverage lists. Some stand in only for
// suppliers that process personal data and hold nothing else that is confidential.
// Critical questions are always asked.
func (c Coverage) stands(question Question, certificate string, personalData bool) bool {
	if question.Critical {
		return false
	}
	known := false
	for _, ref := range question.References {
		kinds, listed := c[ref]
		if !listed {
			continue
		}
		known = true
		if stand := kinds[certificate]; stand != StandsFull && (stand != StandsPersonal || !personalData) {
			return false
		}
	}
	return known
}

// Covered says which questions certificates stand in for: question key to the id
// of the first certificate that does. Certificates maps ids to kinds, in order.
func (c Coverage) Covered(q Questionnaire, certificates []Certificate, personalData bool) map[string]string {
	out := map[string]string{}
	for _, question := range q.Questions() {
		for _, cert := range certificates {
			if c.stands(question, cert.Kind, personalData) {
				out[question.Key] = cert.ID
				break
			}
		}
	}
	return out
}

// Certificate is what coverage needs to know of one: only those that hold today
// are given.
type Certificate struct{ ID, Kind string }
