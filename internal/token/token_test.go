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

// forgiven is what mail programs and people leave behind a link.
var forgiven = []string{".", ",", ")", "]", ">", "}", ";", ":", "!", "?", "\"", "'", "*", "_", "-", "...", ").", "。", "、", "」", "）", "】", "をご確認ください", " ", "\u00a0", "\u200b"}

// TestLinksSurviveMailPrograms: every link ends in a letter or digit, what stands behind
// it is forgiven, and links of before go on, also those that were cut at their end.
func TestLinksSurviveMailPrograms(t *testing.T) {
	k := testKeys(t)
	signs := 0
	for generation := 1; generation <= 3000; generation++ {
		link := k.Link(Answer, "c1:s1", generation)
		old := k.proof(Answer, "c1:s1", generation, 0)
		if last := link[len(link)-1]; last == '-' || last == '_' || len(link) != len(old) {
			t.Fatalf("link %d is %s", generation, link)
		}
		if old != link {
			signs++
		}
		for _, one := range []string{link, old, strings.TrimRight(old, "-_")} {
			for _, behind := range append(forgiven[:3:3], "", forgiven[generation%len(forgiven)]) {
				if id, err := LinkID(one + behind); err != nil || id != "c1:s1" || !k.Valid(one+behind, Answer, id, generation) {
					t.Fatalf("link %d, %s, is refused: %v", generation, one+behind, err)
				}
			}
		}
		if k.Valid(link[:len(link)-1], Answer, "c1:s1", generation) || k.Valid(link+"a", Answer, "c1:s1", generation) || k.Valid(link, Answer, "c1:s1", generation+1) {
			t.Fatalf("link %d is taken when it is another", generation)
		}
	}
	if signs < 50 {
		t.Errorf("%d of 3000 old links ended in a sign: the test shows nothing", signs)
	}
}

func TestGeneration(t *testing.T) {
	k := testKeys(t)
	for present, tests := range map[int]map[int]int{1: {1: 1, 2: 0, 0: 0}, 3: {1: 1, 2: 2, 3: 3, 4: 0, 0: 0}} {
		for made, want := range tests {
			if got := k.Generation(k.Link(Answer, "c1:s1", made), Answer, "c1:s1", present); got != want {
				t.Errorf("link %d of a request at %d: %d, want %d", made, present, got, want)
			}
		}
	}
}

func TestLinkID(t *testing.T) {
	k := testKeys(t)
	if id, err := LinkID(k.Link(Answer, "c1:s1", 3)); err != nil || id != "c1:s1" {
		t.Errorf("LinkID = %q, %v", id, err)
	}
	for _, bad := range []string{"", ".", "x", "x.", ".y", strings.Repeat("a", 300) + ".b", "c1:s1.-", "。"} {
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
		"exp": now.Add(time.Hour).Unix()}).SignedString(k.now.Load().session)
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

// TestAReplacedKey: what the earlier one made is worth nothing, also what was looked at
// before; a key that is none changes nothing.
func TestAReplacedKey(t *testing.T) {
	k, err := NewKeys(bytes.Repeat([]byte{1}, KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	link := k.Link(Answer, "a", 1)
	cookie, err := k.SignSession(LinkSession{Org: "o", Assignment: "a", Generation: 1}, now)
	if err != nil {
		t.Fatal(err)
	}
	works := func() (bool, bool) {
		_, err := k.ParseSession(cookie, now)
		return k.Valid(link, Answer, "a", 1), err == nil
	}
	if err := k.Replace([]byte("short")); err == nil {
		t.Error("a key of five bytes was taken")
	}
	if l, s := works(); !l || !s {
		t.Errorf("before: link %v, session %v", l, s)
	}
	if err := k.Replace(bytes.Repeat([]byte{2}, KeyBytes)); err != nil {
		t.Fatal(err)
	}
	if l, s := works(); l || s {
		t.Errorf("after: link %v, session %v", l, s)
	}
}
