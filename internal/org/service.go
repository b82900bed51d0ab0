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
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// How long things live.
const (
	sessionLife    = 12 * time.Hour      // after the last use
	longestSession = 30 * 24 * time.Hour // whatever happens
	invitationLife = 7 * 24 * time.Hour
	resetLife      = time.Hour
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
	SaveSession(ctx context.Context, s Session, e audit.Entry) error
	// NoteFailure writes the entries of a failed sign-in. It takes as long without any:
	// nobody learns from the time whether there is an account.
	NoteFailure(ctx context.Context, email string, entries []audit.Entry) error
	TouchSession(ctx context.Context, id string, seen, expires time.Time) error
	SwitchSession(ctx context.Context, id, org string) error
	EndSession(ctx context.Context, id string) error

	// Spend takes from budgets, each in one write; TooMany when one is empty.
	Spend(ctx context.Context, spendings ...budget.Spending) error
	// Refund gives back what was spent for nothing.
	Refund(ctx context.Context, spendings ...budget.Spending) error

	// CreateOwner lets beside judge the organisations that there are; none is made between.
	CreateOwner(ctx context.Context, o Organization, u User, m Membership, e audit.Entry, beside func([]Organization) error) error
	// UpdateOrganization and UpdateUser read what is there, let change say what becomes of
	// it, and save that with its entry, with no other such change between. Without an
	// entry nothing changed, and nothing is written.
	UpdateOrganization(ctx context.Context, v access.Viewer, change func(Organization) (Organization, *audit.Entry)) error
	UpdateUser(ctx context.Context, id string, change func(User) (User, *audit.Entry)) error
	// SetPassword ends the sessions and reset links of a user; Conflict when the
	// password or the link is another than was seen.
	SetPassword(ctx context.Context, seen User, hash string, entries []audit.Entry) error
	// StartReset lets the link of the next one's generation be used, and makes every other
	// one worthless; of several at once one is made.
	StartReset(ctx context.Context, seen, next User, m notify.Message) error

	Invitation(ctx context.Context, id string) (Invitation, error)
	// AddInvitation and ChangeInvitation take each mail from the organisation's budget.
	AddInvitation(ctx context.Context, i Invitation, e audit.Entry, m notify.Message) error
	// ChangeInvitation is a Conflict when the invitation is no longer open, or of
	// another generation than was seen.
	ChangeInvitation(ctx context.Context, i Invitation, seen int, e audit.Entry, m []notify.Message) error
	// AcceptInvitation is Gone when the invitation was used, or the user belongs to the
	// organisation already.
	AcceptInvitation(ctx context.Context, i Invitation, u User, m Membership, e audit.Entry) error
	// NoteMailTest takes a test mail from the budget of who asked for it, with its entry.
	NoteMailTest(ctx context.Context, user string, e audit.Entry) error
	// ChangeMembers reads the members, lets decide judge, and saves what it decided, with
	// no other such change between.
	ChangeMembers(ctx context.Context, v access.Viewer, decide func([]Member) (MemberChange, error)) error
}

// Reader is what pages read directly.
type Reader interface {
	Members(ctx context.Context, v access.Viewer) ([]Member, error)
	Invitations(ctx context.Context, v access.Viewer) ([]Invitation, error)
	Organization(ctx context.Context, v access.Viewer) (Organization, error)
	// Language is the one that a member of the viewer's organisation has chosen, by the
	// address; "" where the address is no member's.
	Language(ctx context.Context, v access.Viewer, email string) (string, error)
}

// MemberChange is what becomes of one membership.
type MemberChange struct {
	Membership Membership
	Leaves     bool
	Entry      audit.Entry
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

// From is where somebody tries a password: the network address, and the browser when it
// has signed in to that account before (DeviceOf).
type From struct{ Address, Device string }

// NewDevice is the id of a browser that has signed in with an address. Whoever keeps it
// there must see to it that it cannot be made up.
func NewDevice(email, id string) string { return deviceOf(email) + id }

// IsDevice tells whether a browser's id was made for an address.
func IsDevice(device, email string) bool { return strings.HasPrefix(device, deviceOf(email)) }

func deviceOf(email string) string { return sessionID(FoldEmail(email))[:32] + "-" }

// guess are the budgets of a guess at an account's password. A browser that is known has
// its own alone: strangers who guess, and whoever sits in the same network, cannot lock
// it out. One that is not shares with its network: strangers elsewhere take nothing of it
// until very many guess; who then waits has the reset link, which needs no guess.
func guess(email string, from From) []budget.Spending {
	if from.Device != "" && IsDevice(from.Device, email) {
		return []budget.Spending{budget.Device.By(from.Device)}
	}
	place := budget.Place(from.Address)
	return []budget.Spending{budget.Network.By(place), budget.SignIn.By(email + " " + place), budget.Account.By(email)}
}

// SignIn checks an address and a password and gives the cookie of a new session.
// Whether the account is unknown or the password wrong, the answer is the same.
// Errors: Invalid; TooMany after too many failures of the account or from the
// network. A guess is counted before it is judged, so that many at once are counted too.
func (s *Service) SignIn(ctx context.Context, email, password string, from From) (cookie string, err error) {
	email = FoldEmail(email)
	if len(email) > 254 || len(password) > 4*maxPassword {
		return "", fault.New(fault.Invalid, "fault.org.sign-in")
	}
	spent := guess(email, from)
	if err := s.store.Spend(ctx, spent...); err != nil {
		return "", err
	}
	user, err := s.store.UserByEmail(ctx, email)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", err
	}
	if !passwordMatches(user.Password, password) {
		if err := s.noteFailure(ctx, user, email, from); err != nil {
			return "", err
		}
		return "", fault.New(fault.Invalid, "fault.org.sign-in")
	}
	if err := s.store.Refund(ctx, spent...); err != nil {
		return "", err
	}
	return s.start(ctx, user)
}

// noteFailure records a guess at the password of an account in the trail of every
// organisation that it belongs to. How many there may be is bounded by the budgets of
// guesses; an address without an account belongs to no organisation.
func (s *Service) noteFailure(ctx context.Context, user User, email string, from From) error {
	members, err := s.store.MembershipsOf(ctx, user.ID)
	if err != nil {
		return err
	}
	now := s.now()
	var entries []audit.Entry
	for _, m := range members {
		if m.holds(now) && user.ID != "" {
			entries = append(entries, audit.New(access.Viewer{Org: m.Org}, s.newID(), now, ActionSignInFailed,
				audit.Ref{Kind: "user", ID: user.ID, Name: user.Name}, audit.Detail{Key: "network", Value: budget.Place(from.Address)}))
		}
	}
	return s.store.NoteFailure(ctx, email, entries)
}

// checkLock refuses a locked account. Only who knows the password is told.
func (u User) checkLock() error {
	if u.LockedAt.IsZero() {
		return nil
	}
	return fault.New(fault.Invalid, "fault.org.locked")
}

// start begins a session in the first organisation whose membership holds.
func (s *Service) start(ctx context.Context, user User) (string, error) {
	if err := user.checkLock(); err != nil {
		return "", err
	}
	members, err := s.store.MembershipsOf(ctx, user.ID)
	if err != nil {
		return "", err
	}
	now := s.now()
	for _, m := range members {
		if m.holds(now) {
			cookie := newSecret()
			v := access.Viewer{Kind: access.Member, Org: m.Org, User: user.ID, Name: user.Name, Roles: m.Roles}
			e := audit.New(v, s.newID(), now, ActionSignedIn, audit.Ref{Kind: "user", ID: user.ID, Name: user.Name})
			return cookie, s.store.SaveSession(ctx, Session{ID: sessionID(cookie), User: user.ID, Org: m.Org,
				CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(sessionLife)}, e)
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
	if fault.KindOf(err) == fault.NotFound || err == nil && !in.Session.holds(now) {
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
		err = s.store.TouchSession(ctx, in.Session.ID, now, in.Session.until(now))
	}
	return account, err
}

// account is the user in the organisation that was chosen; false when the user is
// gone or locked, or belongs to it no longer.
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
	return a, a.User.ID != "" && a.User.LockedAt.IsZero() && a.Organization.ID != ""
}

// SignOut ends the session of a cookie.
func (s *Service) SignOut(ctx context.Context, cookie string) error {
	return s.store.EndSession(ctx, sessionID(cookie))
}

// Switch makes another organisation of the same user the chosen one; the one that is
// chosen already stays so. NotFound when the user does not belong to it.
func (s *Service) Switch(ctx context.Context, a Account, cookie, org string) error {
	if org == a.Organization.ID {
		return nil
	}
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
