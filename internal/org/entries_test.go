package org

import (
	"testing"

	"tsunagi/internal/audit/audittest"
)

// TestEveryPartOfAnOrganizationIsTold: a part that no entry tells would not be saved
// either, and is told alone.
func TestEveryPartOfAnOrganizationIsTold(t *testing.T) {
	var was Organization
	for part, is := range audittest.Parts(was, "ID", "CreatedAt", "People", "HeadMailedAt") {
		if got := was.changes(is); len(got) != 1 {
			t.Errorf("%s is told as %v", part, got)
		}
	}
}
