// Package token makes and checks what proves something without a password: links
// in mails, and the session of a supplier that opened one.
package token

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
)

// Purpose is what a link is for. A link of one purpose never works for another.
type Purpose string

// The purposes.
const (
	Answer Purpose = "answer" // a supplier's request
	Invite Purpose = "invite" // an invitation to an organisation
	Reset  Purpose = "reset"  // a password reset
	Setup  Purpose = "setup"  // the first owner of a new installation
	Device Purpose = "device" // a browser that has signed in to an account
)

// macBytes is how much of the HMAC-SHA256 a link carries: 144 bits, more than
// anyone can guess, and short enough that mail programs do not break the link
// (RFC 2104 §5 allows truncation to half the hash and more).
const macBytes = 18

// KeyBytes is the length of the server key.
const KeyBytes = 32

// Keys makes and checks tokens with keys derived from one server key, which may be replaced
// while they are in use.
type Keys struct{ now atomic.Pointer[derived] }

// derived are the keys that one server key gives.
type derived struct {
	link    []byte
	session []byte
	proven  seen
}

// NewKeys derives the keys. It fails on a server key that is not 32 bytes.
func NewKeys(server []byte) (*Keys, error) {
	k := new(Keys)
	return k, k.Replace(server)
}

// Replace takes another server key: what was made with the one before is worth nothing
// from now on. It fails on one that is not 32 bytes, and then changes nothing.
func (k *Keys) Replace(server []byte) error {
	d, err := derive(server)
	if err == nil {
		k.now.Store(d)
	}
	return err
}

func derive(server []byte) (*derived, error) {
	if len(server) != KeyBytes {
		return nil, fmt.Errorf("server key has %d bytes, want %d", len(server), KeyBytes)
	}
	link, err := hkdf.Key(sha256.New, server, nil, "tsunagi link v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive link key: %w", err)
	}
	session, err := hkdf.Key(sha256.New, server, nil, "tsunagi link session v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive session key: %w", err)
	}
	return &derived{link: link, session: session}, nil
}

// Link is the token of a purpose, record and generation: always the same, so
// that every reminder carries the same link, and worthless once the record's
// generation is raised. It ends in a letter or digit: mail programs take a sign at the
// end of an address for the sentence's.
func (k *Keys) Link(p Purpose, id string, generation int) string {
	for try := 0; ; try++ {
		if link := k.proof(p, id, generation, try); Clean(link) == link {
			return link
		}
	}
}

// proof is the record's link with the try-th proof. Until links had to end in a letter or digit the
// first was taken as it came.
func (k *Keys) proof(p Purpose, id string, generation, try int) string {
	return id + "." + base64.RawURLEncoding.EncodeToString(k.mac(p, id, generation, try))
}

// Clean takes from the end of a token what is no letter and no digit: a full stop, a
// bracket or a text that a mail program took for a part of the link.
func Clean(token string) string {
	return strings.TrimRightFunc(token, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
}

// errToken says that a token has not the form of one.
var errToken = errors.New("not a token")

// maxToken is longer than any token that Link makes.
const maxToken = 200

// LinkID reads the record's id from a token, to find the generation; an error when the
// text has not the form of a token. It proves nothing: Valid does.
func LinkID(token string) (string, error) {
	token = Clean(token)
	id, mac, ok := strings.Cut(token, ".")
	if !ok || id == "" || mac == "" || len(token) > maxToken {
		return "", errToken
	}
	return id, nil
}

// Valid tells, in constant time, whether the token is the link of this purpose,
// record and generation. What stands behind a link is forgiven, and so is what a mail
// program cut from the end of an old one.
func (k *Keys) Valid(token string, p Purpose, id string, generation int) bool {
	given, old := []byte(Clean(token)), Clean(k.proof(p, id, generation, 0))
	now, then := hmac.Equal(given, []byte(k.Link(p, id, generation))), hmac.Equal(given, []byte(old))
	return now || then
}

// Generation tells of which generation up to the present one the token is the link of
// this purpose and record; 0 when of none.
func (k *Keys) Generation(token string, p Purpose, id string, present int) int {
	for g := present; g > 0; g-- {
		if k.Valid(token, p, id, g) {
			return g
		}
	}
	return 0
}

// word matches a run of the characters of which a link's proof is made.
var word = regexp.MustCompile(`[A-Za-z0-9_-]+`)

// Hide takes the proof of every link out of a text that somebody else wrote, such as
// a mail server that quotes what it refuses. Other words of a proof's length stay only
// when they are letters alone and no part of a link.
func Hide(text string) string {
	length := base64.RawURLEncoding.EncodedLen(macBytes)
	var b strings.Builder
	end := 0
	for _, at := range word.FindAllStringIndex(text, -1) {
		found, before := text[at[0]:at[1]], strings.TrimSuffix(text[:at[0]], "]")
		if len(found) != length || !strings.HasSuffix(before, ".") && !strings.ContainsAny(found, "0123456789_-") {
			continue
		}
		b.WriteString(text[end:at[0]] + "…")
		end = at[1]
	}
	return b.String() + text[end:]
}

func (k *Keys) mac(p Purpose, id string, generation, try int) []byte {
	h := hmac.New(sha256.New, k.now.Load().link)
	for _, s := range []string{string(p), id} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	var g [8]byte
	binary.BigEndian.PutUint64(g[:], uint64(generation))
	h.Write(g[:])
	if try > 0 {
		h.Write([]byte{byte(try)})
	}
	return h.Sum(nil)[:macBytes]
}
