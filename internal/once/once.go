// Package once lets a form have one effect, however often it is posted: twice by an
// impatient hand, again after a lost reply, by a browser that repeats a request. A key is
// made with each form. The change that it causes writes the key down in its own
// transaction, so that there is never one without the other.
package once

import (
	"context"
	"errors"
)

// Posted is what a key has led to.
type Posted struct {
	Record string `bson:"record"` // the id of what was changed or made
	Path   string `bson:"path"`   // where the browser was sent; empty while it is being answered
	Said   string `bson:"said"`   // what was said there
}

// pending is the key of a request whose change is to come.
type pending struct {
	key  string
	done bool
}

type contextKey struct{}

// With gives the context of a request that was posted with a key. The first change that
// is made in it writes the key down.
func With(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, contextKey{}, &pending{key: key})
}

// Key is the key that the next change writes down; "" when there is none.
func Key(ctx context.Context) string {
	if p, ok := ctx.Value(contextKey{}).(*pending); ok && !p.done {
		return p.key
	}
	return ""
}

// Done notes that a change has written the key down: others of the same request are not
// bound to it.
func Done(ctx context.Context) {
	if p, ok := ctx.Value(contextKey{}).(*pending); ok {
		p.done = true
	}
}

// Without is a context of the same request for a change that is not its form's effect:
// the form may be posted again.
func Without(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, &pending{done: true})
}

// Twice is the error of a change that an earlier post has made already.
type Twice struct{ Posted }

// Error implements error.
func (t *Twice) Error() string { return "posted before: made " + t.Record }

// Made is the id of what an earlier post has made, when the error says so.
func Made(err error) (string, bool) {
	var t *Twice
	if errors.As(err, &t) {
		return t.Record, true
	}
	return "", false
}
