// Package org holds organisations and the people who work in them: users,
// memberships with a role, invitations by mail, and sign-in sessions.
package org

import (
	"cmp"
	"slices"
	"time"

	"tsunagi/internal/access"
)

// Organization is a buyer (and may one day be a supplier too).
type Organization struct {
	ID        string    `bson:"_id"`
	Name      string    `bson:"name"`
	NameEN    string    `bson:"name_en,omitempty"`
	Contact   Contact   `bson:"contact"`            // the default contact window of its campaigns
	Closures  []string  `bson:"closures,omitempty"` // closed days beside weekends and holidays, 2006-01-02
	CreatedAt time.Time `bson:"created_at"`
	People    int       `bson:"people,omitempty"` // how often it changed who belongs to it

	HeadMailedAt time.Time `bson:"head_mailed_at,omitempty"` // when its owners were last sent the end of its trail
}

// Contact is whom a supplier may ask. What is given in English is for those who read
// English; without it they read the Japanese.
type Contact struct {
	Department   string `bson:"department"`
	DepartmentEN string `bson:"department_en,omitempty"`
	Name         string `bson:"name,omitempty"`
	NameEN       string `bson:"name_en,omitempty"`
	Phone        string `bson:"phone"`
	Email        string `bson:"email"`
	Hours        string `bson:"hours,omitempty"`
	HoursEN      string `bson:"hours_en,omitempty"`
}

// In is the contact as it is called in a language.
func (c Contact) In(lang string) Contact {
	if lang == "en" {
		c.Department = cmp.Or(c.DepartmentEN, c.Department)
		c.Name = cmp.Or(c.NameEN, c.Name)
		c.Hours = cmp.Or(c.HoursEN, c.Hours)
	}
	return c
}

// InEnglish tells whether anything was given in English.
func (c Contact) InEnglish() bool { return c.DepartmentEN+c.NameEN+c.HoursEN != "" }

// User is a person with an account. Email is folded to lower case and unique.
type User struct {
	ID              string    `bson:"_id"`
	Email           string    `bson:"email"`
	Name            string    `bson:"name"`
	Lang            string    `bson:"lang"`
	Password        string    `bson:"password,omitempty"`      // argon2id in PHC form; empty: cannot sign in
	ResetGeneration int       `bson:"reset_generation"`        // raised when another link is made, or one used
	ResetMadeAt     time.Time `bson:"reset_made_at,omitempty"` // when the present link was mailed first; never, if a command printed it
	ResetUntil      time.Time `bson:"reset_until,omitempty"`
	CreatedAt       time.Time `bson:"created_at"`
	SignedInAt      time.Time `bson:"signed_in_at,omitempty"`
	LockedAt        time.Time `bson:"locked_at,omitempty"`     // since when nobody signs in with it
	Administrator   bool      `bson:"administrator,omitempty"` // sees to the whole installation
}

// Membership lets a user act in an organisation.
type Membership struct {
	ID        string        `bson:"_id"` // organisation:user
	Org       string        `bson:"org_id"`
	User      string        `bson:"user_id"`
	Roles     []access.Role `bson:"roles"`               // never none, in the order of access.Roles
	Campaigns []string      `bson:"campaigns,omitempty"` // an auditor invited to these alone; none: all
	Until     *time.Time    `bson:"until,omitempty"`     // the last moment of the account; none: until somebody is removed. Auditors have one
	CreatedAt time.Time     `bson:"created_at"`
}

// holds tells whether the membership is in force.
func (m Membership) holds(now time.Time) bool { return m.Until == nil || now.Before(*m.Until) }

// ownsForGood tells whether this is an owner's, without an end date.
func (m Membership) ownsForGood() bool {
	return m.Until == nil && slices.Contains(m.Roles, access.Owner)
}

// Invitation asks somebody by mail to join.
type Invitation struct {
	ID         string        `bson:"_id"`
	Org        string        `bson:"org_id"`
	Email      string        `bson:"email"`
	Name       string        `bson:"name"`
	Roles      []access.Role `bson:"roles"`
	Campaigns  []string      `bson:"campaigns,omitempty"`
	Until      *time.Time    `bson:"until,omitempty"`
	Generation int           `bson:"generation"` // raised when it is sent anew or revoked
	ExpiresAt  time.Time     `bson:"expires_at"`
	InvitedBy  string        `bson:"invited_by"`
	CreatedAt  time.Time     `bson:"created_at"`
	AcceptedAt time.Time     `bson:"accepted_at,omitempty"`
	RevokedAt  time.Time     `bson:"revoked_at,omitempty"`
}

// Session is a signed-in browser. Its id is the SHA-256 of the cookie, so the
// database does not hold what would sign somebody in.
type Session struct {
	ID        string    `bson:"_id"`
	User      string    `bson:"user_id"`
	Org       string    `bson:"org_id"` // the organisation that was chosen
	CreatedAt time.Time `bson:"created_at"`
	SeenAt    time.Time `bson:"seen_at"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// until is when a session ends that is used now: sessionLife later, and never later than
// longestSession after it began.
func (s Session) until(now time.Time) time.Time {
	if last := s.CreatedAt.Add(longestSession); last.Before(now.Add(sessionLife)) {
		return last
	}
	return now.Add(sessionLife)
}

// holds tells whether a session is in force.
func (s Session) holds(now time.Time) bool {
	return now.Before(s.ExpiresAt) && now.Before(s.CreatedAt.Add(longestSession))
}

// SignedIn is a session with its user, the user's memberships and their
// organisations. The user is empty when there is none any more.
type SignedIn struct {
	Session       Session        `bson:",inline"`
	User          User           `bson:"user"`
	Memberships   []Membership   `bson:"memberships"`
	Organizations []Organization `bson:"organizations"`
}

// Account is a signed-in user in the organisation that was chosen.
type Account struct {
	User         User
	Membership   Membership
	Organization Organization
	Others       []Organization // the user's other organisations, to switch to
}

// Viewer is who asks, for every read and change of this account.
func (a Account) Viewer() access.Viewer {
	return access.Viewer{Kind: access.Member, Org: a.Organization.ID, User: a.User.ID, Name: a.User.Name,
		Roles: a.Membership.Roles, Administrator: a.User.Administrator, Campaigns: a.Membership.Campaigns}
}
