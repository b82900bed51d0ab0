package campaign

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
)

// memory is a store of one campaign and one request, which keeps what it was given.
type memory struct {
	Reader
	DeliveryStore

	campaign   Campaign
	assignment Assignment
	suppliers  int
	reads      int
	behind     int // requests at an earlier address than an import brought
	change     Change
	reminder   Reminder
	entries    []audit.Entry

	failed, next notify.Message
}

func (m *memory) Language(context.Context, access.Viewer, string) (string, error) { return "", nil }

func (m *memory) Organization(context.Context, access.Viewer) (org.Organization, error) {
	return org.Organization{ID: "o", Closures: []string{"2026-12-11"}}, nil
}

func (m *memory) Get(_ context.Context, _ access.Viewer, id string) (Campaign, error) {
	if m.reads++; id != m.campaign.ID {
		return Campaign{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return m.campaign, nil
}

func (m *memory) Assignment(_ context.Context, _ access.Viewer, id string) (Assignment, error) {
	if id != m.assignment.ID {
		return Assignment{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return m.assignment, nil
}

func (m *memory) AudienceSize(context.Context, access.Viewer, Audience, time.Time) (int, error) {
	return m.suppliers, nil
}

func (m *memory) RemindCounts(context.Context, access.Viewer, string, time.Time) (map[Response]RemindCount, error) {
	return map[Response]RemindCount{NotStarted: {Fresh: 1}}, nil
}

func (m *memory) keep(c Campaign, e audit.Entry) error {
	entries.Note(e)
	m.campaign, m.entries = c, append(m.entries, e)
	return nil
}

func (m *memory) Create(_ context.Context, c Campaign, e audit.Entry) error { return m.keep(c, e) }
func (m *memory) Save(_ context.Context, _ access.Viewer, c Campaign, e audit.Entry) error {
	return m.keep(c, e)
}
func (m *memory) DeleteDraft(_ context.Context, _ access.Viewer, c Campaign, e audit.Entry) error {
	return m.keep(c, e)
}
func (m *memory) StartIssue(_ context.Context, _ access.Viewer, c Campaign, e audit.Entry) error {
	return m.keep(c, e)
}
func (m *memory) StartReschedule(_ context.Context, _ access.Viewer, c Campaign, e audit.Entry) error {
	return m.keep(c, e)
}
func (m *memory) ResumeJob(_ context.Context, _ access.Viewer, c Campaign, e audit.Entry) error {
	return m.keep(c, e)
}
func (m *memory) Behind(context.Context, access.Viewer, string, time.Time) (int, error) {
	return m.behind, nil
}
func (m *memory) StartCarrying(_ context.Context, _ access.Viewer, _ string, _ bool, n int, e audit.Entry) error {
	m.behind -= n
	return m.keep(m.campaign, e)
}
func (m *memory) StartReminder(_ context.Context, _ access.Viewer, c Campaign, r Reminder, e audit.Entry) error {
	m.reminder = r
	return m.keep(c, e)
}
func (m *memory) Change(_ context.Context, _ access.Viewer, decided ...Decided) error {
	for _, d := range decided {
		entries.Note(d.Entry)
		m.change, m.assignment, m.entries = d.Change, d.Change.apply(d.Assignment), append(m.entries, d.Entry)
	}
	return nil
}
func (m *memory) Message(context.Context, access.Viewer, string) (notify.Message, error) {
	return m.failed, nil
}
func (m *memory) SaveResend(_ context.Context, _ access.Viewer, _, next notify.Message, e audit.Entry) error {
	entries.Note(e)
	m.next, m.entries = next, append(m.entries, e)
	return nil
}

func (m *memory) last() audit.Entry { return m.entries[len(m.entries)-1] }

var (
	buyer   = access.Viewer{Kind: access.Member, Org: "o", User: "u", Name: "購 買子", Roles: []access.Role{access.Buyer}}
	auditor = access.Viewer{Kind: access.Member, Org: "o", User: "a", Name: "監 査", Roles: []access.Role{access.Auditor}}
)

// office is the service over a memory, at a moment that a test may move.
func office(m *memory) (*Service, *time.Time) {
	now, n := today, 0
	return NewService(m, m, func() time.Time { return now }, func() string { n++; return fmt.Sprint("id", n) }), &now
}

func TestACampaignFromDraftToEnd(t *testing.T) {
	m := &memory{suppliers: 3, assignment: waiting(nil)}
	s, now := office(m)
	ctx := t.Context()
	typed := draft(func(c *Campaign) { c.ClosesAt = time.Time{} })
	c, err := s.Create(ctx, buyer, typed)
	if err != nil || c.State != Draft || c.CreatedBy != buyer.Name || c.ClosesAt.IsZero() {
		t.Fatalf("Create = %+v, %v", c, err)
	}
	if again, err := s.Save(ctx, buyer, c); err != nil || again.Revision != 1 || len(m.entries) != 1 {
		t.Errorf("saved as it was: %+v, %v", again, err)
	}
	typed = c
	typed.Name = "秋の調査"
	if c, err = s.Save(ctx, buyer, typed); err != nil || c.Revision != 2 || m.campaign.Name != "秋の調査" {
		t.Fatalf("Save = %+v, %v", c, err)
	}
	if _, err := s.Save(ctx, buyer, typed); fault.KindOf(err) != fault.Conflict {
		t.Errorf("saved over another revision: %v", err)
	}
	if err := s.TakeOut(ctx, buyer, c.ID, "s9", true); err != nil || len(m.campaign.Audience.Except) != 1 {
		t.Errorf("TakeOut: %v", err)
	}
	if err := s.Pick(ctx, buyer, c.ID, []string{"s1"}, nil); fault.KindOf(err) != fault.Conflict {
		t.Errorf("Pick for an audience by conditions: %v", err)
	}
	if err := s.SetCoverage(ctx, buyer, c.ID, questionnaire.Coverage{"x": {"isms": questionnaire.StandsFull}}); err != nil || len(m.campaign.Coverage) != 1 {
		t.Errorf("SetCoverage: %v", err)
	}
	if err := s.Issue(ctx, buyer, c.ID, 3, 0); err != nil || m.campaign.State != Issuing || m.last().Action != ActionStarted {
		t.Fatalf("Issue: %v", err)
	}
	m.campaign.State = Open
	if err := s.Remind(ctx, buyer, c.ID, Reminder{States: []Response{NotStarted}}); err != nil || m.reminder.Before.IsZero() {
		t.Errorf("Remind: %v", err)
	}
	if err := s.ExtendAll(ctx, buyer, c.ID, c.DueAt.AddDate(0, 0, 7)); err != nil || m.last().Action != ActionMoved {
		t.Errorf("ExtendAll: %v", err)
	}
	if err := s.Resume(ctx, buyer, c.ID); err != nil || m.last().Action != ActionResumed {
		t.Errorf("Resume: %v", err)
	}
	*now = now.AddDate(0, 1, 0)
	if err := s.Close(ctx, buyer, c.ID); err != nil || m.campaign.State != Closed || m.last().Campaign != c.ID {
		t.Errorf("Close: %v", err)
	}
	if err := s.Close(ctx, buyer, c.ID); fault.KindOf(err) != fault.Conflict {
		t.Errorf("closed twice: %v", err)
	}
}

// TestWhatThePageSawIsNotTrusted: a draft that was issued meanwhile is not written
// over, whatever state the page names.
func TestWhatThePageSawIsNotTrusted(t *testing.T) {
	m := &memory{campaign: draft(func(c *Campaign) { c.State = Open })}
	s, _ := office(m)
	if _, err := s.Save(t.Context(), buyer, draft(nil)); fault.KindOf(err) != fault.Conflict {
		t.Errorf("Save = %v, want Conflict", err)
	}
}

func TestWhatWasTypedComesBack(t *testing.T) {
	s, _ := office(&memory{campaign: draft(nil)})
	typed := draft(func(c *Campaign) { c.ID, c.Name = "", "" })
	if c, err := s.Create(t.Context(), buyer, typed, fault.Field{Name: "closes", Key: "fault.date"}); c.ID != "" || faults(err) != "closes fault.date, name fault.required" {
		t.Errorf("Create = %q, %v", c.ID, err)
	}
	typed.ID = "c"
	if c, err := s.Save(t.Context(), buyer, typed); c.Revision != 1 || faults(err) != "name fault.required" {
		t.Errorf("Save = revision %d, %v", c.Revision, err)
	}
}

func TestARequestIsChanged(t *testing.T) {
	m := &memory{assignment: waiting(func(a *Assignment) { a.MoreAskedAt = today })}
	s, _ := office(m)
	ctx, id := t.Context(), "c:s"
	for _, step := range []struct {
		name   string
		do     func() error
		action audit.Action
		mailed bool
	}{
		{"extend", func() error { return s.Extend(ctx, buyer, id, today.AddDate(0, 1, 0)) }, ActionExtended, true},
		{"send again", func() error { return s.SendAgain(ctx, buyer, id) }, ActionSentAgain, true},
		{"allow more mails", func() error { return s.AllowMore(ctx, buyer, id) }, ActionAllowed, false},
		{"revoke", func() error { return s.Revoke(ctx, buyer, id) }, ActionRevoked, false},
		{"hand over", func() error { return s.HandOver(ctx, buyer, id) }, ActionHanded, false},
		{"readdress", func() error { return s.Readdress(ctx, buyer, id, Address{Email: "n@example.jp"}, false) }, ActionReadress, true},
		{"show link", func() error { _, err := s.ShowLink(ctx, buyer, id); return err }, ActionShown, false},
		{"withdraw", func() error { return s.Withdraw(ctx, buyer, id, "取引終了") }, ActionWithdrew, true},
	} {
		t.Run(step.name, func(t *testing.T) {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			e := m.last()
			if e.Action != step.action || e.Record.ID != id || e.Campaign != "c" || e.Actor.Name != buyer.Name {
				t.Errorf("the entry is %+v, want %s", e, step.action)
			}
			if (len(m.change.Messages) > 0) != step.mailed {
				t.Errorf("mailed is %v, want %v", len(m.change.Messages) > 0, step.mailed)
			}
			if mails := m.change.Messages; len(mails) > 0 && mails[0].To.Email != m.assignment.Email {
				t.Errorf("the mail goes to %s, not to %s", mails[0].To.Email, m.assignment.Email)
			}
		})
	}
	if m.assignment.Response != Withdrawn || m.assignment.Generation != 2 {
		t.Errorf("in the end %+v", m.assignment)
	}
}

func TestWhoMayNotChangesNothing(t *testing.T) {
	m := &memory{campaign: draft(nil), assignment: waiting(nil)}
	s, _ := office(m)
	ctx := t.Context()
	for name, do := range map[string]func(access.Viewer) error{
		"create":   func(v access.Viewer) error { _, err := s.Create(ctx, v, draft(nil)); return err },
		"save":     func(v access.Viewer) error { _, err := s.Save(ctx, v, draft(nil)); return err },
		"pick":     func(v access.Viewer) error { return s.Pick(ctx, v, "c", nil, nil) },
		"issue":    func(v access.Viewer) error { return s.Issue(ctx, v, "c", 0, 0) },
		"remind":   func(v access.Viewer) error { return s.Remind(ctx, v, "c", Reminder{}) },
		"extend":   func(v access.Viewer) error { return s.ExtendAll(ctx, v, "c", today) },
		"close":    func(v access.Viewer) error { return s.Close(ctx, v, "c") },
		"resume":   func(v access.Viewer) error { return s.Resume(ctx, v, "c") },
		"withdraw": func(v access.Viewer) error { return s.Withdraw(ctx, v, "c:s", "x") },
		"resend": func(v access.Viewer) error {
			return NewLedger(m, s.now, s.newID).Resend(ctx, v, "m", "a@example.jp")
		},
	} {
		for who, v := range map[string]access.Viewer{"an auditor": auditor, "nobody": {}, "a supplier": access.Supplier("o", "c:s", 1, "")} {
			t.Run(name+" by "+who, func(t *testing.T) {
				if err := do(v); fault.KindOf(err) != fault.Forbidden || len(m.entries) > 0 {
					t.Errorf("%v, %d entries", err, len(m.entries))
				}
			})
		}
	}
}

func TestSnapshot(t *testing.T) {
	m := &memory{campaign: draft(func(c *Campaign) { c.State = Open })}
	s, _ := office(m)
	link, other := access.Supplier("o", "c:s", 1, ""), access.Supplier("o", "d:s", 1, "")
	named := auditor
	named.Campaigns = []string{"d"}
	for range 2 {
		if c, err := s.Snapshot(t.Context(), link, "c"); err != nil || c.Name != "調査" || m.reads != 1 {
			t.Errorf("Snapshot = %q, %v after %d reads", c.Name, err, m.reads)
		}
	}
	for who, v := range map[string]access.Viewer{"a supplier of another campaign": other, "an auditor of another campaign": named, "nobody": {}} {
		if _, err := s.Snapshot(t.Context(), v, "c"); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s is told: %v", who, err)
		}
	}
	if _, err := s.Snapshot(t.Context(), buyer, "c"); err != nil || m.reads != 1 {
		t.Errorf("the buyer: %v after %d reads", err, m.reads)
	}
	m.campaign.State = Draft
	s.snapshots.kept = nil
	for range 2 {
		if _, err := s.Snapshot(t.Context(), buyer, "c"); err != nil {
			t.Error(err)
		}
	}
	if m.reads != 3 {
		t.Errorf("a draft is kept in memory: %d reads", m.reads)
	}
}

func TestResend(t *testing.T) {
	failed := notify.Message{ID: "m", Org: "o", Kind: notify.Request, State: notify.Failed, Campaign: "c", Assignment: "c:s", To: notify.Recipient{Email: "old@example.jp"}}
	m := &memory{failed: failed, assignment: waiting(func(a *Assignment) { a.Generation, a.Email = 3, failed.To.Email })}
	s, _ := office(m)
	ledger := NewLedger(m, s.now, s.newID)
	if err := ledger.Resend(t.Context(), buyer, "m", " New@Example.jp"); err != nil || m.next.To.Email != "new@example.jp" || m.last().Action != ActionDeliveryResent || m.next.Generation != 3 {
		t.Errorf("Resend: %v, to %s with link %d", err, m.next.To.Email, m.next.Generation)
	}
	if err := ledger.Resend(t.Context(), buyer, "m", "nowhere"); faults(err) != "email fault.email" {
		t.Errorf("to no address: %v", err)
	}
	m.assignment.Email = "since@example.jp"
	if err := ledger.Resend(t.Context(), buyer, "m", "old@example.jp"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the request has gone elsewhere since: %v", err)
	}
	m.failed.Copy, m.assignment.Copies = true, []Copy{{Email: "old@example.jp"}}
	if err := ledger.Resend(t.Context(), buyer, "m", "copy@example.jp"); err != nil || !m.next.Copy {
		t.Errorf("to who reads along: %v", err)
	}
	if err := ledger.Resend(t.Context(), buyer, "m", "since@example.jp"); faults(err) != "email fault.delivery.reads-along" {
		t.Errorf("a copy to the person asked: %v", err)
	}
	m.failed.Replaced = "m2"
	if err := ledger.Resend(t.Context(), buyer, "m", "a@example.jp"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("sent again already: %v", err)
	}
}
