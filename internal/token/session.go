package token

import (
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// SessionLife is how long a supplier's browser may go on without opening the
// link again.
const SessionLife = 12 * time.Hour

// LinkSession is what a supplier's cookie holds.
type LinkSession struct {
	Org        string
	Assignment string
	Generation int
	Person     string // a random id of this browser: who saved what, without an account
	Expires    time.Time
}

type claims struct {
	Org        string `json:"org"`
	Generation int    `json:"gen"`
	Person     string `json:"per"`
	jwt.RegisteredClaims
}

const audience = "tsunagi-answer"

// SignSession makes the cookie of a link session that ends SessionLife from now.
func (k *Keys) SignSession(s LinkSession, now time.Time) (string, error) {
	c := claims{Org: s.Org, Generation: s.Generation, Person: s.Person, RegisteredClaims: jwt.RegisteredClaims{
		Subject: s.Assignment, Audience: jwt.ClaimStrings{audience},
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(SessionLife))}}
	out, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(k.now.Load().session)
	if err != nil {
		return "", fmt.Errorf("sign link session: %w", err)
	}
	return out, nil
}

// ParseSession checks a cookie: signature, algorithm, purpose and time.
func (k *Keys) ParseSession(cookie string, now time.Time) (LinkSession, error) {
	d := k.now.Load()
	if s, ok := d.proven.get(cookie); ok && now.Before(s.Expires) {
		return s, nil
	}
	var c claims
	_, err := jwt.ParseWithClaims(cookie, &c, func(*jwt.Token) (any, error) { return d.session, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return LinkSession{}, fmt.Errorf("parse link session: %w", err)
	}
	s := LinkSession{Org: c.Org, Assignment: c.Subject, Generation: c.Generation, Person: c.Person,
		Expires: c.ExpiresAt.Time}
	d.proven.put(cookie, s)
	return s, nil
}
