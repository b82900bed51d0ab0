package app

import "context"

// markServed is the note that the data were served in earnest.
const markServed = "served"

// NoteServed notes that the data are somebody's now: there may be work in them, which
// no demo clears away.
func (a *App) NoteServed(ctx context.Context) error { return a.DB.SetMark(ctx, markServed, "yes") }

// Served tells whether the data were ever served in earnest.
func (a *App) Served(ctx context.Context) (bool, error) {
	note, err := a.DB.Mark(ctx, markServed)
	return note != "", err
}
