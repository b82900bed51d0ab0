package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/app/apptest"
	"tsunagi/internal/campaign"
)

// row finds the row of the matrix that a request belongs to; none: it leads out of ours.
func row(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	path, _, _ = strings.Cut(path, "#")
	parts := strings.Split(path, "/")
	best, exact := "", -1
	for r := range matrix {
		m, pattern, _ := strings.Cut(r, " ")
		of := strings.Split(pattern, "/")
		if m != method || len(of) != len(parts) || path == "" {
			continue
		}
		same, fits := 0, true
		for i, p := range of {
			if p == parts[i] {
				same++
			} else if !strings.HasPrefix(p, ":") {
				fits = false
			}
		}
		if fits && same > exact {
			best, exact = r, same
		}
	}
	return best
}

// offers lists what a page offers by method: its links, and where its buttons lead.
func offers(doc *goquery.Document, path string) map[string][]string {
	all := map[string][]string{}
	doc.Find("a[href]").Each(func(_ int, s *goquery.Selection) {
		all[http.MethodGet] = append(all[http.MethodGet], s.AttrOr("href", ""))
	})
	doc.Find("button:not([type=button])").Each(func(_ int, s *goquery.Selection) {
		form := s.Closest("form")
		if id, ok := s.Attr("form"); ok {
			form = doc.Find("form#" + id)
		}
		method := strings.ToUpper(form.AttrOr("method", http.MethodGet))
		all[method] = append(all[method], s.AttrOr("formaction", form.AttrOr("action", path)))
	})
	return all
}

// TestNobodyIsOfferedWhatIsRefused walks from home through every page that somebody comes
// to, as each role and as one with two: no link and no form leads where the matrix does not
// let that person in, and what several roles may is offered.
func TestNobodyIsOfferedWhatIsRefused(t *testing.T) {
	t.Parallel()
	a := ask(t)
	a.set("assignments", "C1:S1", bson.D{{Key: "delivery", Value: campaign.DeliveryBounced}})
	a.set("assignments", "C1:S2", bson.D{{Key: "delivery", Value: campaign.DeliverySent}})
	a.submitted("C1:S2")
	seen := map[string]map[string]bool{}
	for letters, role := range map[string]access.Role{"o": access.Owner, "b": access.Buyer, "r": access.Reviewer, "e": access.Reader, "a": access.Auditor, "br": "both"} {
		seen[letters] = walked(t, a.As(role), letters)
	}
	for r := range seen["br"] {
		if !strings.ContainsAny(matrix[r], "br") {
			t.Errorf("buyer and reviewer are offered %s", r)
		}
	}
	for _, alone := range []string{"b", "r"} {
		for r := range seen[alone] {
			if !seen["br"][r] {
				t.Errorf("%s is offered to %s, and not to one who is both", r, alone)
			}
		}
	}
	for _, r := range []string{"GET /suppliers", "GET /assignments/:id", "GET /review/:id", "GET /review/:id/sheet.pdf", "GET /documents", "POST /campaigns/:id/documents"} {
		if !seen["e"][r] {
			t.Errorf("a reader does not come to %s", r)
		}
	}
}

// walked gives what somebody is offered anywhere; each page is looked at once, however its
// list is narrowed.
func walked(t *testing.T, c *apptest.Client, letters string) map[string]bool {
	t.Helper()
	next := []string{"/", "/campaigns/C1"}
	offered, looked := map[string]bool{}, map[string]bool{next[0]: true, next[1]: true}
	for len(next) > 0 {
		path := next[0]
		next = next[1:]
		res := c.Get(path)
		if !strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") || res.Code != http.StatusOK {
			if res.Code == http.StatusForbidden {
				t.Errorf("%s is offered %s, and refused", letters, path)
			}
			continue
		}
		for method, all := range offers(apptest.Parse(t, res), path) {
			for _, to := range all {
				r := row(method, to)
				if r == "" || matrix[r] == "public" || matrix[r] == "link" {
					continue
				}
				offered[r] = true
				if !strings.ContainsAny(matrix[r], letters) {
					t.Errorf("%s at %s is offered %s (%s)", letters, path, to, r)
				}
				if page, _, _ := strings.Cut(to, "?"); method == http.MethodGet && !looked[page] {
					looked[page] = true
					next = append(next, to)
				}
			}
		}
	}
	return offered
}
