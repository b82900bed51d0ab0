package campaign

import (
	"errors"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

// Told is what is written about one assignment of a batch beside its change: an entry
// of the trail and messages, either of which may be missing.
type Told struct {
	Entry    *audit.Entry
	Messages []notify.Message
}

// Batch is who changes many assignments, by which job and when. The ids of messages
// derive from the job, so that one that goes on after a kill sends nothing twice.
type Batch struct {
	By    access.Viewer
	Job   string
	At    time.Time
	NewID func() string
}

func (b Batch) entry(a Assignment, action audit.Action, details ...audit.Detail) *audit.Entry {
	e := audit.New(b.By, b.NewID(), b.At, action, audit.Ref{Kind: "assignment", ID: a.ID, Name: a.Name}, details...).In(a.Campaign)
	return &e
}

func (b Batch) messages(a Assignment, prefix string, kind notify.Kind) []notify.Message {
	return Messages(a, prefix+":"+b.Job+":"+a.ID, kind, b.At)
}

// CarryOver lets a request go to the people whom the directory has now. With revoke the
// link that the earlier address got stops working.
func (b Batch) CarryOver(a Assignment, s supplier.Supplier, revoke bool) (Decided, error) {
	c, err := CarryOver(a, s, revoke)
	if err != nil {
		return Decided{}, err
	}
	c = c.parting(a)
	c.Messages = c.messages(c.apply(a), "carry:"+b.Job+":"+a.ID, b.At)
	return Decided{a, c, *b.entry(a, c.action, c.details...)}, nil
}

// Remind gives the entry and the mails of one reminder.
func (b Batch) Remind(a Assignment) Told {
	return Told{Entry: b.entry(a, ActionReminded), Messages: b.messages(a, "remind", notify.Reminder)}
}

// Move is the dates that many assignments are given.
type Move struct {
	DueAt    time.Time `json:"due"` // zero: the campaign is closed
	ClosesAt time.Time `json:"closes"`
}

// MoveOf is what a campaign's new dates, or its end, do to its assignments.
func MoveOf(c Campaign) Move {
	if c.State == Closed {
		return Move{ClosesAt: c.ClosesAt}
	}
	return Move{DueAt: c.DueAt, ClosesAt: c.ClosesAt}
}

// Ends tells whether the move is the end of the campaign: nobody is told of it by
// mail, and the campaign's own entry tells of it.
func (m Move) Ends() bool { return m.DueAt.IsZero() }

// Check judges a move that was read from somewhere.
func (m Move) Check() error {
	switch {
	case m.ClosesAt.IsZero():
		return errors.New("a move without the day until which answers are taken")
	case !m.Ends() && m.ClosesAt.Before(m.DueAt):
		return errors.New("a move that closes before it is due")
	}
	return nil
}

// Move gives the entry and the mails that tell one supplier of its new dates; neither
// when the campaign ends, and no mail when none can reach it.
func (b Batch) Move(a Assignment, m Move) Told {
	if m.Ends() {
		return Told{}
	}
	told := Told{Entry: b.entry(a, ActionExtended, audit.WasAt("due", a.DueAt, m.DueAt))}
	if Mailable(a) {
		told.Messages = b.messages(a, "extend", notify.Extended)
	}
	return told
}

// IssuedEntry is the trail's entry that everybody was asked.
func IssuedEntry(v access.Viewer, c Campaign, id string, now time.Time) audit.Entry {
	return audit.New(v, id, now, ActionIssued, audit.Ref{Kind: "campaign", ID: c.ID, Name: c.Name}, moved(Issuing, Open)).In(c.ID)
}
