package mongodb

import (
	"context"
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
func (s Org) SaveSession(ctx context.Context, session org.Session) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		if _, err := s.coll(colSessions).InsertOne(ctx, session); err != nil {
			return err
		}
		_, err := s.coll(colUsers).UpdateOne(ctx, byID(session.User), update(set(to(fieldSignedInAt, session.CreatedAt))))
		return err
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

// attempt counts the failures under one key.
type attempt struct {
	ID      string    `bson:"_id"`
	N       int       `bson:"n"`
	Expires time.Time `bson:"expires_at"`
}

// CountAttempt implements org.Store. The window begins with its first failure.
func (s Org) CountAttempt(ctx context.Context, key string, until time.Time) (int, error) {
	now := s.now()
	// One atomic update: a window that has passed begins anew, another goes on.
	fresh := op("$gt", bson.A{ref(fieldExpiresAt), now})
	change := bson.A{update(set(
		to(fieldN, cond(fresh, op("$add", bson.A{ref(fieldN), 1}), 1)),
		to(fieldExpiresAt, cond(fresh, ref(fieldExpiresAt), until)),
	))}
	var doc attempt
	err := s.coll(colAttempts).FindOneAndUpdate(ctx, byID(key), change,
		options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(&doc)
	if mongo.IsDuplicateKeyError(err) { // two first failures at once: the other made it
		return s.CountAttempt(ctx, key, until)
	}
	return doc.N, known(err)
}

// Attempts implements org.Store.
func (s Org) Attempts(ctx context.Context, key string, now time.Time) (int, error) {
	var doc attempt
	err := known(s.coll(colAttempts).FindOne(ctx, byID(key)).Decode(&doc))
	if fault.KindOf(err) == fault.NotFound || err == nil && !doc.Expires.After(now) {
		return 0, nil
	}
	return doc.N, err
}

// ClearAttempts implements org.Store.
func (s Org) ClearAttempts(ctx context.Context, key string) error {
	_, err := s.coll(colAttempts).DeleteOne(ctx, byID(key))
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

// SetPassword implements org.Store: the new hash, no open reset link, no session.
func (s Org) SetPassword(ctx context.Context, user, hash string, entries []audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		_, err := s.coll(colUsers).UpdateOne(ctx, byID(user), update(
			set(to(fieldPassword, hash)),
			unset(fieldResetUntil),
			inc(to(fieldResetGeneration, 1)),
		))
		if err != nil {
			return err
		}
		if _, err := s.coll(colSessions).DeleteMany(ctx, bson.D{eq(fieldUser, user)}); err != nil {
			return err
		}
		return s.record(ctx, entries, nil)
	})
}

// StartReset implements org.Store.
func (s Org) StartReset(ctx context.Context, user string, generation int, until time.Time, m notify.Message) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		_, err := s.coll(colUsers).UpdateOne(ctx, byID(user), update(set(
			to(fieldResetGeneration, generation), to(fieldResetUntil, until))))
		if err != nil {
			return err
		}
		return s.record(ctx, nil, []notify.Message{m})
	})
}
