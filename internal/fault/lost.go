package fault

import "context"

// Lost tells whether what a context is for was given up because the database, or another
// machine, does not answer.
func Lost(ctx context.Context) bool {
	return ctx.Err() != nil && KindOf(context.Cause(ctx)) == Unavailable
}

// Outlive is a context that goes on when its parent is cancelled, for what must still be
// put right then; but not once the parent is Lost: nothing can be put right. The function
// ends it.
func Outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if Lost(ctx) {
			cancel(context.Cause(ctx))
		}
	})
	return longer, func() {
		stop()
		cancel(nil)
	}
}
