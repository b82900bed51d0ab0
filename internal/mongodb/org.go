package mongodb

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// Org keeps organisations, users and sessions.
type Org struct{ *DB }

var _ org.Store = Org{}

// maxMembers bounds the users of one organisation that a page shows.
const maxMembers = 1000

// UserByEmail implements org.Store. A person without an account is NotFound.
func (s Org) UserByEmail(ctx context.Context, email string) (org.User, error) {
	return findOne[org.User](ctx, s.coll(colUsers), bson.D{eq(fieldEmail, email)})
}

// UserByID implements org.Store.
func (s Org) UserByID(ctx context.Context, id string) (org.User, error) {
	return findOne[org.User](ctx, s.coll(colUsers), byID(id))
}

// MembershipsOf implements org.Store.
func (s Org) MembershipsOf(ctx context.Context, user string) ([]org.Membership, error) {
	return findAll[org.Membership](ctx, s.coll(colMemberships), bson.D{eq(fieldUser, user)},
		options.Find().SetSort(sorted(fieldID)).SetLimit(maxMembers))
}

// HasUsers implements org.Store.
func (s Org) HasUsers(ctx context.Context) (bool, error) {
	n, err := s.coll(colUsers).EstimatedDocumentCount(ctx)
	return n > 0, known(err)
}

// SignedIn implements org.Store.
func (s Org) SignedIn(ctx context.Context, session string) (org.SignedIn, error) {
	lookup := func(from, local, foreign, as string) bson.D {
		return op("$lookup", bson.D{to("from", from), to("localField", local), to("foreignField", foreign), to("as", as)})
	}
	cursor, err := s.coll(colSessions).Aggregate(ctx, bson.A{
		op("$match", byID(session)),
		lookup(colUsers, fieldUser, fieldID, "user"),
		lookup(colMemberships, fieldUser, fieldUser, "memberships"),
		lookup(colOrganizations, "memberships."+fieldOrg, fieldID, "organizations"),
		update(set(to("user", op("$first", "$user")))),
	})
	if err != nil {
		return org.SignedIn{}, known(err)
	}
	var found []org.SignedIn
	if err := cursor.All(ctx, &found); err != nil {
		return org.SignedIn{}, known(err)
	}
	if len(found) == 0 {
		return org.SignedIn{}, known(mongo.ErrNoDocuments)
	}
	return found[0], nil
}

// SaveSession implements org.Store.
func (s Org) SaveSession(ctx context.Context, session org.Session, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		if _, err := s.coll(colSessions).InsertOne(ctx, session); err != nil {
			return err
		}
		if _, err := s.coll(colUsers).UpdateOne(ctx, byID(session.User), update(set(to(fieldSignedInAt, session.CreatedAt)))); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// NoteFailure implements org.Store. A note of one of 256 kinds is written in any case.
func (s Org) NoteFailure(ctx context.Context, email string, entries []audit.Entry) error {
	kind := sha256.Sum256([]byte(email))
	return s.inTx(ctx, func(ctx context.Context) error {
		if err := s.SetMark(ctx, fmt.Sprintf("sign-in-failed-%x", kind[:1]), s.newID()); err != nil {
			return err
		}
		return s.record(ctx, entries, nil)
	})
}

// TouchSession implements org.Store.
func (s Org) TouchSession(ctx context.Context, id string, seen, expires time.Time) error {
	_, err := s.coll(colSessions).UpdateOne(ctx, byID(id), update(set(
		to(fieldSeenAt, seen), to(fieldExpiresAt, expires))))
	return known(err)
}

// SwitchSession implements org.Store.
func (s Org) SwitchSession(ctx context.Context, id, org string) error {
	_, err := s.coll(colSessions).UpdateOne(ctx, byID(id), update(set(to(fieldOrg, org))))
	return known(err)
}

// EndSession implements org.Store.
func (s Org) EndSession(ctx context.Context, id string) error {
	_, err := s.coll(colSessions).DeleteOne(ctx, byID(id))
	return known(err)
}

// CreateOwner implements org.Store. A taken address is a Conflict.
func (s Org) CreateOwner(ctx context.Context, o org.Organization, u org.User, m org.Membership, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		if _, err := s.coll(colUsers).InsertOne(ctx, u); err != nil {
			return known(err)
		}
		if _, err := s.coll(colOrganizations).InsertOne(ctx, o); err != nil {
			return err
		}
		if _, err := s.coll(colMemberships).InsertOne(ctx, m); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// UpdateOrganization implements org.Store.
func (s Org) UpdateOrganization(ctx context.Context, v access.Viewer, o org.Organization, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		_, err := s.coll(colOrganizations).UpdateOne(ctx, byID(v.Org), update(set(
			to(fieldName, o.Name), to(fieldNameEN, o.NameEN), to(fieldContact, o.Contact),
			to(fieldClosures, o.Closures))))
		if err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// UpdateUser implements org.Store.
func (s Org) UpdateUser(ctx context.Context, u org.User, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		_, err := s.coll(colUsers).UpdateOne(ctx, byID(u.ID), update(set(
			to(fieldName, u.Name), to(fieldLang, u.Lang))))
		if err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// SetPassword implements org.Store: the new hash, no open reset link, no session. The
// link and the password that were seen stand in the filter: of two changes at once the
// second finds another.
func (s Org) SetPassword(ctx context.Context, seen org.User, hash string, entries []audit.Entry) error {
	var password any = seen.Password
	if seen.Password == "" {
		password = nil // never set: the field is not there
	}
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colUsers).UpdateOne(ctx, bson.D{eq(fieldID, seen.ID), eq(fieldPassword, password),
			eq(fieldResetGeneration, seen.ResetGeneration)}, update(
			set(to(fieldPassword, hash)),
			unset(fieldResetUntil),
			inc(to(fieldResetGeneration, 1)),
		))
		if err == nil && res.MatchedCount == 0 {
			err = fault.New(fault.Conflict, "fault.conflict")
		}
		if err != nil {
			return err
		}
		if _, err := s.coll(colSessions).DeleteMany(ctx, bson.D{eq(fieldUser, seen.ID)}); err != nil {
			return err
		}
		if err := s.record(ctx, entries, nil); err != nil {
			return err
		}
		return s.cancelSpent(ctx, "", notify.Reset, notify.ParamUser, seen.ID, 0)
	})
}

// StartReset implements org.Store.
func (s Org) StartReset(ctx context.Context, seen org.User, until time.Time, m notify.Message) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colUsers).UpdateOne(ctx, bson.D{eq(fieldID, seen.ID), eq(fieldResetGeneration, seen.ResetGeneration)},
			update(set(to(fieldResetUntil, until)), inc(to(fieldResetGeneration, 1))))
		if err != nil || res.MatchedCount == 0 {
			return err // zero: somebody asked a moment ago, and that mail is on its way
		}
		if err := s.record(ctx, nil, []notify.Message{m}); err != nil {
			return err
		}
		return s.cancelSpent(ctx, "", notify.Reset, notify.ParamUser, seen.ID, seen.ResetGeneration+1)
	})
}
