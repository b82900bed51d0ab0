package response

import (
	"regexp"
	"strconv"
	"strings"

	"tsunagi/internal/questionnaire"
)

// Given is one answer as a page gives it.
type Given struct {
	questionnaire.Answer

	Aside questionnaire.Answer // what was typed or chosen before わからない or 該当しない was ticked
	Seen  int                  // the counter that the page saw
	Page  string               // the page that sends it, and its how manieth word that is: "id.7"
}

// pageForm is how a page may call itself.
var pageForm = regexp.MustCompile(`^[0-9A-Za-z-]{1,40}(\.[0-9]{1,15})?$`)

// page is the name of the page that sends it, "" when it is none.
func (g Given) page() string {
	if !pageForm.MatchString(g.Page) {
		return ""
	}
	return g.Page
}

// words tell how two answers of one page follow each other.
type words int

const (
	foreign words = iota // of another page: the person must choose
	later                // goes on from what is saved
	earlier              // overtaken by what is saved; or the browser's clock was put back
)

// compare tells how what a page sends relates to what is saved. When the reply to a
// save was lost, the page does not know that its own words are what stands there.
func compare(sent, saved string) words {
	sentPage, sentNumber, _ := strings.Cut(sent, ".")
	savedPage, savedNumber, _ := strings.Cut(saved, ".")
	if sentPage == "" || sentPage != savedPage {
		return foreign
	}
	now, _ := strconv.Atoi(sentNumber)
	then, _ := strconv.Atoi(savedNumber)
	if sentNumber == "" || now >= then { // a form without scripts counts nothing, and is sent by hand
		return later
	}
	return earlier
}

// Saved is the answer as it is kept.
func (s Save) Saved() Saved {
	out := Saved{Answer: s.Given.Answer, Count: s.Given.Seen + 1, At: s.Now, Page: s.Given.Page}
	if aside := s.Given.Aside; !aside.Empty() {
		out.Aside = &aside
	}
	return out
}
