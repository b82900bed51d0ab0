package document_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/fault"
)

func TestEveryRowIsWhole(t *testing.T) {
	seen := map[document.Kind]bool{}
	for _, row := range document.Kinds() {
		if row.Kind == "" || seen[row.Kind] || row.Permission == "" || !strings.HasPrefix(row.Extension, ".") ||
			!strings.Contains(row.Type, "/") || row.Life < time.Hour || row.Make == nil {
			t.Errorf("the row of %q is not whole, or there twice: %+v", row.Kind, row)
		}
		seen[row.Kind] = true
		if got, err := row.Kind.Traits(); err != nil || got.Kind != row.Kind {
			t.Errorf("%s: %+v, %v", row.Kind, got.Kind, err)
		}
	}
	if _, err := document.Kind("other").Traits(); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a kind that nobody knows: %v", err)
	}
}

// named are those of the kinds that these tests are about.
func named(kinds []document.Kind) []document.Kind {
	out := []document.Kind{}
	for _, kind := range kinds {
		if slices.Contains([]document.Kind{document.Summary, document.Sheets, document.Trail, document.Entries}, kind) {
			out = append(out, kind)
		}
	}
	return out
}

func TestWhoMayHaveWhich(t *testing.T) {
	as := func(r access.Role) access.Viewer {
		return access.Viewer{Kind: access.Member, Org: "o", User: "u", Roles: []access.Role{r}}
	}
	for _, c := range []struct {
		name string
		v    access.Viewer
		want []document.Kind
	}{
		{"owner", as(access.Owner), []document.Kind{document.Summary, document.Sheets, document.Trail, document.Entries}},
		{"auditor", as(access.Auditor), []document.Kind{document.Summary, document.Sheets, document.Trail, document.Entries}},
		{"buyer", as(access.Buyer), []document.Kind{document.Summary, document.Sheets}},
		{"reviewer", as(access.Reviewer), []document.Kind{document.Summary, document.Sheets}},
		{"nobody", access.Viewer{}, []document.Kind{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := named(document.For(c.v)); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestWhatIsOffered(t *testing.T) {
	as := func(r access.Role) access.Viewer {
		return access.Viewer{Kind: access.Member, Org: "o", User: "u", Roles: []access.Role{r}}
	}
	for _, c := range []struct {
		name    string
		v       access.Viewer
		at      document.Place
		answers int
		want    []document.Kind
	}{
		{"of a campaign without answers", as(access.Buyer), document.OnCampaign, 0, []document.Kind{document.Summary}},
		{"of a campaign", as(access.Owner), document.OnCampaign, 1, []document.Kind{document.Summary, document.Sheets}},
		{"of the trail", as(access.Auditor), document.OnTrail, 0, []document.Kind{document.Trail, document.Entries}},
		{"of all", as(access.Owner), document.OnList, 0, []document.Kind{document.Trail}},
		{"of all, to a buyer", as(access.Buyer), document.OnList, 0, []document.Kind{}},
		{"to nobody", access.Viewer{}, document.OnCampaign, 1, []document.Kind{}},
		{"nowhere", as(access.Owner), "", 1, []document.Kind{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := named(document.Offered(c.v, c.at, c.answers)); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// A kind that no page offers cannot be had; one that needs a campaign or an answer is
// offered only where there is one.
func TestEveryKindIsOfferedSomewhere(t *testing.T) {
	for _, row := range document.Kinds() {
		if len(row.Places) == 0 {
			t.Errorf("%s is offered nowhere", row.Kind)
		}
		for _, at := range row.Places {
			if at != document.OnCampaign && (!row.Whole || row.Answers) {
				t.Errorf("%s is offered at %s, where there is no campaign", row.Kind, at)
			}
		}
	}
}

// shelf keeps what was asked for, and knows two campaigns of organisation o.
type shelf struct {
	document.Reader
	document document.Document
	most     int
	entry    audit.Entry
}

func (s *shelf) AskDocument(_ context.Context, d document.Document, most int, e audit.Entry) error {
	document.Watched.Note(e)
	s.document, s.most, s.entry = d, most, e
	return nil
}

func (s *shelf) Get(_ context.Context, v access.Viewer, id string) (campaign.Campaign, error) {
	if v.Org != "o" || id != "open" && id != "draft" {
		return campaign.Campaign{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return campaign.Campaign{ID: id, Name: "調査", State: map[string]campaign.State{"open": campaign.Open, "draft": campaign.Draft}[id]}, nil
}

func TestAsk(t *testing.T) {
	now := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	owner := access.Viewer{Kind: access.Member, Org: "o", User: "u", Name: "青木", Roles: []access.Role{access.Owner}, Campaigns: []string{"open"}}
	buyer, link := owner, owner
	buyer.Roles, link.Kind = []access.Role{access.Buyer}, access.Link
	for _, c := range []struct {
		name string
		v    access.Viewer
		kind document.Kind
		of   string
		want fault.Kind // Internal: it is asked for
	}{
		{"a summary", owner, document.Summary, "open", fault.Internal},
		{"the trail of a campaign", owner, document.Trail, "open", fault.Internal},
		{"the trail of everything", owner, document.Trail, "", fault.Internal},
		{"a summary of everything", owner, document.Summary, "", fault.NotFound},
		{"the entries", owner, document.Entries, "", fault.Internal},
		{"the entries, by a buyer", buyer, document.Entries, "", fault.Forbidden},
		{"the sheets", owner, document.Sheets, "open", fault.Internal},
		{"sheets of a draft", owner, document.Sheets, "draft", fault.NotFound},
		{"a summary of a campaign of others", owner, document.Summary, "theirs", fault.NotFound},
		{"a kind that nobody knows", owner, "other", "open", fault.NotFound},
		{"the trail, by a buyer", buyer, document.Trail, "", fault.Forbidden},
		{"a summary, by a supplier", link, document.Summary, "open", fault.Forbidden},
		{"a summary, by the system", access.System("o", "x"), document.Summary, "open", fault.Forbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, ids := &shelf{}, 0
			rules := document.NewService(s, s, func() time.Time { return now }, func() string { ids++; return strconv.Itoa(ids) })
			d, err := rules.Ask(t.Context(), c.v, document.Document{Kind: c.kind, Campaign: c.of, Name: "甲社", Issuer: "甲社", Lang: "ja", Filter: "kind=user"})
			if c.want != fault.Internal {
				if err == nil || fault.KindOf(err) != c.want || s.document.ID != "" {
					t.Errorf("got %v and %+v kept, want %s", err, s.document, c.want)
				}
				return
			}
			name := map[string]string{"open": "調査", "": "甲社"}[c.of]
			if err != nil || s.document.ID != d.ID || d.ID != "1" || d.Org != "o" || d.Name != name || d.State != document.Waiting || s.most != 3 {
				t.Fatalf("%v: %+v, at most %d", err, d, s.most)
			}
			if narrowed := c.kind == document.Entries; (d.Filter != "") != narrowed || (s.entry.Detail("filter") != "") != narrowed {
				t.Errorf("it is narrowed to %q, and told as %v", d.Filter, s.entry.Details)
			}
			if !d.AskedAt.Equal(now) || !d.ExpiresAt.Equal(now.Add(7*24*time.Hour)) {
				t.Errorf("asked at %s, kept until %s", d.AskedAt, d.ExpiresAt)
			}
			if v := d.Viewer(); v.Org != "o" || v.User != "u" || !v.Is(access.Owner) || !slices.Equal(v.Campaigns, c.v.Campaigns) {
				t.Errorf("it is made as %+v", v)
			}
			if e := s.entry; e.ID != "2" || e.Action != audit.Action("report."+c.kind+"-asked") || e.Campaign != c.of || e.Record != d.Ref() {
				t.Errorf("the trail says %+v", e)
			}
		})
	}
}

func TestAskingFailsWhenItIsNotKept(t *testing.T) {
	full := fault.New(fault.TooMany, "fault.document.too-many")
	rules := document.NewService(refusing{err: full}, &shelf{}, time.Now, func() string { return "1" })
	v := access.Viewer{Kind: access.Member, Org: "o", User: "u", Roles: []access.Role{access.Owner}}
	if _, err := rules.Ask(t.Context(), v, document.Document{Kind: document.Summary, Campaign: "open"}); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
}

type refusing struct {
	document.Reader
	err error
}

func (r refusing) AskDocument(context.Context, document.Document, int, audit.Entry) error {
	return r.err
}
