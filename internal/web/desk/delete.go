package desk

import (
	"github.com/gin-gonic/gin"

	"tsunagi/internal/web"
)

// showDelete asks whether a draft is really to go, and says what goes with it.
func (s draftPages) showDelete(c *gin.Context) error {
	draft, err := s.draft(c)
	if err != nil {
		return err
	}
	return s.Render(c, "campaigns/delete", draft)
}

func (s draftPages) deleteDraft(c *gin.Context) error {
	err := s.campaigns.DeleteDraft(c.Request.Context(), web.Viewer(c), c.Param("id"))
	return s.Answer(c, err, nil, web.To("/campaigns").Say("campaigns.deleted"))
}
