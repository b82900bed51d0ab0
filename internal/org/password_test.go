package org

import (
	"strings"
	"testing"
	"time"
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
		{"毎朝七時に工場を開けます", ""},
	}
	for _, tt := range tests {
		f := checkPassword(tt.password, "someone@example.jp")
		if tt.key == "" && len(f) > 0 || tt.key != "" && (len(f) != 1 || f[0].Key != tt.key) {
			t.Errorf("CheckPassword(%.20q) = %v, want %q", tt.password, f, tt.key)
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
