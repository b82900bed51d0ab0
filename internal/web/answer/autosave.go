package answer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/web"
)

// saveJSON is one answer as the script sends it.
type saveJSON struct {
	written

	Note  string  `json:"note"`
	Aside written `json:"aside"` // what わからない or 該当しない took the place of
	N     int     `json:"n"`     // the counter that the page knows
	Page  string  `json:"page"`  // which page sends it, see response.Given
}

// written is what was typed or chosen.
type written struct {
	Value  string   `json:"value"`
	Values []string `json:"values"`
}

// tidy gives every text as a form's would be.
func (b *saveJSON) tidy() {
	b.Note = web.Text(b.Note)
	for _, w := range []*written{&b.written, &b.Aside} {
		w.Value = strings.TrimSpace(web.Text(w.Value))
		for i, value := range w.Values {
			w.Values[i] = web.Text(value)
		}
	}
}

// given is what was sent, as the rules take it.
func (b saveJSON) given(q questionnaire.Question) (response.Given, error) {
	a, beside := b.answer(q)
	aside := questionnaire.Answer{Value: b.Aside.Value, Values: b.Aside.Values}
	return response.Given{Answer: a, Aside: aside, Seen: b.N, Page: b.Page}, questionnaire.Beside(q, beside)
}

// answer reads what was sent as if it had come from a form, so that full-width digits
// and the like are forgiven in one place.
func (b saveJSON) answer(q questionnaire.Question) (a, beside questionnaire.Answer) {
	form := url.Values{"a": b.Values, "a.note": {b.Note}}
	if b.Value != "" {
		form["a"] = append([]string{b.Value}, b.Values...)
	}
	if b.Value == questionnaire.Unknown || b.Value == questionnaire.NA {
		form["a.common"] = []string{b.Value}
	}
	if q.Traits().Files && form.Get("a.common") == "" {
		form.Del("a") // files are attached by uploading, never by naming
	}
	a, beside = questionnaire.Parse(q, form, "a")
	return dated(q, a), beside
}

// saveAnswer saves one answer for the script: one conditional update of the database,
// which reads nothing before it.
func (s sectionPages) saveAnswer(c *gin.Context) error {
	var body saveJSON
	if err := decodeJSON(c.Request.Body, &body); err != nil {
		return err
	}
	body.tidy()
	v, words := web.Viewer(c), s.Catalog.For(web.Lang(c))
	snapshot, err := s.campaigns.Snapshot(c.Request.Context(), v, campaign.CampaignOf(v.Assignment))
	if err != nil {
		return err
	}
	q, ok := snapshot.Questionnaire.Question(c.Param("question"))
	if !ok {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	n := 0
	given, err := body.given(q)
	if err == nil {
		n, err = s.responses.Answer(c.Request.Context(), v, q.Key, given)
	}
	other, wrong := new(response.Conflict), fault.FieldsOf(err)
	switch {
	case err == nil:
		c.JSON(http.StatusOK, gin.H{"n": n, "at": words.Time(s.Now())})
	case errors.As(err, &other):
		c.JSON(http.StatusConflict, gin.H{"kind": "conflict", "message": words.Fault(err),
			"saved": other.Saved.Answer, "text": s.worded(c, q, other.Saved.Answer), "n": other.Saved.Count})
	case len(wrong) > 0:
		c.JSON(http.StatusUnprocessableEntity, gin.H{"kind": "invalid", "message": words.FieldFault(wrong[0])})
	default:
		return err
	}
	return nil
}

// decodeJSON reads one JSON object; unknown and repeated keys and anything after
// it are refused.
func decodeJSON(r io.Reader, into any) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	bad := fault.New(fault.Invalid, "fault.json")
	if !utf8.Valid(raw) {
		return bad
	}
	if err := noRepeats(raw); err != nil {
		return bad.Because(err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return bad.Because(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return bad.Because(errors.New("more than one object"))
	}
	return nil
}

// noRepeats refuses an object that gives a key twice, in any case of letters:
// readers differ on which counts.
func noRepeats(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("not an object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		if key = strings.ToLower(key); seen[key] {
			return errors.New("key given twice")
		}
		seen[key] = true
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			return err
		}
	}
	return nil
}
