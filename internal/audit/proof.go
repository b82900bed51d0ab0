package audit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"
)

// KeyBytes is the length of a key's secret.
const KeyBytes = 32

// Key is a key of the trail's own. Its id stands in every proof that it makes.
type Key struct {
	ID     string
	Secret []byte
}

// NewKey makes a key under an id.
func NewKey(id string) Key {
	secret := make([]byte, KeyBytes)
	_, _ = rand.Read(secret)
	return Key{ID: id, Secret: secret}
}

// Keys are the trail's keys, the oldest first: the last one makes proofs, those before
// it are retired and verify what they made.
type Keys []Key

// ParseKeys reads keys as Text writes them. Its errors name lines, never what is in them.
func ParseKeys(text string) (Keys, error) {
	var keys Keys
	for i, line := range strings.Split(text, "\n") {
		parts := strings.Fields(line)
		if len(parts) == 0 {
			continue
		}
		if len(parts) != 2 {
			return nil, fmt.Errorf("line %d: want an id and a secret", i+1)
		}
		secret, err := base64.StdEncoding.DecodeString(parts[1])
		if err != nil || len(secret) != KeyBytes {
			return nil, fmt.Errorf("line %d: want a secret of %d bytes in base64", i+1, KeyBytes)
		}
		if keys.find(parts[0]) != nil {
			return nil, fmt.Errorf("line %d: there is a key of that id already", i+1)
		}
		keys = append(keys, Key{ID: parts[0], Secret: secret})
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key in it")
	}
	return keys, nil
}

// Text writes the keys, one a line.
func (k Keys) Text() string {
	var b strings.Builder
	for _, key := range k {
		fmt.Fprintf(&b, "%s %s\n", key.ID, base64.StdEncoding.EncodeToString(key.Secret))
	}
	return b.String()
}

func (k Keys) find(id string) *Key {
	for i := range k {
		if k[i].ID == id {
			return &k[i]
		}
	}
	return nil
}

// Proof shows that something was written by who holds a key of the trail.
type Proof struct {
	Key string `bson:"key"` // its id
	Sum []byte `bson:"sum"` // HMAC-SHA256
}

// What a proof does not show.
const (
	Unsigned   = "unsigned"    // it has no proof
	Forged     = "forged"      // its proof is of something else, or of another key
	UnknownKey = "unknown-key" // the key of its proof is not among ours
)

// prove makes the proof of what write writes. Proofs of different purposes never mix.
func (k Keys) prove(purpose string, write func(hash.Hash)) *Proof {
	last := k[len(k)-1]
	return &Proof{Key: last.ID, Sum: sum(last, purpose, write)}
}

// lacks tells what a proof does not show, empty when it holds.
func (k Keys) lacks(p *Proof, purpose string, write func(hash.Hash)) string {
	if p == nil {
		return Unsigned
	}
	key := k.find(p.Key)
	switch {
	case key == nil:
		return UnknownKey
	case !hmac.Equal(p.Sum, sum(*key, purpose, write)):
		return Forged
	}
	return ""
}

func sum(key Key, purpose string, write func(hash.Hash)) []byte {
	h := hmac.New(sha256.New, key.Secret)
	writeString(h, purpose)
	write(h)
	return h.Sum(nil)
}

// The purposes.
const (
	ofEntry = "entry"
	ofSeal  = "seal"
	ofHead  = "head"
	ofBegun = "begun"
)

// Sign gives entries their proofs. It is called when they are written; times are kept
// in milliseconds, as they will be read.
func (k Keys) Sign(entries []Entry) []Entry {
	signed := make([]Entry, len(entries))
	for i, e := range entries {
		e.At = e.At.UTC().Truncate(time.Millisecond)
		e.Proof = k.prove(ofEntry, e.write)
		signed[i] = e
	}
	return signed
}

// Lacks tells what an entry's proof does not show, empty when it holds.
func (k Keys) Lacks(e Entry) string { return k.lacks(e.Proof, ofEntry, e.write) }

func (k Keys) signHead(h Head) Head {
	h.Proof = k.prove(ofHead, h.write)
	return h
}

// LacksHead tells what a head's proof does not show, empty when it holds. A chain
// without rows has no head, and needs no proof.
func (k Keys) LacksHead(h Head) string {
	if h.Seq == 0 && h.Hash == "" && h.Before == 0 {
		return ""
	}
	return k.lacks(h.Proof, ofHead, h.write)
}

// Begun is the note that the trail of an installation is proven from its beginning, or
// since what was there before was sealed as such.
func (k Keys) Begun() string {
	p := k.prove(ofBegun, func(hash.Hash) {})
	return p.Key + " " + base64.StdEncoding.EncodeToString(p.Sum)
}

// HasBegun tells whether a note is one that Begun made.
func (k Keys) HasBegun(note string) bool {
	id, text, _ := strings.Cut(note, " ")
	value, err := base64.StdEncoding.DecodeString(text)
	return err == nil && k.lacks(&Proof{Key: id, Sum: value}, ofBegun, func(hash.Hash) {}) == ""
}
