package document

import (
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
)

func TestWhatIsTakenAwayIsRecorded(t *testing.T) {
	v := access.Viewer{Kind: access.Member, Org: "o", User: "u", Name: "確 認太", Roles: []access.Role{access.Reviewer}}
	at := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		e            audit.Entry
		record, told string
	}{
		"a document": {Downloaded(v, "e", at, Document{Org: "o", Campaign: "c", File: &evidence.File{Name: "a.zip", SHA256: "00"}}), "c", "00"},
		"a table":    {TableDownloaded(v, "e", at, campaign.Campaign{ID: "c"}, "xlsx"), "c", "xlsx"},
		"the trail":  {TrailDownloaded(v, "e", at, "c", "csv", "kind=user"), "o", "kind=user"},
		"a sheet":    {SheetDownloaded(v, "e", at, campaign.Assignment{ID: "c:s", Campaign: "c"}), "c:s", "pdf"},
	} {
		t.Run(name, func(t *testing.T) {
			e := tt.e
			Watched.Note(e)
			if e.Action != ActionDownloaded || e.Org != "o" || e.Campaign != "c" || e.Record.ID != tt.record || e.Actor.Name != v.Name || !e.At.Equal(at) ||
				e.Details[len(e.Details)-1].Value != tt.told {
				t.Errorf("the entry is %+v", e)
			}
		})
	}
}
