package budget

import (
	"errors"
	"testing"

	"tsunagi/internal/fault"
)

func TestPlaceOfIPv6IsItsLine(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":             "192.0.2.7",
		"::ffff:192.0.2.7":      "192.0.2.7",
		"2001:db8:1:2::1":       "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::ab": "2001:db8:1:2::/64",
		"2001:db8:1:3::1":       "2001:db8:1:3::/64",
		"fe80::1%eth0":          "fe80::/64",
		"":                      "",
		"not an address":        "not an address",
	} {
		if got := Place(address); got != want {
			t.Errorf("Place(%q) = %q, want %q", address, got, want)
		}
	}
}

// TestEveryKindIsBounded: a kind that nobody wrote down holds nothing, and those that
// are there say how long to wait.
func TestEveryKindIsBounded(t *testing.T) {
	for kind, traits := range kinds {
		if traits.Most < 1 || traits.Per <= 0 || traits.Fault == "" {
			t.Errorf("%s: %+v", kind, traits)
		}
		var empty *fault.Error
		if err := kind.Empty(float64(traits.Most)); !errors.As(err, &empty) || empty.Kind != fault.TooMany {
			t.Errorf("%s, empty: %v", kind, err)
			continue
		}
		if wait := empty.Args["Minutes"].(int); wait < 1 || float64(wait) > traits.Per.Minutes() {
			t.Errorf("%s: wait %d minutes of %s", kind, wait, traits.Per)
		}
	}
	if traits := Kind("unknown").Traits(); traits.Most != 0 {
		t.Errorf("an unknown kind holds %d", traits.Most)
	}
	if err := Kind("unknown").Empty(0); fault.KindOf(err) != fault.TooMany {
		t.Errorf("an unknown kind: %v", err)
	}
}
