package org

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestPasswordMatches(t *testing.T) {
	hash := FullCost.hash("長い文のパスワードです")
	tests := []struct {
		name, hash, password string
		want                 bool
	}{
		{"right", hash, "長い文のパスワードです", true},
		{"wrong", hash, "長い文のパスワード", false},
		{"no account", "", "a password that nobody has", false},
		{"broken hash", "$argon2id$v=19$m=1$x", "x", false},
		{"greedy hash", "$argon2id$v=19$m=99999999,t=1,p=1$YWFh$YWFh", "x", false},
	}
	for _, tt := range tests {
		if got := passwordMatches(tt.hash, tt.password); got != tt.want {
			t.Errorf("%s: PasswordMatches = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	tests := []struct {
		password, key string
	}{
		{"短い", "fault.org.password-short"}, {"", "fault.org.password-short"}, {strings.Repeat("長", 257), "fault.org.password-long"},
		{"aaaaaaaaaaaaaa", "fault.org.password-weak"}, {"password12345678", "fault.org.password-weak"}, {"someone@example.jp", "fault.org.password-weak"},
		{"毎朝七時に工場を開けます", ""}, {"correct horse battery", ""}, {"dragon and tinkerbell", ""}, {"日本橋の3番地で待っています", ""},
		{"PassWord!2026!", "fault.org.password-weak"}, {"tinkerbell2026", "fault.org.password-weak"}, {"dragondragon", "fault.org.password-weak"},
		{"2026DragonDragonDrag!", "fault.org.password-weak"}, {"1234567890123", "fault.org.password-weak"}, {"abcdefghijklm", "fault.org.password-weak"},
		{"9876543210987", "fault.org.password-weak"}, {"ああああああああああああ", "fault.org.password-weak"}, {"あいあいあいあいあいあい", "fault.org.password-weak"},
		{"Someone-2026!", "fault.org.password-weak"}, {"tsunagitsunagi", "fault.org.password-weak"}, {"パスワードパスワード123", "fault.org.password-weak"},
		{"1q2w3e4r5t6y", "fault.org.password-weak"},
	}
	for _, tt := range tests {
		f := checkPassword(tt.password, "someone@example.jp")
		if tt.key == "" && len(f) > 0 || tt.key != "" && (len(f) != 1 || f[0].Key != tt.key) {
			t.Errorf("CheckPassword(%.20q) = %v, want %q", tt.password, f, tt.key)
		}
	}
}

// TestTheCommonestAreRefused: of the 10,000 that people choose most each is refused,
// whatever makes it long enough.
func TestTheCommonestAreRefused(t *testing.T) {
	all := commonPasswords()
	if len(all) != 10000 || !slices.IsSorted(all) {
		t.Fatalf("%d passwords, sorted: %t", len(all), slices.IsSorted(all))
	}
	for _, p := range all {
		for _, long := range []string{p, strings.Repeat(p, 4), strings.ToUpper(p) + strings.Repeat(p, 3)} {
			if utf8.RuneCountInString(long) < minPassword {
				continue
			}
			if f := checkPassword(long, "someone@example.jp"); len(f) != 1 || f[0].Key != "fault.org.password-weak" {
				t.Errorf("%q: %v", long, f)
			}
		}
		if word := strings.TrimFunc(p, unicode.IsLetter); word == "" {
			if f := checkPassword("!2026"+p+"12345678", "someone@example.jp"); len(f) == 0 {
				t.Errorf("%q is taken with digits around it", p)
			}
		}
	}
}

func TestValidEmail(t *testing.T) {
	for _, good := range []string{"a@example.jp", "a.b+c@mail.example.com"} {
		if !ValidEmail(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{"", "a", "a@b", "a@example.jp\r\nBcc: x@example.jp", "A <a@example.jp>", "a@example.jp, b@example.jp", "a@example.", strings.Repeat("a", 255) + "@example.jp"} {
		if ValidEmail(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestPasswordHashesWaitTheirTurn: when every place is taken, a sign-in waits
// instead of taking more memory.
func TestPasswordHashesWaitTheirTurn(t *testing.T) {
	hash := FullCost.hash("長い文のパスワードです")
	for range cap(deriving) {
		deriving <- struct{}{}
	}
	done := make(chan bool)
	go func() { done <- passwordMatches(hash, "長い文のパスワードです") }()
	select {
	case <-done:
		t.Error("a hash was made while all places were taken")
	case <-time.After(50 * time.Millisecond):
	}
	for range cap(deriving) {
		<-deriving
	}
	if !<-done {
		t.Error("the right password does not match after the wait")
	}
}
