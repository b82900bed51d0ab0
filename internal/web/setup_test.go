package web_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/web/account"
)

// TestTwoWhoSetUpAtOnceMakeOneOrganisation: the set-up link serves one owner.
func TestTwoWhoSetUpAtOnceMakeOneOrganisation(t *testing.T) {
	t.Parallel()
	a := directoryOf(t, 1)
	for _, name := range []string{"users", "organizations", "memberships", "sessions"} {
		if _, err := a.db.Collection(name).DeleteMany(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
	}
	emails := []string{"one@example.jp", "two@example.jp", "three@example.jp"}
	codes := make([]int, len(emails))
	var all sync.WaitGroup
	for i, email := range emails {
		all.Go(func() {
			codes[i] = a.Browser().Post(account.SetupPath(a.Keys), url.Values{"organization": {"架空商事株式会社"}, "name": {"例 花子"}, "email": {email},
				"password": {"毎朝七時に工場を開けます"}}).Code
		})
	}
	all.Wait()
	made := 0
	for _, code := range codes {
		switch code {
		case http.StatusSeeOther:
			made++
		case http.StatusGone:
		default:
			t.Errorf("status %d", code)
		}
	}
	n, err := a.db.Collection("organizations").CountDocuments(t.Context(), bson.D{})
	if err != nil || n != 1 || made != 1 {
		t.Errorf("%d organisations, %d owners (%v), want one", n, made, err)
	}
}
