package work_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/work"
)

// chains are those of two organisations: the file beside the data has another hash of o2's,
// and o3's does not verify.
type chains struct {
	walked []string
	owed   []notify.Message
	refuse error // what saving answers
}

var ofThree = strings.Repeat("0a", 32)

func (c *chains) Organizations(context.Context) ([]audit.Head, error) {
	return []audit.Head{{Org: "o1", Seq: 3, Hash: ofThree}, {Org: "o2", Seq: 3, Hash: ofThree}, {Org: "o3", Seq: 3, Hash: ofThree}, {Org: "o4"}, {Org: "gone", Seq: 3, Hash: ofThree}}, nil
}
func (c *chains) HashAt(context.Context, string, int64) (string, error) { return ofThree, nil }
func (c *chains) Each(visit func(audit.Anchor) error) error {
	return visit(audit.Anchor{Org: "o2", Seq: 3, Hash: "another"})
}
func (c *chains) Add(audit.Anchor) error { return nil }
func (c *chains) Verify(_ context.Context, of string) (audit.Chain, error) {
	c.walked = append(c.walked, of)
	if of == "o3" {
		return audit.Chain{}, &audit.Break{Seq: 2, Reason: audit.Altered}
	}
	return audit.Chain{}, nil
}
func (c *chains) Organization(_ context.Context, v access.Viewer) (org.Organization, error) {
	if v.Org == "gone" {
		return org.Organization{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return org.Organization{ID: v.Org}, nil
}
func (c *chains) Members(_ context.Context, v access.Viewer) ([]org.Member, error) {
	return []org.Member{{Membership: org.Membership{Roles: []access.Role{access.Owner}}, User: org.User{Email: v.Org + "@example.jp"}}}, nil
}
func (c *chains) SaveHeadMails(_ context.Context, _ org.Organization, _ time.Time, messages []notify.Message) error {
	if c.refuse == nil {
		c.owed = append(c.owed, messages...)
	}
	return c.refuse
}

// Nobody is told the end of a trail that does not hold, by itself or beside what was noted
// outside, or that has no row; the others are told, and it is said which does not hold.
func TestOnlyAHeadThatHoldsIsMailed(t *testing.T) {
	for name, tt := range map[string]struct {
		refuse error
		owed   string
		failed bool
	}{
		"due": {nil, "[o1@example.jp]", false}, "another process was first": {fault.New(fault.Conflict, "fault.conflict"), "[]", false},
		"the database does not answer": {errors.New("no answer"), "[]", true},
	} {
		c := &chains{refuse: tt.refuse}
		w := &work.Anchoring{Store: c, Anchors: c, Now: onDay, Mails: &work.HeadMails{Store: c, Chains: c, NewID: newID, Now: onDay}}
		err := w.Once(t.Context())
		var to []string
		for _, m := range c.owed {
			to = append(to, m.To.Email)
		}
		if fmt.Sprint(to) != tt.owed || !errors.Is(err, work.ErrTampered) || !strings.Contains(err.Error(), "organisation o2") || !strings.Contains(err.Error(), "organisation o3") ||
			strings.Contains(err.Error(), "no answer") != tt.failed {
			t.Errorf("%s: told %v, %v", name, to, err)
		}
		walked := len(c.walked)
		if err := w.Mails.Tell(t.Context(), audit.Anchor{Org: "o3"}); err != nil || len(c.walked) != walked {
			t.Errorf("%s: a chain that does not hold is walked again at once: %v", name, err)
		}
	}
}
