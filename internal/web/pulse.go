package web

import (
	"context"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
)

const keyWaiting = "waiting"

// waiting is a request that waits for the database.
type waiting struct {
	whole context.Context // for as long as somebody waits for the answer
	while func(context.Context) (context.Context, context.CancelFunc)
	end   context.CancelFunc
}

// whileAnswered ends what a request waits for when the database falls silent: who waits is
// told within seconds, and work that nobody waits for has its own, longer time.
func (s *Server) whileAnswered(c *gin.Context) {
	if s.While == nil {
		return
	}
	w := &waiting{whole: c.Request.Context(), while: s.While, end: func() {}}
	c.Set(keyWaiting, w)
	wait(c)
	defer func() { w.end() }()
	c.Next()
}

// wait lets the request wait anew: a silence that came and went while its body was on its
// way was none for it.
func wait(c *gin.Context) {
	got, _ := c.Get(keyWaiting)
	w, ok := got.(*waiting)
	if !ok {
		return
	}
	w.end()
	ctx, end := w.while(w.whole)
	w.end = end
	c.Request = c.Request.WithContext(ctx)
}

// silence is the error of what was waited for in vain.
func silence(c *gin.Context, err error) error {
	if ctx := c.Request.Context(); fault.Lost(ctx) && fault.KindOf(err) == fault.Internal {
		return fault.New(fault.Unavailable, "fault.unavailable").Because(context.Cause(ctx))
	}
	return err
}
