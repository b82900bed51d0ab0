package token

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func testKeys(t *testing.T) *Keys {
	t.Helper()
	k, err := NewKeys(bytes.Repeat([]byte{7}, KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestLinkWorksForOnePurposeRecordAndGeneration(t *testing.T) {
	k := testKeys(t)
	link := k.Link(Answer, "c1:s1", 1)
	tests := []struct {
		name  string
		token string
		p     Purpose
		id    string
		gen   int
		want  bool
	}{
		{"itself", link, Answer, "c1:s1", 1, true},
		{"another purpose", link, Reset, "c1:s1", 1, false},
		{"another record", link, Answer, "c1:s2", 1, false},
		{"revoked", link, Answer, "c1:s1", 2, false},
		{"altered", link[:len(link)-2] + "xx", Answer, "c1:s1", 1, false},
		{"cut", link[:len(link)-1], Answer, "c1:s1", 1, false},
		{"empty", "", Answer, "c1:s1", 1, false},
		{"id moved", strings.Replace(link, "s1", "s2", 1), Answer, "c1:s2", 1, false},
	}
	for _, tt := range tests {
		if got := k.Valid(tt.token, tt.p, tt.id, tt.gen); got != tt.want {
			t.Errorf("%s: Valid = %v, want %v", tt.name, got, tt.want)
		}
	}
	other, _ := NewKeys(bytes.Repeat([]byte{8}, KeyBytes))
	if other.Valid(link, Answer, "c1:s1", 1) {
		t.Error("a link of another server key is taken")
	}
}

func TestLinkID(t *testing.T) {
	k := testKeys(t)
	if id, err := LinkID(k.Link(Answer, "c1:s1", 3)); err != nil || id != "c1:s1" {
		t.Errorf("LinkID = %q, %v", id, err)
	}
	for _, bad := range []string{"", ".", "x", "x.", ".y", strings.Repeat("a", 300) + ".b"} {
		if _, err := LinkID(bad); err == nil {
			t.Errorf("LinkID(%q) took it", bad)
		}
	}
}

func TestSession(t *testing.T) {
	k := testKeys(t)
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	want := LinkSession{Org: "o", Assignment: "c1:s1", Generation: 2, Person: "p"}
	cookie, err := k.SignSession(want, now)
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.ParseSession(cookie, now.Add(11*time.Hour))
	if err != nil || got.Assignment != want.Assignment || got.Generation != 2 || got.Org != "o" || got.Person != "p" {
		t.Fatalf("ParseSession = %+v, %v", got, err)
	}
	if _, err := k.ParseSession(cookie, now.Add(13*time.Hour)); err == nil {
		t.Error("an expired session is taken")
	}
	none, _ := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"sub": "c1:s1", "aud": audience,
		"exp": now.Add(time.Hour).Unix()}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if _, err := k.ParseSession(none, now); err == nil {
		t.Error("an unsigned session is taken")
	}
	foreign, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "c1:s1", "aud": "other",
		"exp": now.Add(time.Hour).Unix()}).SignedString(k.session)
	if _, err := k.ParseSession(foreign, now); err == nil {
		t.Error("a token for another audience is taken")
	}
}

// TestHideFindsEveryProof, whatever characters it is made of.
func TestHideFindsEveryProof(t *testing.T) {
	k := testKeys(t)
	for generation := range 2000 {
		link := k.Link(Answer, "01J9ZX4K7Q8W3E5R6T7Y8U9I0P:s1", generation)
		_, proof, _ := strings.Cut(link, ".")
		if got := Hide("blocked https://a.example/r/" + link + ", 550"); strings.Contains(got, proof) || !strings.HasSuffix(got, ".…, 550") {
			t.Fatalf("Hide leaves %q", got)
		}
	}
	for _, own := range []string{"", "550 5.1.1 unknown", "RecipientAddressRejected", "a.b-c_d…"} {
		if got := Hide(own); got != own {
			t.Errorf("Hide(%q) = %q", own, got)
		}
	}
}
