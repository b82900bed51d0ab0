package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
)

// errEnding tells who is still sending that nothing of it was kept, and when to try again.
var errEnding = fault.New(fault.Unavailable, "fault.ending")

// ending is how the server ends what would keep the process from ending.
type ending struct {
	context.Context
	begin context.CancelFunc
}

func newEnding() ending {
	ctx, begin := context.WithCancel(context.Background())
	return ending{ctx, begin}
}

// BreakOff ends every request whose body is still under way, and each that comes: it is
// answered, and nothing of it was done. It is called when the process has waited long
// enough for it.
func (s *Server) BreakOff() { s.ending.begin() }

// unlessEnding lets the body of a request be broken off while it is read. The function that
// it returns ends the watch.
func (e ending) unlessEnding(c *gin.Context) func() bool {
	if c.Request.Method == http.MethodGet {
		return func() bool { return false }
	}
	c.Request.Body = breakable{c.Request.Body, e}
	return context.AfterFunc(e, func() {
		_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now()) // a recorder in tests has none
	})
}

// breakable is a body whose reader is told why it was broken off.
type breakable struct {
	io.ReadCloser
	ending ending
}

// Read implements io.Reader.
func (b breakable) Read(p []byte) (int, error) {
	if b.ending.Err() != nil {
		return 0, errEnding
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && b.ending.Err() != nil {
		err = errEnding
	}
	return n, err
}
