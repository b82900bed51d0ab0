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
	return findOne[org.User](ctx, s.coll(colUsers), bson.D{{Key: "email", Value: email}})
}

// UserByID implements org.Store.
func (s Org) UserByID(ctx context.Context, id string) (org.User, error) {
	return findOne[org.User](ctx, s.coll(colUsers), byID(id))
}

// MembershipsOf implements org.Store.
func (s Org) MembershipsOf(ctx context.Context, user string) ([]org.Membership, error) {
	return findAll[org.Membership](ctx, s.coll(colMemberships), bson.D{{Key: "user_id", Value: user}},
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(maxMembers))
}

// HasUsers implements org.Store.
func (s Org) HasUsers(ctx context.Context) (bool, error) {
	n, err := s.coll(colUsers).EstimatedDocumentCount(ctx)
	return n > 0, known(err)
}

// SignedIn implements org.Store.
func (s Org) SignedIn(ctx context.Context, session string) (org.SignedIn, error) {
	lookup := func(from, local, foreign, as string) bson.D {
		return bson.D{{Key: "$lookup", Value: bson.D{{Key: "from", Value: from}, {Key: "localField", Value: local},
			{Key: "foreignField", Value: foreign}, {Key: "as", Value: as}}}}
	}
	cursor, err := s.coll(colSessions).Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: byID(session)}},
		lookup(colUsers, "user_id", "_id", "user"),
		lookup(colMemberships, "user_id", "user_id", "memberships"),
		lookup(colOrganizations, "memberships.org_id", "_id", "organizations"),
		bson.D{{Key: "$set", Value: bson.D{{Key: "user", Value: bson.D{{Key: "$first", Value: "$user"}}}}}},
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
		_, err := s.coll(colUsers).UpdateOne(ctx, byID(session.User), set("signed_in_at", session.CreatedAt))
		return err
	})
}

// TouchSession implements org.Store.
func (s Org) TouchSession(ctx context.Context, id string, seen, expires time.Time) error {
	_, err := s.coll(colSessions).UpdateOne(ctx, byID(id), bson.D{{Key: "$set", Value: bson.D{
		{Key: "seen_at", Value: seen}, {Key: "expires_at", Value: expires}}}})
	return known(err)
}

// SwitchSession implements org.Store.
func (s Org) SwitchSession(ctx context.Context, id, org string) error {
	_, err := s.coll(colSessions).UpdateOne(ctx, byID(id), set("org_id", org))
	return known(err)
}

// EndSession implements org.Store.
func (s Org) EndSession(ctx context.Context, id string) error {
	_, err := s.coll(colSessions).DeleteOne(ctx, byID(id))
	return known(err)
}

// CountAttempt implements org.Store. The window begins with its first failure.
func (s Org) CountAttempt(ctx context.Context, key string, until time.Time) (int, error) {
	now := s.now()
	// One atomic update: a window that has passed begins anew, another goes on.
	fresh := bson.D{{Key: "$gt", Value: bson.A{"$expires_at", now}}}
	update := bson.A{bson.D{{Key: "$set", Value: bson.D{
		{Key: "n", Value: cond(fresh, bson.D{{Key: "$add", Value: bson.A{"$n", 1}}}, 1)},
		{Key: "expires_at", Value: cond(fresh, "$expires_at", until)},
	}}}}
	var doc struct {
		N int `bson:"n"`
	}
	err := s.coll(colAttempts).FindOneAndUpdate(ctx, byID(key), update,
		options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(&doc)
	if mongo.IsDuplicateKeyError(err) { // two first failures at once: the other made it
		return s.CountAttempt(ctx, key, until)
	}
	return doc.N, known(err)
}

func cond(test, yes, no any) bson.D { return bson.D{{Key: "$cond", Value: bson.A{test, yes, no}}} }

// Attempts implements org.Store.
func (s Org) Attempts(ctx context.Context, key string, now time.Time) (int, error) {
	var doc struct {
		N       int       `bson:"n"`
		Expires time.Time `bson:"expires_at"`
	}
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
		_, err := s.coll(colOrganizations).UpdateOne(ctx, byID(v.Org), bson.D{{Key: "$set", Value: bson.D{
			{Key: "name", Value: o.Name}, {Key: "name_en", Value: o.NameEN}, {Key: "contact", Value: o.Contact},
			{Key: "closures", Value: o.Closures}}}})
		if err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// UpdateUser implements org.Store.
func (s Org) UpdateUser(ctx context.Context, u org.User, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		_, err := s.coll(colUsers).UpdateOne(ctx, byID(u.ID), bson.D{{Key: "$set", Value: bson.D{
			{Key: "name", Value: u.Name}, {Key: "lang", Value: u.Lang}}}})
		if err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// SetPassword implements org.Store: the new hash, no open reset link, no session.
func (s Org) SetPassword(ctx context.Context, user, hash string, entries []audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		_, err := s.coll(colUsers).UpdateOne(ctx, byID(user), bson.D{
			{Key: "$set", Value: bson.D{{Key: "password", Value: hash}}},
			{Key: "$unset", Value: bson.D{{Key: "reset_until", Value: ""}}},
			{Key: "$inc", Value: bson.D{{Key: "reset_generation", Value: 1}}},
		})
		if err != nil {
			return err
		}
		if _, err := s.coll(colSessions).DeleteMany(ctx, bson.D{{Key: "user_id", Value: user}}); err != nil {
			return err
		}
		return s.record(ctx, entries, nil)
	})
}

// StartReset implements org.Store.
func (s Org) StartReset(ctx context.Context, user string, generation int, until time.Time, m notify.Message) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		_, err := s.coll(colUsers).UpdateOne(ctx, byID(user), bson.D{{Key: "$set", Value: bson.D{
			{Key: "reset_generation", Value: generation}, {Key: "reset_until", Value: until}}}})
		if err != nil {
			return err
		}
		return s.record(ctx, nil, []notify.Message{m})
	})
}
