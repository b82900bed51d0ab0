package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/demo"
)

var figures = regexp.MustCompile(`\d+`)

// TestThePasswordRuleIsSaidAsItIs: the least length that the page names is the one that is
// asked for, in both languages, and what everybody tries first is refused in words.
func TestThePasswordRuleIsSaidAsItIs(t *testing.T) {
	t.Parallel()
	for lang, weak := range map[string]string{"ja": "推測されやすい", "en": "easy to guess"} {
		t.Run(lang, func(t *testing.T) {
			c := apptest.New(t).As(access.Owner)
			hint := c.Page("/account?lang=" + lang).Find("form[action='/account/password'] .hint").Text()
			least, err := strconv.Atoi(figures.FindString(hint))
			if err != nil {
				t.Fatalf("the hint names no length: %q", hint)
			}
			refused := func(password, words string) {
				t.Helper()
				res := c.Post("/account/password", url.Values{"present": {demo.Password}, "password": {password}})
				if said := apptest.Parse(t, res).Find(".summary").Text(); res.Code != http.StatusUnprocessableEntity || !strings.Contains(said, words) {
					t.Errorf("%q: %d %q, want %q", password, res.Code, said, words)
				}
			}
			enough := "朝の工場で" + strings.Repeat("長", least-7) + "い鍵"
			refused(strings.TrimSuffix(enough, "鍵"), strconv.Itoa(least))
			refused("Basketball-2026", weak)
			if res := c.Post("/account/password", url.Values{"present": {demo.Password}, "password": {enough}}); res.Code != http.StatusSeeOther {
				t.Errorf("%q: %d, want it taken", enough, res.Code)
			}
		})
	}
}
