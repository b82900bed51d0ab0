package desk

import (
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/web"
)

// failureGroup is a reason why mails failed, with the page that sends them again.
type failureGroup struct {
	notify.FailureGroup
	CampaignName string
}

// Href is the page that asks before it sends them again.
func (g failureGroup) Href() string {
	return "/delivery/again?" + url.Values{"reason": {string(g.Reason)}, "answer": {g.Answer}, "campaign": {g.Campaign}}.Encode()
}

func (s deliveryPages) failures(c *gin.Context, campaignID string) ([]failureGroup, error) {
	groups, err := s.resending.Failures(c.Request.Context(), web.Viewer(c), campaignID)
	out := make([]failureGroup, len(groups))
	for i, g := range groups {
		out[i] = failureGroup{FailureGroup: g}
	}
	return out, err
}

// showAgain asks before the mails of a reason are sent again: how many, and why
// they failed.
func (s deliveryPages) showAgain(c *gin.Context) error {
	f := notify.Failure{Campaign: c.Query("campaign"), Reason: notify.Reason(c.Query("reason")), Answer: c.Query("answer")}
	group, err := s.resending.Failure(c.Request.Context(), web.Viewer(c), f)
	if err != nil {
		return err
	}
	data := failureGroup{FailureGroup: group}
	campaigns, err := s.campaignNames.CampaignNames(c.Request.Context(), web.Viewer(c))
	for _, k := range campaigns {
		if k.ID == f.Campaign {
			data.CampaignName = k.Name
		}
	}
	if err != nil {
		return err
	}
	return s.Render(c, "delivery/again", data)
}

// again sends every failed mail of a reason again.
func (s deliveryPages) again(c *gin.Context) error {
	f := notify.Failure{Campaign: c.PostForm("campaign"), Reason: notify.Reason(c.PostForm("reason")), Answer: c.PostForm("answer")}
	expected, _ := strconv.Atoi(c.PostForm("expected"))
	n, err := s.resending.ResendAll(c.Request.Context(), web.Viewer(c), f, expected)
	return s.Answer(c, err, nil, web.To("/delivery").Say("delivery.again-done", fault.Args{"Count": n}))
}
