package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/audit"
	"tsunagi/internal/supplier"
)

// fields are those that the page asks for by one control.
func fields() []supplier.Field {
	return slices.DeleteFunc(supplier.Fields(), func(f supplier.Field) bool { return f.Control == supplier.People })
}

// samples is a form with a value in every field.
func samples() url.Values {
	form := url.Values{}
	for _, f := range fields() {
		form.Set(string(f.Key), f.Sample)
	}
	return form
}

// typed is what a control of a page holds.
func typed(page *goquery.Document, name string) (value string, found bool) {
	control := page.Find(`main [name="` + name + `"]`)
	switch {
	case control.Is("input[type=radio], input[type=checkbox]"):
		value = control.Filter("[checked]").AttrOr("value", "")
	case control.Is("textarea"):
		value = control.Text()
	default:
		value = control.AttrOr("value", "")
	}
	return value, control.Length() > 0
}

// addressOf finds the page of a supplier in the list.
func (in *importing) addressOf(name string) string {
	in.t.Helper()
	link := in.clerk.Page("/suppliers").Find("tbody th a").FilterFunction(func(_ int, a *goquery.Selection) bool { return a.Text() == name })
	at, ok := link.Attr("href")
	if !ok {
		in.t.Fatalf("%s is not in the list", name)
	}
	return at
}

// Every field stands on the page in both languages, is saved, shown again, changed
// with a word in the trail, and emptied.
func TestEveryFieldOfASupplierOnThePage(t *testing.T) {
	in := importer(t)
	for _, lang := range []string{"ja", "en"} {
		page, w := in.clerk.Page("/suppliers/new?lang="+lang), in.Catalog.For(lang)
		for _, f := range fields() {
			if _, ok := typed(page, string(f.Key)); !ok || !strings.Contains(page.Find("main form").Text(), w.T(f.Title())) {
				t.Errorf("%s: the page does not ask for %s (%s)", lang, f.Key, w.T(f.Title()))
			}
			for _, choice := range f.Choices {
				if !strings.Contains(page.Find("main form").Text(), w.T(f.ChoiceLabel(choice))) {
					t.Errorf("%s: %s offers no %q", lang, f.Key, choice)
				}
			}
		}
	}
	in.clerk.Page("/suppliers/new?lang=ja")
	if res := in.clerk.Post("/suppliers/new", samples()); res.Code != http.StatusSeeOther {
		t.Fatalf("saved: %d %s", res.Code, problem(t, res.Body.String()))
	}
	at := in.addressOf(samples().Get("name"))
	page := in.clerk.Page(at)
	for _, f := range fields() {
		if got, _ := typed(page, string(f.Key)); got != f.Sample {
			t.Errorf("%s: the page shows %q, want %q", f.Key, got, f.Sample)
		}
	}
	form := url.Values{"code": {"S0001"}, "name": {"見本精工株式会社"}, "lang": {"ja"}, "lane": {"mail"}, "revision": {"1"}}
	if res := in.clerk.Post(at, form); res.Code != http.StatusSeeOther {
		t.Fatalf("emptied: %d %s", res.Code, problem(t, res.Body.String()))
	}
	page = in.clerk.Page(at)
	trail := in.As(access.Owner).Page("/trail").Find("main").Text()
	w := in.Catalog.For("ja")
	for _, f := range fields() {
		got, _ := typed(page, string(f.Key))
		if want := form.Get(string(f.Key)); got != want {
			t.Errorf("%s: emptied, the page shows %q, want %q", f.Key, got, want)
		}
		changed := f.Sample != form.Get(string(f.Key))
		was := f.Sample
		if len(f.Choices) > 0 {
			was = w.T(f.ChoiceLabel(was))
		}
		if f.Control == supplier.Checkbox {
			was = w.T(f.ChoiceLabel("yes"))
		}
		if said := strings.Contains(trail, w.T(f.Key.Label())+" "+was+audit.Became); said != changed {
			t.Errorf("%s: the trail says that it was %q: %v, want %v", f.Key, was, said, changed)
		}
	}
}

// A corporate number that was wrong is corrected, together with the invoice number
// that was made of it.
func TestAWrongCorporateNumberIsCorrected(t *testing.T) {
	in := importer(t)
	wrong, right := corporate("999990000001"), corporate("999990000002")
	in.take(in.upload("a.csv", []byte("コード,会社名,法人番号,登録番号\nN1,架空精工,"+wrong+",T"+wrong+"\n")))
	at := in.addressOf("架空精工")
	form := url.Values{"revision": {"1"}}
	page := in.clerk.Page(at)
	for _, f := range fields() {
		value, _ := typed(page, string(f.Key))
		form.Set(string(f.Key), value)
	}
	form.Set("corporate-number", right)
	res := in.clerk.Post(at, form)
	page = apptest.Parse(t, res)
	if res.Code != http.StatusUnprocessableEntity || problem(t, res.Body.String()) == "" || page.Find("#invoice-number[aria-invalid]").Length() != 1 {
		t.Errorf("with the other number as it was: %d %s", res.Code, page.Find("main").Text())
	}
	if got, _ := typed(page, "corporate-number"); got != right {
		t.Errorf("what was typed is lost: %q", got)
	}
	form.Set("invoice-number", "T"+right)
	if res := in.clerk.Post(at, form); res.Code != http.StatusSeeOther {
		t.Fatalf("both corrected: %d %s", res.Code, problem(t, res.Body.String()))
	}
	if got := in.find("N1"); got.CorporateNumber != right || got.InvoiceNumber != "T"+right {
		t.Errorf("saved: %+v", got)
	}
}

// What we export comes back in, in both languages and every format, and changes nothing.
func TestOurOwnExportsComeBack(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 8)
	yes := true
	for id, change := range map[string]func(*supplier.Supplier){
		"s0001": func(s *supplier.Supplier) { s.HoldsData = &yes }, // high by the questions, whatever the list said
		"s0002": func(s *supplier.Supplier) { s.Rank = supplier.TierUnknown },
	} {
		one, err := a.Suppliers.Get(t.Context(), a.Owner, id)
		if err != nil {
			t.Fatal(err)
		}
		change(&one)
		if _, err := a.Suppliers.Save(t.Context(), a.Owner, one); err != nil {
			t.Fatal(err)
		}
	}
	campaign := a.issued(8)
	in := &importing{Env: a.Env, t: t, clerk: a.buyer}
	for _, lang := range []string{"ja", "en"} {
		for _, format := range []string{"csv", "cp932", "xlsx"} {
			a.buyer.Page("/campaigns?lang=" + lang)
			file := a.buyer.Get(campaign + "/export?format=" + format).Body.Bytes()
			a.buyer.Page("/campaigns?lang=ja")
			doc := in.sees(in.upload("調査."+strings.Replace(format, "cp932", "csv", 1), file), "0 0 8 0")
			if got := strings.ReplaceAll(mapped(doc), " -", ""); got != "code name kana rank contact email" {
				t.Errorf("%s as %s is taken for %s", lang, format, got)
			}
		}
	}
}

// A form that is larger than any may be is refused, and not taken for an empty one.
func TestAFormThatIsTooLargeIsRefused(t *testing.T) {
	in := importer(t)
	form := samples()
	form.Set("note", strings.Repeat("長", 100_000))
	if res := in.clerk.Post("/suppliers/new", form); res.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", res.Code)
	}
	many := samples()
	for n := range 10_001 {
		many.Set("f"+strconv.Itoa(n), "")
	}
	if res := in.clerk.Post("/suppliers/new", many); res.Code != http.StatusUnprocessableEntity || strings.Contains(res.Body.String(), `name="note"`) {
		t.Errorf("with too many fields: status %d, want 422 and no form that looks empty", res.Code)
	}
	if res := in.clerk.Post("/suppliers/new?page=%zz", samples()); res.Code != http.StatusSeeOther {
		t.Errorf("beside a query that cannot be read: status %d, want 303", res.Code)
	}
}
