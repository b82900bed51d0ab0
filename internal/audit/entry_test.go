package audit

import (
	"testing"
	"time"

	"tsunagi/internal/access"
)

// A person who looks at a sheet again and again within an hour leaves one entry.
func TestOnceAnHour(t *testing.T) {
	at := time.Date(2026, 11, 24, 1, 59, 59, 0, time.UTC)
	id := func(at time.Time, user, record string, action Action) string {
		return New(access.Viewer{Kind: access.Member, Org: "o", User: user}, "x", at, action, Ref{Kind: "assignment", ID: record}).OnceAnHour().ID
	}
	want := id(at, "u", "r", "a.b")
	if len(want) != 26 || id(at.Add(-59*time.Minute), "u", "r", "a.b") != want {
		t.Errorf("the same hour has other ids than %s", want)
	}
	for name, other := range map[string]string{"the next hour": id(at.Add(time.Second), "u", "r", "a.b"), "another person": id(at, "v", "r", "a.b"),
		"another sheet": id(at, "u", "s", "a.b"), "another act": id(at, "u", "r", "a.c")} {
		if other == want {
			t.Errorf("%s has the same id", name)
		}
	}
	second := New(access.Viewer{Kind: access.Member, Org: "o", User: "u"}, "x", at, "a.b", Ref{Kind: "assignment", ID: "r"}, Detail{Key: "revision", Value: "2"})
	if second.OnceAnHour().ID == want {
		t.Error("a look at another revision has the same id")
	}
	if id(at.Add(time.Hour), "u", "r", "a.b") < want {
		t.Error("ids do not grow with time")
	}
}

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

func TestInstead(t *testing.T) {
	was := Entry{Details: []Detail{{Key: "state", Value: "a → c"}, {Key: "reason", Value: "r"}}}
	is := was.Instead(Detail{Key: "state", Value: "b → c"})
	if is.Detail("state") != "b → c" || is.Detail("reason") != "r" || was.Detail("state") != "a → c" || len(is.Details) != 2 {
		t.Errorf("%+v of %+v", is, was)
	}
}
