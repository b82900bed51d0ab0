package org

import (
	_ "embed" // the list of common passwords
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// The 10,000 passwords that people choose most, with their source and licence in the file
// beside them.
//
//go:embed common-passwords.txt
var commonList string

var commonPasswords = sync.OnceValue(func() []string { return strings.Fields(commonList) })

// own are words that come to mind here, beside those of the list.
var own = []string{"tsunagi", "つなぎ", "パスワード", "ぱすわーど"}

// common tells whether a password is one that everybody tries first: of the list, or the
// user's address, also when it is repeated, in capitals, or with digits and marks around
// it; a few characters over and over; a row of neighbours.
func common(password, email string) bool {
	p := strings.ToLower(password)
	address := strings.ToLower(email)
	mailbox, _, _ := strings.Cut(address, "@")
	for _, part := range []string{p, strings.TrimFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })} {
		w := period(part)
		switch {
		case part == "":
		case listed(w), listed(w + w), slices.Contains(own, w), w == address, w == mailbox, neighbours(part):
			return true
		case utf8.RuneCountInString(w) <= longestBeat && w != part:
			return true
		}
	}
	return false
}

func listed(password string) bool {
	_, found := slices.BinarySearch(commonPasswords(), password)
	return found
}

// longestBeat is how many characters are too few to be repeated.
const longestBeat = 4

// period is the shortest beginning that, over and over, makes all of a text; the last time
// it may break off.
func period(text string) string {
	for n := 1; n <= len(text)/2; n++ {
		if text[n:] == text[:len(text)-n] {
			return text[:n]
		}
	}
	return text
}

// neighbours tells whether each character is the next, or each the one before, of the one
// before it; after 9 comes 0.
func neighbours(text string) bool {
	runes := []rune(text)
	for _, step := range []rune{1, -1} {
		row := len(runes) > longestBeat
		for i := 1; row && i < len(runes); i++ {
			from, to := runes[i-1], runes[i]
			row = to-from == step || from == '9' && to == '0' && step == 1 || from == '0' && to == '9' && step == -1
		}
		if row {
			return true
		}
	}
	return false
}
