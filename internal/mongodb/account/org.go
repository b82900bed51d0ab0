// Package account keeps organisations, their people, and sessions.
package account

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
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// Org keeps organisations, users and sessions.
type Org struct{ *store.DB }

var _ org.Store = Org{}

// maxMembers bounds the users of one organisation that a page shows.
const maxMembers = 1000

// UserByEmail implements org.Store. A person without an account is NotFound.
func (s Org) UserByEmail(ctx context.Context, email string) (org.User, error) {
	return query.FindOne[org.User](ctx, s.Coll(store.Users), bson.D{query.Eq(field.Email, email)})
}

// UserByID implements org.Store.
func (s Org) UserByID(ctx context.Context, id string) (org.User, error) {
	return query.FindOne[org.User](ctx, s.Coll(store.Users), query.ByID(id))
}

// MembershipsOf implements org.Store.
func (s Org) MembershipsOf(ctx context.Context, user string) ([]org.Membership, error) {
	return query.FindAll[org.Membership](ctx, s.Coll(store.Memberships), bson.D{query.Eq(field.User, user)},
		options.Find().SetSort(query.Sorted(field.ID)).SetLimit(maxMembers))
}

// HasUsers implements org.Store.
func (s Org) HasUsers(ctx context.Context) (bool, error) {
	n, err := s.Coll(store.Users).EstimatedDocumentCount(ctx)
	return n > 0, meaning.Of(err)
}

// SignedIn implements org.Store.
func (s Org) SignedIn(ctx context.Context, session string) (org.SignedIn, error) {
	lookup := func(from, local, foreign, as string) bson.D {
		return query.Op("$lookup", bson.D{query.To("from", from), query.To("localField", local), query.To("foreignField", foreign), query.To("as", as)})
	}
	cursor, err := s.Coll(store.Sessions).Aggregate(ctx, bson.A{
		query.Op("$match", query.ByID(session)),
		lookup(store.Users, field.User, field.ID, "user"),
		lookup(store.Memberships, field.User, field.User, "memberships"),
		lookup(store.Organizations, "memberships."+field.Org, field.ID, "organizations"),
		query.Update(query.Set(query.To("user", query.Op("$first", "$user")))),
	})
	if err != nil {
		return org.SignedIn{}, meaning.Of(err)
	}
	var found []org.SignedIn
	if err := cursor.All(ctx, &found); err != nil {
		return org.SignedIn{}, meaning.Of(err)
	}
	if len(found) == 0 {
		return org.SignedIn{}, meaning.Of(mongo.ErrNoDocuments)
	}
	return found[0], nil
}

// SaveSession implements org.Store.
func (s Org) SaveSession(ctx context.Context, session org.Session, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.Coll(store.Sessions).InsertOne(ctx, session); err != nil {
			return err
		}
		if _, err := s.Coll(store.Users).UpdateOne(ctx, query.ByID(session.User), query.Update(query.Set(query.To(field.SignedInAt, session.CreatedAt)))); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// NoteFailure implements org.Store. A note of one of 256 kinds is written in any case.
func (s Org) NoteFailure(ctx context.Context, email string, entries []audit.Entry) error {
	kind := sha256.Sum256([]byte(email))
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.SetMark(ctx, fmt.Sprintf("sign-in-failed-%x", kind[:1]), s.NewID()); err != nil {
			return err
		}
		return s.Record(ctx, entries, nil)
	})
}

// TouchSession implements org.Store.
func (s Org) TouchSession(ctx context.Context, id string, seen, expires time.Time) error {
	_, err := s.Coll(store.Sessions).UpdateOne(ctx, query.ByID(id), query.Update(query.Set(
		query.To(field.SeenAt, seen), query.To(field.ExpiresAt, expires))))
	return meaning.Of(err)
}

// SwitchSession implements org.Store.
func (s Org) SwitchSession(ctx context.Context, id, org string) error {
	_, err := s.Coll(store.Sessions).UpdateOne(ctx, query.ByID(id), query.Update(query.Set(query.To(field.Org, org))))
	return meaning.Of(err)
}

// EndSession implements org.Store.
func (s Org) EndSession(ctx context.Context, id string) error {
	_, err := s.Coll(store.Sessions).DeleteOne(ctx, query.ByID(id))
	return meaning.Of(err)
}

// markOrganizations names the note that whoever makes an organisation writes first: of two
// at once the second sees what the first made.
const markOrganizations = "organizations"

// CreateOwner implements org.Store. A taken address is a Conflict.
func (s Org) CreateOwner(ctx context.Context, o org.Organization, u org.User, m org.Membership, e audit.Entry, beside func([]org.Organization) error) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.SetMark(ctx, markOrganizations, o.ID); err != nil {
			return err
		}
		all, err := s.Organizations(ctx)
		if err == nil {
			err = beside(all)
		}
		if err != nil {
			return err
		}
		if _, err := s.Coll(store.Users).InsertOne(ctx, u); err != nil {
			return meaning.Of(err)
		}
		if _, err := s.Coll(store.Organizations).InsertOne(ctx, o); err != nil {
			return err
		}
		if _, err := s.Coll(store.Memberships).InsertOne(ctx, m); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, nil)
	})
}

// UpdateOrganization implements org.Store. What was read is written to in the same
// transaction: a change between makes it run again.
func (s Org) UpdateOrganization(ctx context.Context, v access.Viewer, change func(org.Organization) (org.Organization, *audit.Entry)) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		was, err := query.FindOne[org.Organization](ctx, s.Coll(store.Organizations), query.ByID(v.Org))
		if err != nil {
			return err
		}
		o, e := change(was)
		if e == nil {
			return nil
		}
		if _, err := s.Coll(store.Organizations).UpdateOne(ctx, query.ByID(v.Org), query.Update(query.Set(
			query.To(field.Name, o.Name), query.To(field.NameEN, o.NameEN), query.To(field.Contact, o.Contact),
			query.To(field.Closures, o.Closures)))); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{*e}, nil)
	})
}

// UpdateUser implements org.Store.
func (s Org) UpdateUser(ctx context.Context, id string, change func(org.User) (org.User, *audit.Entry)) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		was, err := query.FindOne[org.User](ctx, s.Coll(store.Users), query.ByID(id))
		if err != nil {
			return err
		}
		u, e := change(was)
		if e == nil {
			return nil
		}
		if _, err := s.Coll(store.Users).UpdateOne(ctx, query.ByID(id), query.Update(query.Set(
			query.To(field.Name, u.Name), query.To(field.Lang, u.Lang)))); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{*e}, nil)
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
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Users).UpdateOne(ctx, bson.D{query.Eq(field.ID, seen.ID), query.Eq(field.Password, password),
			query.Eq(field.ResetGeneration, seen.ResetGeneration)}, query.Update(
			query.Set(query.To(field.Password, hash)),
			query.Unset(field.ResetUntil, field.ResetMadeAt),
			query.Inc(query.To(field.ResetGeneration, 1)),
		))
		if err == nil && res.MatchedCount == 0 {
			err = fault.New(fault.Conflict, "fault.conflict")
		}
		if err != nil {
			return err
		}
		if _, err := s.Coll(store.Sessions).DeleteMany(ctx, bson.D{query.Eq(field.User, seen.ID)}); err != nil {
			return err
		}
		if err := s.Record(ctx, entries, nil); err != nil {
			return err
		}
		return queue.Outbox(s).CancelSpent(ctx, "", notify.Reset, notify.ParamUser, seen.ID, 0)
	})
}

// StartReset implements org.Store.
func (s Org) StartReset(ctx context.Context, seen, next org.User, m notify.Message) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Users).UpdateOne(ctx, bson.D{query.Eq(field.ID, seen.ID), query.Eq(field.ResetGeneration, seen.ResetGeneration),
			query.Eq(field.ResetUntil, whole(seen.ResetUntil))}, query.Update(query.Set(query.To(field.ResetUntil, next.ResetUntil),
			query.To(field.ResetMadeAt, next.ResetMadeAt), query.To(field.ResetGeneration, next.ResetGeneration))))
		if err != nil || res.MatchedCount == 0 {
			return err // zero: somebody asked a moment ago, and that mail is on its way
		}
		if err := s.Record(ctx, nil, []notify.Message{m}); err != nil {
			return err
		}
		return queue.Outbox(s).CancelSpent(ctx, "", notify.Reset, notify.ParamUser, seen.ID, next.ResetGeneration)
	})
}

// whole is a time as a filter asks for it: a zero one is not stored.
func whole(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at
}
