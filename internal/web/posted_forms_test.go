package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
)

// unclean is a text as no program should keep it: letters in parts, and signs that
// cannot be seen.
const unclean = "か\u3099\u200b架\u202e空\ufeff"

// TestNoFormKeepsWhatCannotBeSeen posts unclean texts to every kind of form. All take
// them, and afterwards no record of the database holds one, the trail neither. What is
// no text is refused by each, also when the form comes in parts, as uploads do.
func TestNoFormKeepsWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.submitted("C1:S2")
	a.set("assignments", "C1:S1", bson.D{{Key: "search", Value: bson.A{}}}) // as issuing leaves it
	supplier, buyer, owner, reviewer := a.start("C1:S1"), a.As(access.Buyer), a.As(access.Owner), a.As(access.Reviewer)
	firm := samples()
	firm.Set("name", unclean)
	firm.Set("remark", unclean+"\r\n二行目")
	asking := (&asking{Env: a.Env}).form(url.Values{"name": {unclean}, "purpose": {unclean + "\r\n二行目"}, "necessity": {unclean}, "contact_name": {unclean}})
	isms := ismsForm()
	isms.Set("scope", unclean)
	forms := []struct {
		client *apptest.Client
		path   string
		form   url.Values
		file   bool
	}{
		{owner, "/account", url.Values{"name": {unclean}, "lang": {"ja"}}, false},
		{owner, "/settings", url.Values{"name": {unclean}, "name_en": {"A\u00adB"}, "contact_department": {unclean}, "contact_phone": {"000-0000-0000"}, "contact_email": {"ask@example.jp"}}, false},
		{owner, "/users/invite", url.Values{"name": {unclean}, "email": {"new@example.jp"}, "role": {"buyer"}}, false},
		{buyer, "/suppliers/new", firm, false},
		{buyer, "/campaigns/new", asking, false},
		{supplier, s1 + "/delegate", url.Values{"by": {"架空"}, "name": {unclean}, "email": {"s9@example.jp"}}, false},
		{supplier, s1 + "/copies", url.Values{"by": {"架空"}, "name": {unclean}, "email": {"s8@example.jp"}}, false},
		{supplier, s1 + "/evidence/new?kind=isms", isms, true},
		{supplier, s1 + "/sections/more", url.Values{"q.where": {unclean + "\r\n二行目"}, "q.where.note": {unclean}, "q.where.n": {"0"}}, false},
		{reviewer, "/review/C1:S2/comment", url.Values{"n.often": {"0"}, "comment.often": {unclean}}, false},
		{reviewer, "/review/C1:S2/return", url.Values{"reason": {unclean}}, false},
		{buyer, "/assignments/C1:S1/readdress", url.Values{"department": {unclean}, "person": {unclean}, "email": {"s1@example.jp"}}, false},
		{supplier, s1 + "/decline", url.Values{"reason": {unclean + "\r\n二行目"}}, false},
		{buyer, "/assignments/C1:S1/withdraw", url.Values{"reason": {unclean}}, false},
	}
	post := func(i int, form url.Values) int {
		if forms[i].file {
			return forms[i].client.Upload(forms[i].path, form, "file", "登録証.pdf", aPDF(100)).Code
		}
		return forms[i].client.Post(forms[i].path, form).Code
	}
	for i, f := range forms {
		broken := url.Values{}
		for name, values := range f.form {
			broken[name] = []string{strings.ReplaceAll(values[0], unclean, "\xff")}
		}
		if code := post(i, broken); code != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d to what is no text", f.path, code)
		}
		if code := f.client.Upload(f.path, broken, "other", "a.pdf", aPDF(100)).Code; code != http.StatusUnprocessableEntity {
			t.Errorf("%s answers %d to what is no text in a form of parts", f.path, code)
		}
		if code := post(i, f.form); code != http.StatusSeeOther {
			t.Errorf("%s answers %d", f.path, code)
		}
	}
	if res := supplier.JSON(http.MethodPost, s1+"/answers/where", "{\"value\":\"\xff\",\"n\":1}"); res.Code != http.StatusUnprocessableEntity {
		t.Errorf("a script's text that is none: %d", res.Code)
	}
	a.look(t)
}

// look reads every record for texts that should not be kept.
func (a *asked) look(t *testing.T) {
	t.Helper()
	collections, err := a.db.ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range collections {
		cursor, err := a.db.Collection(name).Find(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		var records []bson.D
		if err := cursor.All(t.Context(), &records); err != nil {
			t.Fatal(err)
		}
		for _, record := range records {
			eachText(record, name, func(at, text string) {
				if strings.Contains(text, "が架空") {
					found++
				}
				if !utf8.ValidString(text) || !norm.NFC.IsNormalString(text) || strings.ContainsRune(text, '\r') || strings.IndexFunc(text, hidden) >= 0 {
					t.Errorf("%s holds %q", at, text)
				}
			})
		}
	}
	if found < 12 {
		t.Errorf("only %d texts were kept at all", found)
	}
}

func hidden(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && r != '\n' && r != '\t'
}

func eachText(v any, at string, visit func(at, text string)) {
	switch v := v.(type) {
	case string:
		visit(at, v)
	case bson.D:
		for _, e := range v {
			eachText(e.Value, at+"."+e.Key, visit)
		}
	case bson.A:
		for _, e := range v {
			eachText(e, at, visit)
		}
	}
}

// TestAutosaveAndContinueJudgeAlike: what is typed is kept, or refused, in one way,
// whichever way it comes.
func TestAutosaveAndContinueJudgeAlike(t *testing.T) {
	t.Parallel()
	a := ask(t)
	script, form := a.start("C1:S1"), a.start("C1:S2")
	lines := strings.Repeat("行\n", 500)[:500*4-1] // 999 characters
	texts := []string{"", " ", "耐火庫", "一\n二", unclean, "\x00", "\ufffd", "unknown", "１２", "-1e3", "令和8年4月1日", "2026/2/30",
		strings.Repeat("字", 1000), strings.Repeat("字", 1001), strings.Repeat("字", 4000), strings.Repeat("字", 4001),
		lines, lines + "\n三", strings.Repeat("が", 600), strings.Repeat("\u200b", 1500) + "短い", "=1+1", "<b>", "👨‍👩‍👧", "\n\n一\n\n"}
	for _, question := range []string{"where", "people", "since"} {
		for _, text := range texts {
			before := a.saved("C1:S1", question).Count
			one := script.JSON(http.MethodPost, s1+"/answers/"+question, `{"value":`+quoted(text)+`,"note":`+quoted(text)+`,"n":`+strconv.Itoa(before)+`}`)
			sent := strings.ReplaceAll(text, "\n", "\r\n") // as browsers do
			other := form.Post("/a/C1:S2/sections/more", url.Values{"q." + question: {sent}, "q." + question + ".note": {sent},
				"q." + question + ".n": {strconv.Itoa(a.saved("C1:S2", question).Count)}})
			if (one.Code == http.StatusOK) != (other.Code == http.StatusSeeOther) {
				t.Errorf("%s %.20q: the script is answered %d, the form %d", question, text, one.Code, other.Code)
			}
			if mine, theirs := a.saved("C1:S1", question), a.saved("C1:S2", question); !mine.Same(theirs.Answer) {
				t.Errorf("%s %.20q: the script keeps %.40q, the form %.40q", question, text, mine.Value+"/"+mine.Note, theirs.Value+"/"+theirs.Note)
			}
		}
	}
}
