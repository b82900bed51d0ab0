package org

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/notify"
)

func TestTheHeadIsDueOnceAWeek(t *testing.T) {
	now := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, tt := range []struct {
		name         string
		made, mailed time.Duration // ago; 0 for never
		want         bool
	}{
		{"a new organisation", day, 0, false}, {"a week old, never mailed", 7 * day, 0, true},
		{"mailed yesterday", 99 * day, day, false}, {"just under a week ago", 99 * day, 7*day - time.Second, false},
		{"a week ago", 99 * day, 7 * day, true}, {"the clock was put back by a day", 99 * day, -day, false},
		{"noted by a clock that was a year ahead", 99 * day, -365 * day, true},
	} {
		o := Organization{CreatedAt: now.Add(-tt.made)}
		if tt.mailed != 0 {
			o.HeadMailedAt = now.Add(-tt.mailed)
		}
		if got := o.HeadDue(now); got != tt.want {
			t.Errorf("%s: due %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestTheHeadGoesToOwnersAlone(t *testing.T) {
	now := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	past := now.Add(-time.Hour)
	member := func(id, lang string, role access.Role, until *time.Time) Member {
		return Member{Membership: Membership{Org: "o1", User: id, Roles: []access.Role{role}, Until: until}, User: User{ID: id, Email: id + "@example.jp", Lang: lang}}
	}
	gone := member("gone", "ja", access.Owner, nil)
	gone.User = User{}
	a := audit.Anchor{At: now, Org: "o1", Seq: 3, Hash: strings.Repeat("0a", 32)}
	var got []string
	for _, m := range (Organization{ID: "o1"}).HeadMails([]Member{member("a", "ja", access.Owner, nil), member("b", "en", access.Owner, nil), gone,
		member("c", "ja", access.Buyer, nil), member("d", "ja", access.Auditor, nil), member("e", "ja", access.Owner, &past)}, a, func() string { return "id" }, now) {
		if m.Kind != notify.Head || m.Org != "o1" || m.Params[notify.ParamHead] != a.Line() || !m.IsQueued() {
			t.Errorf("%+v", m)
		}
		got = append(got, m.To.Email+" "+m.Lang)
	}
	if want := []string{"a@example.jp ja", "b@example.jp en"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}
