package org

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// How long things live.
const (
	sessionLife    = 12 * time.Hour // after the last use
	invitationLife = 7 * 24 * time.Hour
	resetLife      = time.Hour
)

// How many failed sign-ins are allowed within attemptWindow.
const (
	attemptWindow      = 15 * time.Minute
	attemptsPerAccount = 10
	attemptsPerAddress = 50
)

// Store keeps organisations, users and sessions. Changes and the entries and
// messages given with them are one transaction.
type Store interface {
	Reader
	UserByEmail(ctx context.Context, email string) (User, error)
	UserByID(ctx context.Context, id string) (User, error)
	MembershipsOf(ctx context.Context, user string) ([]Membership, error)
	HasUsers(ctx context.Context) (bool, error)

	// SignedIn gives a session with all that a request must know of its user, in
	// one query: every page of a signed-in user begins with it.
	SignedIn(ctx context.Context, session string) (SignedIn, error)
	SaveSession(ctx context.Context, s Session) error
	TouchSession(ctx context.Context, id string, seen, expires time.Time) error
	SwitchSession(ctx context.Context, id, org string) error
	EndSession(ctx context.Context, id string) error

	// CountAttempt raises the failures of a key within its window and gives the count.
	CountAttempt(ctx context.Context, key string, until time.Time) (int, error)
	Attempts(ctx context.Context, key string, now time.Time) (int, error)
	ClearAttempts(ctx context.Context, key string) error

	CreateOwner(ctx context.Context, o Organization, u User, m Membership, e audit.Entry) error
	UpdateOrganization(ctx context.Context, v access.Viewer, o Organization, e audit.Entry) error
	UpdateUser(ctx context.Context, u User, e audit.Entry) error
	SetPassword(ctx context.Context, user, hash string, entries []audit.Entry) error
	StartReset(ctx context.Context, user string, generation int, until time.Time, m notify.Message) error

	Invitation(ctx context.Context, id string) (Invitation, error)
	SaveInvitation(ctx context.Context, i Invitation, e audit.Entry, m []notify.Message) error
	AcceptInvitation(ctx context.Context, i Invitation, u User, m Membership, e audit.Entry) error
	SaveMembership(ctx context.Context, v access.Viewer, m Membership, e audit.Entry) error
	RemoveMembership(ctx context.Context, v access.Viewer, m Membership, e audit.Entry) error
}

// Reader is what pages read directly.
type Reader interface {
	Members(ctx context.Context, v access.Viewer) ([]Member, error)
	Invitations(ctx context.Context, v access.Viewer) ([]Invitation, error)
	Organization(ctx context.Context, v access.Viewer) (Organization, error)
}

// Member is a user with its membership.
type Member struct {
	Membership Membership
	User       User
}

// Service is the rules about accounts.
type Service struct {
	Reader
	store Store
	now   func() time.Time
	newID func() string
	cost  Cost
}

// NewService wires the rules to a store. New passwords are hashed at the given cost;
// what was hashed at another stays good.
func NewService(store Store, now func() time.Time, newID func() string, cost Cost) *Service {
	return &Service{Reader: store, store: store, now: now, newID: newID, cost: cost}
}

// FoldEmail is the form in which addresses are kept and compared.
func FoldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// EmailPattern matches an address that can be written to: one plain address (RFC 5322
// dot-atoms, letters beyond ASCII allowed), a domain with a dot. The database uses the
// same expression, because some addresses were stored before they were checked.
const EmailPattern = `\A` + atom + `(\.` + atom + `)*@` + atom + `(\.` + atom + `)+\z`

const atom = `[A-Za-z0-9!#$%&'*+/=?^_{|}~\x60\x{80}-\x{10FFFF}-]+`

var emailForm = regexp.MustCompile(EmailPattern)

// ValidEmail tells whether an address can be written to: no display name, no line
// break.
func ValidEmail(s string) bool {
	return len(s) <= 254 && utf8.ValidString(s) && emailForm.MatchString(s)
}

func sessionID(cookie string) string {
	sum := sha256.Sum256([]byte(cookie))
	return hex.EncodeToString(sum[:])
}

func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// SignIn checks an address and a password and gives the cookie of a new session.
// Whether the account is unknown or the password wrong, the answer is the same.
// Errors: Invalid; TooMany after too many failures of the account or from the
// network address.
func (s *Service) SignIn(ctx context.Context, email, password, address string) (cookie string, err error) {
	email = FoldEmail(email)
	if len(email) > 254 || len(password) > 4*maxPassword {
		return "", fault.New(fault.Invalid, "fault.org.sign-in")
	}
	keys := map[string]int{"a:" + sessionID(email): attemptsPerAccount, "n:" + address: attemptsPerAddress}
	for key, limit := range keys {
		if n, err := s.store.Attempts(ctx, key, s.now()); err != nil {
			return "", err
		} else if n >= limit {
			return "", fault.New(fault.TooMany, "fault.org.too-many").With("Minutes", int(attemptWindow.Minutes()))
		}
	}
	user, err := s.store.UserByEmail(ctx, email)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", err
	}
	if !passwordMatches(user.Password, password) {
		for key := range keys {
			if _, err := s.store.CountAttempt(ctx, key, s.now().Add(attemptWindow)); err != nil {
				return "", err
			}
		}
		return "", fault.New(fault.Invalid, "fault.org.sign-in")
	}
	if err := s.store.ClearAttempts(ctx, "a:"+sessionID(email)); err != nil {
		return "", err
	}
	return s.start(ctx, user)
}

// start begins a session in the first organisation whose membership holds.
func (s *Service) start(ctx context.Context, user User) (string, error) {
	members, err := s.store.MembershipsOf(ctx, user.ID)
	if err != nil {
		return "", err
	}
	now := s.now()
	for _, m := range members {
		if m.holds(now) {
			cookie := newSecret()
			return cookie, s.store.SaveSession(ctx, Session{ID: sessionID(cookie), User: user.ID, Org: m.Org,
				CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(sessionLife)})
		}
	}
	return "", fault.New(fault.Invalid, "fault.org.no-membership")
}

// Authenticate gives the account of a cookie. Unauthenticated when the session
// ended, was revoked, or its membership is over.
func (s *Service) Authenticate(ctx context.Context, cookie string) (Account, error) {
	gone := fault.New(fault.Unauthenticated, "fault.sign-in")
	now := s.now()
	in, err := s.store.SignedIn(ctx, sessionID(cookie))
	if fault.KindOf(err) == fault.NotFound || err == nil && !now.Before(in.Session.ExpiresAt) {
		return Account{}, gone
	}
	if err != nil {
		return Account{}, err
	}
	account, ok := in.account(now)
	if !ok {
		return Account{}, gone
	}
	if now.Sub(in.Session.SeenAt) > 5*time.Minute {
		err = s.store.TouchSession(ctx, in.Session.ID, now, now.Add(sessionLife))
	}
	return account, err
}

// account is the user in the organisation that was chosen; false when the user is
// gone or belongs to it no longer.
func (in SignedIn) account(now time.Time) (Account, bool) {
	a := Account{User: in.User}
	held := map[string]bool{}
	for _, m := range in.Memberships {
		held[m.Org] = m.holds(now)
		if m.Org == in.Session.Org {
			a.Membership = m
		}
	}
	for _, o := range in.Organizations {
		switch {
		case !held[o.ID]:
		case o.ID == in.Session.Org:
			a.Organization = o
		default:
			a.Others = append(a.Others, o)
		}
	}
	slices.SortFunc(a.Others, func(x, y Organization) int { return strings.Compare(x.ID, y.ID) })
	return a, a.User.ID != "" && a.Organization.ID != ""
}

// SignOut ends the session of a cookie.
func (s *Service) SignOut(ctx context.Context, cookie string) error {
	return s.store.EndSession(ctx, sessionID(cookie))
}

// Switch makes another organisation of the same user the chosen one. NotFound
// when the user does not belong to it.
func (s *Service) Switch(ctx context.Context, a Account, cookie, org string) error {
	for _, o := range a.Others {
		if o.ID == org {
			return s.store.SwitchSession(ctx, sessionID(cookie), org)
		}
	}
	return fault.New(fault.NotFound, "fault.not-found")
}

// maxName is how long a person's or firm's name may be, in characters.
const maxName = 100

// checkName judges a person's or firm's name.
func checkName(f *fault.Fields, field, name string) {
	if name == "" {
		f.Add(field, "fault.required")
		return
	}
	f.OneLine(field, name, maxName)
}
