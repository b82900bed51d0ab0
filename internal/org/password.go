package org

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"tsunagi/internal/fault"
)

// Cost is what argon2id takes to hash a password, on one lane.
type Cost struct {
	Passes uint32
	Memory uint32 // KiB
}

// FullCost is OWASP's second recommendation for argon2id: a small server survives a
// morning's sign-ins with it.
var FullCost = Cost{Passes: 2, Memory: 19 * 1024}

const (
	argonLanes = 1
	argonKey   = 32
	argonSalt  = 16
)

// The lengths of a password. A long one beats a strange one (NIST SP 800-63B).
const (
	minPassword = 12
	maxPassword = 256
)

// checkPassword tells what is wrong with a new password, in the field of that name; none
// when it will do.
func checkPassword(password, email string) fault.Fields {
	var f fault.Fields
	n := utf8.RuneCountInString(password)
	switch {
	case n < minPassword:
		f.Add("password", "fault.org.password-short", fault.Args{"Min": minPassword})
	case n > maxPassword:
		f.Add("password", "fault.org.password-long", fault.Args{"Max": maxPassword})
	case common(password, email):
		f.Add("password", "fault.org.password-weak")
	}
	return f
}

// hash makes the stored form of a password, argon2id in PHC notation.
func (c Cost) hash(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // crypto/rand never fails
	return c.phc(salt, derive(password, salt, c.Passes, c.Memory, argonLanes, argonKey))
}

func (c Cost) phc(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, argonLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// derive makes the key of a password, a few at a time: each takes the memory of its cost, and
// a burst of sign-ins must not use up the server's memory.
func derive(password string, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte {
	deriving <- struct{}{}
	defer func() { <-deriving }()
	return argon2.IDKey([]byte(password), salt, passes, memory, lanes, length)
}

// deriving bounds what password hashes take together: 4 × 19 MiB.
var deriving = make(chan struct{}, 4)

// decoy is compared against when there is no such user, so that the time an
// answer takes does not tell who has an account. No password has this key.
var decoy = FullCost.phc(make([]byte, argonSalt), make([]byte, argonKey))

// passwordMatches compares in constant time. An empty or broken hash matches nothing.
func passwordMatches(hash, password string) bool {
	known := hash != ""
	if !known {
		hash = decoy
	}
	var version, memory, passes, lanes int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil ||
		memory > 64<<10 || passes > 100 || lanes > 16 || memory < 8 || passes < 1 || lanes < 1 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) == 0 {
		return false
	}
	got := derive(password, salt, uint32(passes), uint32(memory), uint8(lanes), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known
}
