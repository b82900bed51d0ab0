package audit

import (
	"testing"
	"time"

	"tsunagi/internal/access"
)

func TestWhoIsNamed(t *testing.T) {
	at := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		v    access.Viewer
		want Actor
	}{
		"a person":        {access.Viewer{Kind: access.Member, Org: "o", User: "u", Name: "確 認太"}, Actor{access.Member, "u", "確 認太"}},
		"a supplier":      {access.Supplier("o", "c:s", 1, "架空精工"), Actor{access.Link, "c:s", "架空精工"}},
		"background work": {access.System("o", "mail"), Actor{access.Process, "", "mail"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := New(tt.v, "e", at, "campaign.closed", Ref{Kind: "campaign", ID: "c"}, Detail{Key: "reason", Value: "x"}).In("c")
			if e.Actor != tt.want || e.Org != "o" || e.Campaign != "c" || len(e.Details) != 1 || !e.At.Equal(at) {
				t.Errorf("the entry is %+v, want by %+v", e, tt.want)
			}
		})
	}
}
