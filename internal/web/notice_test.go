package web_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"

	"tsunagi/internal/app/apptest"
)

// TestAForgedNoticeChoosesAmongOurWords: of what else a cookie holds, nothing is shown.
func TestAForgedNoticeChoosesAmongOurWords(t *testing.T) {
	env := apptest.New(t)
	for left, want := range map[string]string{
		`{"Kind":"success","Key":"suppliers.saved","Args":{"Name":"<b>例示</b>"}}`: "<b>例示</b> を保存しました。",
		`{"Kind":"success","Key":"delivery.again-done","Args":{"Count":1200}}`:   "1,200通を送信待ちに戻しました。順に送ります。",
		`{"Kind":"<b>","Key":"suppliers.saved"}`:                                 "",
		`{"Kind":"success","Key":"suppliers.nothing"}`:                           "",
		`{"Kind":"success","Key":"suppliers.saved","Args":[1]}`:                  "",
		`{`: "",
	} {
		req := httptest.NewRequest(http.MethodGet, "/sign-in", nil)
		req.Host = env.Base.Host
		req.AddCookie(&http.Cookie{Name: "tsunagi-note", Value: base64.RawURLEncoding.EncodeToString([]byte(left))})
		res := httptest.NewRecorder()
		env.ServeHTTP(res, req)
		if got := apptest.Parse(t, res).Find(".notice p").Text(); got != want {
			t.Errorf("%s is shown as %q, want %q", left, got, want)
		}
	}
}
