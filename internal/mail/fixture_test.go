package mail

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tsunagi/internal/campaign"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/token"
	"tsunagi/templates"
)

// noon is the day on which the tests happen: noon in Tokyo.
var noon = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

// testRenderer is a copy: its templates were parsed once for all tests.
func testRenderer(t testing.TB) *Renderer {
	t.Helper()
	parsed, err := renderer()
	if err != nil {
		t.Fatal(err)
	}
	r := *parsed
	return &r
}

var renderer = sync.OnceValues(func() (*Renderer, error) {
	keys, err := token.NewKeys(make([]byte, token.KeyBytes))
	if err != nil {
		return nil, err
	}
	words, err := catalog()
	if err != nil {
		return nil, err
	}
	base := url.URL{Scheme: "https", Host: "tsunagi.example.jp"}
	return NewRenderer(RendererConfig{Templates: templates.FS, Words: func(lang string) Words { return words.For(lang) }, Base: &base, Keys: keys,
		From: "tsunagi@example.com"})
})

func testOrg() org.Organization {
	return org.Organization{ID: "o1", Name: "サンプル電機株式会社", NameEN: "Sample Electric Co., Ltd."}
}

func testCampaign() campaign.Campaign {
	var questions []questionnaire.Question
	for i := range 25 {
		questions = append(questions, questionnaire.Question{Key: fmt.Sprintf("q%d", i+1), Kind: questionnaire.Maturity, Weight: 4})
	}
	questions[1].References, questions[3].References, questions[4].References = []string{"IPA5-02"}, []string{"IPA5-04"}, []string{"IPA5-05"}
	questions[4].Critical = true
	full, personal := questionnaire.StandsFull, questionnaire.StandsPersonal
	due := time.Date(2026, 12, 10, 14, 59, 59, 0, time.UTC)
	return campaign.Campaign{ID: "c1", Org: "o1", Name: "2026年度 情報セキュリティ調査",
		Purpose:   "当社製品の図面をお預けしているため、取扱い状況を確認します。",
		Necessity: "図面の流出は、当社と取引先の双方に大きな損害となります。\n昨年、業界で同様の事故がありました。",
		Contact: org.Contact{Department: "調達部 セキュリティ窓口", Name: "山田", Phone: "03-0000-0000",
			Email: "security@example.jp", Hours: "平日 9時から17時"},
		Questionnaire: questionnaire.Questionnaire{Sections: []questionnaire.Section{{Key: "s1", Questions: questions}}},
		Coverage:      questionnaire.Coverage{"IPA5-02": {"isms": full}, "IPA5-04": {"isms": full, "pmark": personal}, "IPA5-05": {"isms": full}},
		StandIn:       true, DueAt: due, ClosesAt: due.AddDate(0, 0, 14), State: campaign.Open}
}

func testAssignment(supplier string) campaign.Assignment {
	c := testCampaign()
	return campaign.Assignment{ID: campaign.AssignmentID(c.ID, supplier), Org: c.Org, Campaign: c.ID, Supplier: supplier,
		Name: "青葉精密株式会社", Department: "品質保証部", Person: "佐藤 花子", Email: supplier + "@example.jp", Lang: "ja",
		Request: "R-2026-0001", Generation: 1, Delivery: campaign.DeliveryQueued, Response: campaign.NotStarted, DueAt: c.DueAt, ClosesAt: c.ClosesAt}
}

func messageTo(a campaign.Assignment, id string, kind notify.Kind) notify.Message {
	m := notify.New(id, a.Org, kind, notify.Recipient{Email: a.Email, Company: a.Name, Department: a.Department, Name: a.Person}, a.Lang, noon)
	m.Campaign, m.Assignment = a.Campaign, a.ID
	return m
}

// memory is an outbox in memory with the same promises as the stored one.
type memory struct {
	mu          sync.Mutex
	messages    map[string]notify.Message
	assignments map[string]campaign.Assignment
	settled     []notify.Outcome
	users       []org.User
	invitations []org.Invitation
	broken      error // what Settle answers while it is set
	pause       notify.Pause
	held        bool // the data came out of a backup
}

func newMemory(messages ...notify.Message) *memory {
	m := &memory{messages: map[string]notify.Message{}, assignments: map[string]campaign.Assignment{}}
	for _, msg := range messages {
		m.messages[msg.ID] = msg
	}
	return m
}

// owe adds requests to n suppliers and gives their ids in order.
func (m *memory) owe(n int) []string {
	var ids []string
	for i := range n {
		a := testAssignment(fmt.Sprintf("s%03d", i))
		m.assignments[a.ID] = a
		id := a.ID + ":request"
		m.messages[id] = messageTo(a, id, notify.Request)
		ids = append(ids, id)
	}
	return ids
}

func (m *memory) Claim(_ context.Context, n int, now, until time.Time) ([]notify.Message, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for id, msg := range m.messages {
		if msg.State == notify.Queued && !msg.NextAt.After(now) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	var out []notify.Message
	for _, id := range ids[:min(n, len(ids))] {
		msg := m.messages[id]
		msg.Fence++
		msg.NextAt, msg.LeaseUntil = until, until
		m.messages[id] = msg
		out = append(out, msg)
	}
	return out, nil
}

func (m *memory) Pause(context.Context) (notify.Pause, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pause, nil
}

func (m *memory) Held(context.Context) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held, nil
}

func (m *memory) SavePause(_ context.Context, read, next notify.Pause) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pause.Tries != read.Tries || !m.pause.Since.Equal(read.Since) {
		return false, nil
	}
	m.pause = next
	return true, nil
}

func (m *memory) ClaimProbe(_ context.Context, p notify.Pause, now, until time.Time) ([]notify.Message, error) {
	m.mu.Lock()
	if m.pause.Tries != p.Tries || m.pause.ProbeUntil.After(now) {
		m.mu.Unlock()
		return nil, nil
	}
	var fresh, again []notify.Message
	for _, msg := range m.messages {
		switch {
		case msg.State != notify.Queued || msg.NextAt.After(now):
		case msg.RefusedAt.IsZero():
			fresh = append(fresh, msg)
		default:
			again = append(again, msg)
		}
	}
	slices.SortFunc(fresh, func(a, b notify.Message) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(again, func(a, b notify.Message) int { return a.RefusedAt.Compare(b.RefusedAt) })
	due := append(fresh, again...)
	if p.RefusedFirst() {
		due = append(again, fresh...)
	}
	if len(due) == 0 {
		m.mu.Unlock()
		return nil, nil
	}
	m.pause.ProbeUntil = until
	msg := m.messages[due[0].ID]
	msg.Fence++
	msg.NextAt, msg.LeaseUntil = until, until
	m.messages[msg.ID] = msg
	m.mu.Unlock()
	return []notify.Message{msg}, nil
}

func (m *memory) Settle(_ context.Context, outcomes []notify.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	for _, o := range outcomes {
		msg := m.messages[o.Message.ID]
		if msg.Fence != o.Message.Fence || msg.State != notify.Queued {
			continue
		}
		msg.State, msg.Attempts, msg.Refusals, msg.Reply, msg.Reason = o.State, o.Attempts, o.Refusals, o.Reply, o.Reason
		if !o.Refused.IsZero() {
			msg.RefusedAt = o.Refused
		}
		if !o.Hung.IsZero() {
			msg.HungAt = o.Hung
		}
		if o.State == notify.Queued {
			msg.NextAt = o.NextAt
		}
		m.messages[msg.ID] = msg
		m.settled = append(m.settled, o)
	}
	return nil
}

func (m *memory) get(id string) notify.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.messages[id]
}

func (m *memory) states() map[notify.State]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[notify.State]int{}
	for _, msg := range m.messages {
		out[msg.State]++
	}
	return out
}

func (m *memory) Campaigns(context.Context, []string) ([]campaign.Campaign, error) {
	return []campaign.Campaign{testCampaign()}, nil
}

func (m *memory) Assignments(_ context.Context, ids []string) ([]campaign.Assignment, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []campaign.Assignment
	for _, id := range ids {
		if a, ok := m.assignments[id]; ok {
			out = append(out, a)
		}
	}
	return out, nil
}

func (m *memory) Organizations(context.Context, []string) ([]org.Organization, error) {
	return []org.Organization{testOrg()}, nil
}
func (m *memory) Users(context.Context, []string) ([]org.User, error) { return m.users, nil }
func (m *memory) Invitations(context.Context, []string) ([]org.Invitation, error) {
	return m.invitations, nil
}
