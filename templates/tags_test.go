package templates

import (
	"testing"

	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/locale"
	"tsunagi/internal/notify"
)

// TestEveryStateHasATag: a colour, and words in both languages.
func TestEveryStateHasATag(t *testing.T) {
	catalog, err := locale.Load(FS)
	if err != nil {
		t.Fatal(err)
	}
	states := []any{campaign.Draft, campaign.Issuing, campaign.Open, campaign.Closed,
		document.Waiting, document.Running, document.Ready, document.Failed,
		evidence.Unverified, evidence.Verified, evidence.Rejected}
	for _, s := range campaign.Responses {
		states = append(states, s)
	}
	for _, s := range notify.States {
		states = append(states, s)
	}
	for _, lang := range locale.Languages {
		for _, s := range states {
			got, err := tagOf(catalog.For(lang), s)
			if err != nil || got.Kind == "" || got.Text == "" {
				t.Errorf("%s: %T %v has the tag %+v, %v", lang, s, s, got, err)
			}
		}
	}
	if _, err := tagOf(catalog.For("ja"), "open"); err == nil {
		t.Error("a string has a tag")
	}
	for state, kind := range tagKinds {
		if tag, err := tagOf(catalog.For("ja"), state); err != nil || tag.Kind != kind {
			t.Errorf("%v has the tag %+v, %v, want %s", state, tag, err, kind)
		}
	}
}

// TestATriedMailWarns: what waits because a server refused it looks unlike what waits its turn.
func TestATriedMailWarns(t *testing.T) {
	catalog, err := locale.Load(FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		m    notify.Message
		want string
	}{
		{notify.Message{State: notify.Queued}, "info"},
		{notify.Message{State: notify.Queued, Reason: "later"}, "warning"},
		{notify.Message{State: notify.Failed, Reason: "address"}, "danger"},
		{notify.Message{State: notify.Sent}, "success"},
		{notify.Message{State: notify.Cancelled, Reason: "withdrawn"}, "neutral"},
	} {
		if got, err := tagOf(catalog.For("ja"), c.m); err != nil || got.Kind != c.want {
			t.Errorf("%s %q has the tag %+v, %v, want %s", c.m.State, c.m.Reason, got, err, c.want)
		}
	}
}
