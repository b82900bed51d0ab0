package evidence

import (
	"context"
	"io"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
)

// Audit actions about evidence.
const (
	ActionAdded   audit.Action = "evidence.added"
	ActionRemoved audit.Action = "evidence.removed"
	ActionViewed  audit.Action = "evidence.viewed"
)

// Reader is what pages read directly.
type Reader interface {
	// Of lists an assignment's evidence that was not taken back. A buyer sees only
	// what a submission relies on, also when it was taken back for the next one.
	Of(ctx context.Context, v access.Viewer, assignment string) ([]Evidence, error)
	Get(ctx context.Context, v access.Viewer, id string) (Evidence, error)
	// Open streams a stored file.
	Open(ctx context.Context, v access.Viewer, e Evidence) (io.ReadCloser, error)
}

// Store keeps evidence and its files.
type Store interface {
	Reader
	// Put stores a file under an id. When no evidence comes to name the file, the
	// caller drops it.
	Put(ctx context.Context, id, name string, r io.Reader) error
	Drop(ctx context.Context, id string) error
	// Spend takes from budgets; TooMany when one is empty.
	Spend(ctx context.Context, spendings ...budget.Spending) error
	// Refund gives back what was spent for nothing.
	Refund(ctx context.Context, spendings ...budget.Spending) error
	// Add is TooMany when e does not fit beside what was attached meanwhile.
	Add(ctx context.Context, v access.Viewer, e Evidence, entry audit.Entry) error
	Remove(ctx context.Context, v access.Viewer, e Evidence, now time.Time, entry audit.Entry) error
	// Note keeps what was found in a file; nothing else of the evidence changes.
	Note(ctx context.Context, e Evidence) error
	// Made is what was made of a file, empty when it was not. It asks for the same
	// right as the file itself.
	Made(ctx context.Context, v access.Viewer, e Evidence, id string) (Made, error)
	// Keep makes room by the oldest of the file, and of the organisation.
	Keep(ctx context.Context, m Made, most Room) error
}

// Service is the rules about evidence.
type Service struct {
	Reader
	// Low tells whether there is little room left on the disk: then nothing new is made of
	// files to be shown. Nil: nobody looks.
	Low     func() bool
	store   Store
	engine  Engine
	now     func() time.Time
	newID   func() string
	showing showing
}

// NewService wires the rules to a store, and to what looks into files; without one
// they stay unchecked.
func NewService(store Store, engine Engine, now func() time.Time, newID func() string) *Service {
	return &Service{Reader: store, store: store, engine: engine, now: now, newID: newID}
}

// What one supplier may attach to one request.
const (
	maxFiles = 40
	maxBytes = 200 << 20
)

// Fits judges whether one more may be attached beside what was given. TooMany when there
// are too many, or they are too large together.
func Fits(given []Evidence, next Evidence) error {
	if len(given) >= maxFiles {
		return fault.New(fault.TooMany, "fault.evidence.too-many").With("Max", maxFiles)
	}
	var size int64
	for _, e := range append(given[:len(given):len(given)], next) {
		if e.File != nil {
			size += e.File.Size
		}
	}
	if size > maxBytes {
		return fault.New(fault.TooMany, "fault.evidence.too-much").With("Max", maxBytes>>20)
	}
	return nil
}

// Add checks what was typed, stores the file while it comes in, and notes the
// evidence. Nothing is stored when something is wrong.
func (s *Service) Add(ctx context.Context, v access.Viewer, company string, e Evidence, name string, file io.Reader) (Evidence, error) {
	if !v.Can(access.AnswerRequest) {
		return e, fault.New(fault.Forbidden, "fault.forbidden")
	}
	given, err := s.Of(ctx, v, v.Assignment)
	if err != nil {
		return e, err
	}
	if err := Fits(given, e); err != nil {
		return e, err
	}
	if err := e.Check(s.now(), file != nil); err != nil {
		return e, err
	}
	e.ID, e.Org, e.Assignment, e.Validity, e.CreatedAt = s.newID(), v.Org, v.Assignment, Unverified, s.now()
	if file != nil {
		// Before a byte of it is stored, so that many at once fill no disk.
		if err := s.store.Spend(ctx, budget.Uploads.By(v.Assignment)); err != nil {
			return e, err
		}
		stored, err := s.receive(ctx, name, file)
		if err != nil {
			return e, err
		}
		e.File = &stored
		if stored.Findings, err = s.look(ctx, v, e, file); err != nil {
			s.drop(ctx, stored.ID)
			return e, err
		}
	}
	if err := s.store.Add(ctx, v, e, attached(v, s.newID(), s.now(), ActionAdded, e, company)); err != nil {
		if e.File != nil { // nobody will ever name it
			s.drop(ctx, e.File.ID)
		}
		return e, err
	}
	return e, nil
}

// drop removes a stored file that nobody will name. What stays is swept.
func (s *Service) drop(ctx context.Context, file string) {
	longer, end := fault.Outlive(ctx)
	defer end()
	_ = s.store.Drop(longer, file)
}

// Remove takes evidence back before it was submitted.
func (s *Service) Remove(ctx context.Context, v access.Viewer, company, id string) error {
	if !v.Can(access.AnswerRequest) {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	e, err := s.Get(ctx, v, id)
	if err != nil {
		return err
	}
	return s.store.Remove(ctx, v, e, s.now(), attached(v, s.newID(), s.now(), ActionRemoved, e, company, audit.Was("validity", e.Validity, "removed")))
}

// Viewed is the entry of a buyer's look at a file that a submission relies on.
func Viewed(v access.Viewer, id string, at time.Time, e Evidence, company string) audit.Entry {
	return about(v, id, at, ActionViewed, e, company)
}

// attached is the entry of what a supplier does with its evidence.
func attached(v access.Viewer, id string, at time.Time, action audit.Action, e Evidence, company string, more ...audit.Detail) audit.Entry {
	v.Name = company
	return about(v, id, at, action, e, company, more...)
}

func about(v access.Viewer, id string, at time.Time, action audit.Action, e Evidence, company string, more ...audit.Detail) audit.Entry {
	details := append([]audit.Detail{{Key: "certificate", Value: strings.TrimSpace(string(e.Kind) + " " + e.Number)}}, more...)
	return audit.New(v, id, at, action, audit.Ref{Kind: "evidence", ID: e.ID, Name: company}, details...).In(e.Campaign)
}
