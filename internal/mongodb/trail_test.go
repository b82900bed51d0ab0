package mongodb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
)

// auditFilter is a page of the whole trail.
func auditFilter() audit.Filter { return audit.Filter{Size: 50} }

func TestTheTrailIsNarrowed(t *testing.T) {
	s := mongodb.Audit{DB: dbtest.Open(t)}
	add := func(n int, org, user, person string, action audit.Action, record, name, campaign, told string) {
		t.Helper()
		v := access.Viewer{Kind: access.Member, Org: org, User: user, Name: person}
		e := audit.New(v, fmt.Sprintf("%s%02d", org, n), after(n), action, audit.Ref{Kind: "x", ID: record, Name: name}, audit.Detail{Key: "reason", Value: told}).In(campaign)
		if err := s.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	add(1, "o1", "u1", "大野 花子", "supplier.changed", "s1", "ミホン精工（株）", "", "C-001 → C-002")
	add(2, "o1", "u2", "確 認太", "submission.viewed", "c1:s1", "ABC工業", "c1", "")
	add(3, "o1", "u2", "確 認太", "submission.returned", "c1:s1", "ABC工業", "c1", "図面.*の扱い")
	add(4, "o1", "u1", "大野 花子", "supplier.added", "s2", "見本商会", "", "")
	add(4, "o2", "u1", "大野 花子", "supplier.added", "s1", "ミホン精工（株）", "c1", "")
	for name, c := range map[string]struct {
		f    audit.Filter
		want string
	}{
		"nothing": {audit.Filter{}, "o104 o103 o102 o101"}, "a kind": {audit.Filter{Kind: "supplier"}, "o104 o101"},
		"a person": {audit.Filter{Actor: "u2"}, "o103 o102"}, "a name": {audit.Filter{Person: "花子"}, "o104 o101"},
		"a record": {audit.Filter{Record: "c1:s1"}, "o103 o102"}, "a campaign": {audit.Filter{Campaign: "c1"}, "o103 o102"},
		"from": {audit.Filter{From: after(3)}, "o104 o103"}, "until": {audit.Filter{To: after(3)}, "o102 o101"},
		"within":    {audit.Filter{From: after(2), To: after(4)}, "o103 o102"},
		"all of it": {audit.Filter{Actor: "u2", Kind: "submission", Record: "c1:s1", Campaign: "c1", From: after(3), To: after(4), Search: "abc"}, "o103"},
		"hiragana":  {audit.Filter{Search: "みほん"}, "o101"}, "wide letters": {audit.Filter{Search: "ａｂｃ"}, "o103 o102"},
		"an old value": {audit.Filter{Search: "c-001"}, "o101"}, "no expression": {audit.Filter{Search: ".*"}, "o103"}, "a bracket": {audit.Filter{Search: "（株"}, "o101"},
		"narrow for wide": {audit.Filter{Search: "(株)"}, "o101"}, "an id": {audit.Filter{Search: "c1:s1"}, "o103 o102"},
	} {
		c.f.Size = 50
		page, err := s.Trail(t.Context(), mailOwner, c.f)
		var got []string
		for _, e := range page.Entries {
			got = append(got, e.ID)
		}
		if err != nil || strings.Join(got, " ") != c.want || page.Older || page.Newer {
			t.Errorf("%s: %v, want %s; %v", name, got, c.want, err)
		}
		// A page of one row each, down and up again.
		c.f.Size = 1
		var each []string
		if err := s.EachEntry(t.Context(), mailOwner, c.f, func(e audit.Entry) error { each = append(each, e.ID); return nil }); err != nil || !slices.Equal(each, got) {
			t.Errorf("%s, one after the other: %v, %v", name, each, err)
		}
	}
}

// However long the trail is, a page looks at a part of it, and the next goes on there.
func TestALongTrailIsSearchedInParts(t *testing.T) {
	s := mongodb.Audit{DB: dbtest.Open(t)}
	const n = 20_100
	rows := make([]audit.Entry, n)
	for i := range rows {
		rows[i] = audit.Entry{ID: fmt.Sprintf("e%06d", i), Org: "o1", At: after(i / 50), Action: "x.y"}
	}
	rows[0].Record.Name, rows[n-1].Record.Name = "探す会社", "探す会社"
	if _, err := s.Raw("audit").InsertMany(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	f := audit.Filter{Search: "探す", Size: 50}
	first, err := s.Trail(t.Context(), mailOwner, f)
	if err != nil || len(first.Entries) != 1 || !first.Older || first.Looked.IsZero() {
		t.Fatalf("%d found, older %v, %v", len(first.Entries), first.Older, err)
	}
	f.Before = first.Next()
	second, err := s.Trail(t.Context(), mailOwner, f)
	if err != nil || len(second.Entries) != 1 || second.Entries[0].ID != rows[0].ID || second.Older {
		t.Fatalf("%+v, %v", second, err)
	}
	f.Before, f.After = audit.Cursor{}, second.Previous()
	up, err := s.Trail(t.Context(), mailOwner, f)
	if err != nil || len(up.Entries) != 0 || !up.Newer || up.Previous().IsZero() {
		t.Fatalf("%+v, %v", up, err)
	}
	f.After = up.Previous()
	if top, err := s.Trail(t.Context(), mailOwner, f); err != nil || len(top.Entries) != 1 || top.Newer {
		t.Errorf("%+v, %v", top, err)
	}
}
