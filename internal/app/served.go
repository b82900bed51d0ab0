package app

import "context"

// markServed names the note that a command other than demo has opened the data.
const markServed = "served"

// NoteServed notes that the data are somebody's now: there may be work in them, which
// no demo clears away.
func (a *App) NoteServed(ctx context.Context) error { return a.DB.SetMark(ctx, markServed, "yes") }

// Served tells whether a command other than demo has ever opened the data.
func (a *App) Served(ctx context.Context) (bool, error) {
	note, err := a.DB.Mark(ctx, markServed)
	return note != "", err
}
