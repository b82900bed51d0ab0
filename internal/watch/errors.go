package watch

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Noted is an error as it may be shown: when, where, what was tried, and the number under
// which the log has the rest. Its cause is not kept: that may name what somebody typed.
type Noted struct {
	At        time.Time `json:"at"`
	Reference string    `json:"reference,omitempty"` // of a request
	Route     string    `json:"route,omitempty"`     // its pattern
	What      string    `json:"what"`
}

// mostNoted is how many errors are kept.
const mostNoted = 50

// Errors keeps the last errors that were logged in this process.
type Errors struct {
	mu  sync.Mutex
	all []Noted
}

// Last gives them, the last one first.
func (e *Errors) Last() []Noted {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := slices.Clone(e.all)
	slices.Reverse(out)
	return out
}

func (e *Errors) add(n Noted) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.all = append(e.all, n); len(e.all) > mostNoted {
		e.all = slices.Delete(e.all, 0, len(e.all)-mostNoted)
	}
}

// Of gives a log like another one, of whose errors it keeps the last.
func (e *Errors) Of(log *slog.Logger) *slog.Logger { return slog.New(keeping{log.Handler(), e}) }

// keeping hands everything on, and notes the errors.
type keeping struct {
	slog.Handler
	errors *Errors
}

// Handle implements slog.Handler.
func (k keeping) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		n := Noted{At: r.Time.UTC(), What: r.Message}
		r.Attrs(func(a slog.Attr) bool {
			switch a.Key {
			case "request":
				n.Reference = a.Value.String()
			case "route":
				n.Route = a.Value.String()
			}
			return true
		})
		k.errors.add(n)
	}
	return k.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (k keeping) WithAttrs(attrs []slog.Attr) slog.Handler {
	return keeping{k.Handler.WithAttrs(attrs), k.errors}
}

// WithGroup implements slog.Handler.
func (k keeping) WithGroup(name string) slog.Handler {
	return keeping{k.Handler.WithGroup(name), k.errors}
}

// System is what whoever sees to an installation is shown of it.
type System struct {
	At      time.Time
	Health  Health
	Data    int    // the version of the data
	MongoDB string // the version of the server
	Ended   bool   // which gets no security fixes any more

	Size      int64 // of the data and indexes on the disk, in bytes
	SizeKnown bool
	Free      map[string]int64

	MailServer string // its host and port; "" when none is named
	Mailbox    bool   // the built-in mailbox takes what would leave

	Figures Figures
	Counted bool
	Errors  []Noted
}
