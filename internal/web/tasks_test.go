package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tsunagi/internal/access"
)

// TestTheMainButtonOfTheTasks says and leads to what comes next, from the first look to
// the second submission; and the request's own button says the same.
func TestTheMainButtonOfTheTasks(t *testing.T) {
	t.Parallel()
	a := ask(t)
	request := func() string {
		return strings.TrimSpace(a.Browser().Page(a.link("C1:S1")).Find(".button-large").Text())
	}
	a.Browser().Post(a.link("C1:S1")+"/start", url.Values{"to": {"not-ours"}})
	if got := request(); got != "回答を始める" {
		t.Errorf("who only looked reads %q", got)
	}
	c := a.start("C1:S1")
	form := url.Values{"name": {"架空 花子"}, "role": {"総務"}, "agreed": {"1"}}
	for _, step := range []struct {
		name, says, leads, request string
		do                         func()
	}{
		{"nothing answered", "回答を始める", "/sections/basic", "回答を始める", func() {}},
		{"some answered", "続きから答える", "/sections/more", "続きから答える", func() {
			c.Post(s1+"/sections/basic", section(url.Values{"q.update": {"partly"}, "q.backup": {"done"}}))
		}},
		{"all but what is optional", "回答の確認と提出", "/check", "続きから答える", func() {
			c.Post(s1+"/sections/more", section(url.Values{"q.often": {"weekly"}, "q.media": {"daily"}, "q.where": {"耐火庫"}, "q.people": {"12"}, "q.since": {"2026/4/1"}}))
		}},
		{"returned", "続きから答える", "/sections/more#q.often", "続きから答える", func() {
			a.must(c.Post(s1+"/submit", form))
			a.must(a.As(access.Reviewer).Post("/review/C1:S1/return", url.Values{"reason": {"頻度を"}, "comment.often": {"毎週で足りますか"}, "flag.often": {"1"}, "n.often": {"0"}}))
		}},
		{"corrected", "回答の確認と提出", "/check", "続きから答える", func() {
			c.JSON(http.MethodPost, s1+"/answers/often", `{"value":"daily","n":1}`)
		}},
	} {
		step.do()
		button := c.Page(s1 + "/tasks").Find(".actions a")
		if says, leads := strings.TrimSpace(button.Text()), button.AttrOr("href", ""); says != step.says || leads != s1+step.leads || request() != step.request {
			t.Errorf("%s: %q leads to %s, and the request says %q", step.name, says, leads, request())
		}
	}
}
