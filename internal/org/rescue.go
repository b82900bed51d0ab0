package org

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// printedLife is how long a reset link works that a command printed.
const printedLife = 30 * time.Minute

// Rescue is what the administrator of the machine does about accounts where no page helps:
// its viewer is of every organisation, and each change stands in the trail of those that
// it concerns. Its own errors are words for whoever sits at the command line.
type Rescue struct {
	store RescueStore
	now   func() time.Time
	newID func() string
}

// NewRescue wires the rules to a store.
func NewRescue(store RescueStore, now func() time.Time, newID func() string) *Rescue {
	return &Rescue{store: store, now: now, newID: newID}
}

// RescueStore keeps accounts, whosever they are.
type RescueStore interface {
	// Accounts gives the next accounts after an address, in the order of addresses, with
	// their organisations.
	Accounts(ctx context.Context, after string, n int) ([]Held, error)
	// Organizations gives all of them.
	Organizations(ctx context.Context) ([]Organization, error)
	// ChangeAccount reads an account with all that hangs on it, lets decide judge, and
	// saves what it decided, with no other change of these people between. Where nobody
	// has the address its user is empty. The people of the organisations that are named
	// are read, too.
	ChangeAccount(ctx context.Context, email string, orgs []string, decide func(Held) (Rescued, error)) error
	// EndAllSessions ends every session that there is at one moment, with the entries that
	// tell how many each organisation had, and gives how many there were.
	EndAllSessions(ctx context.Context, entries func(had map[string]int) []audit.Entry) (int, error)
}

// Held is an account with all that hangs on it.
type Held struct {
	User          User
	Memberships   []Membership
	Organizations []Organization      // of these
	People        map[string][]Member // everybody in each of them; only to who changes something
	Sessions      int                 // likewise
}

// Rescued is what becomes of an account: its reset link and its lock are as the user has
// them, and a user whom nobody knew is new.
type Rescued struct {
	User        User
	Joins       *Membership // is put in place of the one that there was
	EndSessions bool
	Entries     []audit.Entry
}

// What the administrator is told.
var (
	errNoAccount            = errors.New("nobody has an account with this address; tsunagi admin list shows who has one")
	errLocked               = errors.New("the account is locked, and a new password would not let anybody in: tsunagi admin unlock comes first")
	errLockedAlready        = errors.New("the account is locked already")
	errAdministratorAlready = errors.New("the account sees to the installation already")
	errNoAdministrator      = errors.New("the account does not see to the installation")
	errNotLocked            = errors.New("the account is not locked")
	errOwnerAlready         = errors.New("is an owner of it already")
	errNoOrganization       = errors.New("there is no organisation of this name")
)

// viewer is the administrator, in an organisation.
func (s *Rescue) viewer(org string) access.Viewer { return access.System(org, access.Administrator) }

// entries tell each organisation of the account what was done.
func (s *Rescue) entries(h Held, action audit.Action, details ...audit.Detail) []audit.Entry {
	var out []audit.Entry
	for _, m := range h.Memberships {
		out = append(out, audit.New(s.viewer(m.Org), s.newID(), s.now(), action, audit.Ref{Kind: "user", ID: h.User.ID, Name: h.User.Name}, details...))
	}
	return out
}

// change changes an account that must be there.
func (s *Rescue) change(ctx context.Context, email string, decide func(Held) (Rescued, error)) error {
	return s.store.ChangeAccount(ctx, FoldEmail(email), nil, func(h Held) (Rescued, error) {
		if h.User.ID == "" {
			return Rescued{}, errNoAccount
		}
		return decide(h)
	})
}

// ResetLink lets a link be used, once and for printedLife, that no mail brings: every
// earlier one dies. The user has the generation that it is made of.
func (s *Rescue) ResetLink(ctx context.Context, email string) (User, error) {
	var u User
	err := s.change(ctx, email, func(h Held) (Rescued, error) {
		if !h.User.LockedAt.IsZero() {
			return Rescued{}, errLocked
		}
		u = h.User.printReset(s.now())
		return Rescued{User: u, Entries: s.entries(h, ActionUserResetLink)}, nil
	})
	return u, err
}

// printReset is the user with a link that was printed: it was mailed at no time.
func (u User) printReset(now time.Time) User {
	u.ResetGeneration++
	u.ResetMadeAt, u.ResetUntil = time.Time{}, now.Add(printedLife)
	return u
}

// Lock keeps somebody out: sessions and reset links end at once. The last owner of an
// organisation cannot be locked.
func (s *Rescue) Lock(ctx context.Context, email string) (sessions int, err error) {
	err = s.change(ctx, email, func(h Held) (Rescued, error) {
		if !h.User.LockedAt.IsZero() {
			return Rescued{}, errLockedAlready
		}
		if err := h.mayLock(); err != nil {
			return Rescued{}, err
		}
		u := h.User
		u.LockedAt, u.ResetUntil, u.ResetMadeAt = s.now(), time.Time{}, time.Time{}
		u.ResetGeneration++
		sessions = h.Sessions
		return Rescued{User: u, EndSessions: true, Entries: s.entries(h, ActionUserLocked, audit.Was("account", "open", "locked"))}, nil
	})
	return sessions, err
}

// mayLock tells whether every organisation keeps an owner who can sign in.
func (h Held) mayLock() error {
	for _, o := range h.Organizations {
		if keepsOwner(h.People[o.ID], h.User.ID) != nil {
			return fmt.Errorf("%s is the last owner of %s, who cannot be locked: make another one first (tsunagi admin make-owner), or end the sessions "+
				"(tsunagi admin revoke-sessions) and set a new password (tsunagi admin reset-link)", h.User.Email, o.Name)
		}
	}
	return nil
}

// Unlock lets somebody in again, with the password that there was.
func (s *Rescue) Unlock(ctx context.Context, email string) error {
	return s.change(ctx, email, func(h Held) (Rescued, error) {
		if h.User.LockedAt.IsZero() {
			return Rescued{}, errNotLocked
		}
		u := h.User
		u.LockedAt = time.Time{}
		return Rescued{User: u, Entries: s.entries(h, ActionUserUnlocked, audit.Was("account", "locked", "open"))}, nil
	})
}

// SetAdministrator lets somebody see to the whole installation, or no longer.
func (s *Rescue) SetAdministrator(ctx context.Context, email string, is bool) error {
	return s.change(ctx, email, func(h Held) (Rescued, error) {
		switch {
		case is && h.User.Administrator:
			return Rescued{}, errAdministratorAlready
		case !is && !h.User.Administrator:
			return Rescued{}, errNoAdministrator
		}
		u := h.User
		u.Administrator = is
		return Rescued{User: u, Entries: s.entries(h, ActionUserAdministrator, audit.Was("administrator", audit.YesNo(!is), audit.YesNo(is)))}, nil
	})
}

// EndSessions ends every session of somebody, and tells how many there were.
func (s *Rescue) EndSessions(ctx context.Context, email string) (sessions int, err error) {
	err = s.change(ctx, email, func(h Held) (Rescued, error) {
		sessions = h.Sessions
		return Rescued{User: h.User, EndSessions: true, Entries: s.entries(h, ActionUserSessionsEnded, ended(sessions))}, nil
	})
	return sessions, err
}

func ended(sessions int) audit.Detail { return audit.Was("sessions", fmt.Sprint(sessions), "0") }

// EndAllSessions ends the sessions of everybody at one moment: whoever changes from one
// organisation to another just then keeps none.
func (s *Rescue) EndAllSessions(ctx context.Context) (sessions int, err error) {
	all, err := s.store.Organizations(ctx)
	if err != nil {
		return 0, err
	}
	return s.store.EndAllSessions(ctx, func(had map[string]int) []audit.Entry {
		var out []audit.Entry
		for _, o := range all {
			out = append(out, audit.New(s.viewer(o.ID), s.newID(), s.now(), ActionUserSessionsEnded, audit.Ref{Kind: "organization", ID: o.ID, Name: o.Name}, ended(had[o.ID])))
		}
		return out
	})
}

// KeyChanged tells every organisation that all of its links are dead, because the server
// key is another: the keys are named by their fingerprints.
func (s *Rescue) KeyChanged(ctx context.Context, was, is string) ([]audit.Entry, error) {
	all, err := s.store.Organizations(ctx)
	var out []audit.Entry
	for _, o := range all {
		out = append(out, audit.New(s.viewer(o.ID), s.newID(), s.now(), ActionOrgServerKey, audit.Ref{Kind: "organization", ID: o.ID, Name: o.Name},
			audit.Was("server-key", was, is)))
	}
	return out, err
}

// JobResumed tells that a job which was given up goes on.
func (s *Rescue) JobResumed(org, id, kind string) audit.Entry {
	return audit.New(s.viewer(org), s.newID(), s.now(), ActionOrgJobResumed, audit.Ref{Kind: "job", ID: id, Name: kind}, audit.Was("job", "stopped", "waiting"))
}

// Made is who was made an owner.
type Made struct {
	User         User
	Organization Organization
	New          bool // the account was not there before: User has the generation of its reset link
}

// MakeOwner makes somebody an owner of an organisation that there is, named or by its id.
// Whoever has no account needs a name, and gets one with a reset link.
func (s *Rescue) MakeOwner(ctx context.Context, email, name, lang, organization string) (Made, error) {
	all, err := s.store.Organizations(ctx)
	if err != nil {
		return Made{}, err
	}
	o, err := findOrganization(all, organization)
	if err != nil {
		return Made{}, err
	}
	made := Made{Organization: o}
	email = FoldEmail(email)
	err = s.store.ChangeAccount(ctx, email, []string{o.ID}, func(h Held) (Rescued, error) {
		r := Rescued{User: h.User}
		if made.New = h.User.ID == ""; made.New {
			u, err := s.newAccount(email, name, lang)
			if err != nil {
				return r, err
			}
			r.User = u.printReset(s.now())
		}
		made.User = r.User
		m, e, err := s.ownership(h, r.User, o)
		r.Joins, r.Entries = &m, []audit.Entry{e}
		return r, err
	})
	return made, err
}

// newAccount is one without a password: nobody can sign in before it has one.
func (s *Rescue) newAccount(email, name, lang string) (User, error) {
	name = strings.TrimSpace(name)
	var f fault.Fields
	if !ValidEmail(email) {
		f.Add("email", "fault.email")
	}
	if name == "" && len(f) == 0 {
		return User{}, errors.New("nobody has an account with this address: give --name as well to make one, or look at tsunagi admin list")
	}
	checkName(&f, "name", name)
	return User{ID: s.newID(), Email: email, Name: name, Lang: orJapanese(lang), CreatedAt: s.now()}, f.Err()
}

// ownership is the membership by which somebody owns an organisation, beside what else
// they are there, and the entry of it. What an auditor was ends: it is nothing else.
func (s *Rescue) ownership(h Held, u User, o Organization) (Membership, audit.Entry, error) {
	ref := audit.Ref{Kind: "user", ID: u.ID, Name: u.Name}
	i := slices.IndexFunc(h.Memberships, func(m Membership) bool { return m.Org == o.ID })
	if i < 0 {
		m := Membership{ID: o.ID + ":" + u.ID, Org: o.ID, User: u.ID, Roles: []access.Role{access.Owner}, CreatedAt: s.now()}
		return m, audit.New(s.viewer(o.ID), s.newID(), s.now(), ActionUserJoined, ref, audit.Detail{Key: "role", Value: rolesDetail(m.Roles)}), nil
	}
	was := h.Memberships[i]
	if was.ownsForGood() {
		return was, audit.Entry{}, fmt.Errorf("%s %w", u.Email, errOwnerAlready)
	}
	is := was
	is.Until, is.Campaigns = nil, nil
	is.Roles = access.InOrder(append(slices.DeleteFunc(slices.Clone(was.Roles), func(r access.Role) bool { return r == access.Auditor }), access.Owner))
	return is, audit.New(s.viewer(o.ID), s.newID(), s.now(), ActionUserChanged, ref, was.changes(is)...), nil
}

// sameName tells whether two names of organisations read alike: width, case and blanks
// make no other.
func sameName(a, b string) bool {
	fold := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), "")) }
	return fold(a) == fold(b)
}

// findOrganization finds the one that is named, or has the id.
func findOrganization(all []Organization, named string) (Organization, error) {
	var found []Organization
	var names []string
	for _, o := range all {
		if o.ID == named {
			return o, nil
		}
		if sameName(o.Name, named) {
			found = append(found, o)
		}
		names = append(names, o.Name)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Organization{}, fmt.Errorf("%w: %q; there are: %s", errNoOrganization, named, strings.Join(names, ", "))
	}
	ids := make([]string, len(found))
	for i, o := range found {
		ids[i] = o.ID
	}
	return Organization{}, fmt.Errorf("%d organisations are called %q: name one by its id, %s (tsunagi admin list shows who is in which)", len(found), named, strings.Join(ids, ", "))
}

// Each visits every account, in the order of addresses.
func (s *Rescue) Each(ctx context.Context, visit func(Held) error) error {
	for after := ""; ; {
		accounts, err := s.store.Accounts(ctx, after, 500)
		if err != nil || len(accounts) == 0 {
			return err
		}
		for _, h := range accounts {
			if err := visit(h); err != nil {
				return err
			}
		}
		after = accounts[len(accounts)-1].User.Email
	}
}
