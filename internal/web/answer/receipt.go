package answer

import (
	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/web"
)

// showReceipt says that the answers have arrived. Where none were submitted yet, the
// tasks are shown.
func (s submitPages) showReceipt(c *gin.Context) error {
	p, err := s.submitted(c)
	if fault.KindOf(err) == fault.NotFound && p.Assignment.Revision == 0 && p.Assignment.ID != "" {
		return web.Redirect(c, p.Base()+"/tasks")
	}
	if err != nil {
		return err
	}
	return s.RenderSupplier(c, "answer/receipt", p)
}
