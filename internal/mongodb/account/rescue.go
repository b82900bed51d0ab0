package account

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
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

var _ org.RescueStore = Org{}

// Organizations implements org.RescueStore.
func (s Org) Organizations(ctx context.Context) ([]org.Organization, error) {
	return query.FindAll[org.Organization](ctx, s.Coll(store.Organizations), bson.D{query.Gt(field.ID, "")}, options.Find().SetSort(query.Sorted(field.ID)))
}

// Accounts implements org.RescueStore.
func (s Org) Accounts(ctx context.Context, after string, n int) ([]org.Held, error) {
	users, err := query.FindAll[org.User](ctx, s.Coll(store.Users), bson.D{query.Gt(field.Email, after)},
		options.Find().SetSort(query.Sorted(field.Email)).SetLimit(int64(n)).SetProjection(query.Except(field.Password)))
	if err != nil {
		return nil, err
	}
	out := make([]org.Held, len(users))
	for i, u := range users {
		if out[i], err = s.held(ctx, u); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// held reads the organisations of a user.
func (s Org) held(ctx context.Context, u org.User) (org.Held, error) {
	h := org.Held{User: u}
	var err error
	if h.Memberships, err = s.MembershipsOf(ctx, u.ID); err != nil {
		return h, err
	}
	ids := make([]string, len(h.Memberships))
	for i, m := range h.Memberships {
		ids[i] = m.Org
	}
	h.Organizations, err = query.FindAll[org.Organization](ctx, s.Coll(store.Organizations), bson.D{query.OneOf(field.ID, ids)})
	return h, err
}

// ChangeAccount implements org.RescueStore. Whoever changes people of the same
// organisations waits, as these do among each other.
func (s Org) ChangeAccount(ctx context.Context, email string, orgs []string, decide func(org.Held) (org.Rescued, error)) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		seen, err := s.UserByEmail(ctx, email)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		h, err := s.held(ctx, seen)
		if err == nil {
			err = s.people(ctx, &h, orgs)
		}
		if err != nil {
			return err
		}
		r, err := decide(h)
		if err != nil {
			return err
		}
		return s.rescue(ctx, seen, r)
	})
}

// people reads everybody in the organisations of an account, and in some others, and counts
// its sessions.
func (s Org) people(ctx context.Context, h *org.Held, orgs []string) error {
	for _, o := range h.Organizations {
		orgs = append(orgs, o.ID)
	}
	h.People = map[string][]org.Member{}
	for _, id := range orgs {
		if _, known := h.People[id]; known {
			continue
		}
		if err := s.changesPeople(ctx, id); err != nil {
			return err
		}
		members, err := s.Members(ctx, access.System(id, access.Administrator))
		if err != nil {
			return err
		}
		h.People[id] = members
	}
	n, err := s.Coll(store.Sessions).CountDocuments(ctx, bson.D{query.Eq(field.User, h.User.ID)})
	h.Sessions = int(n)
	return err
}

// rescue saves what was decided about a user, in the transaction that read it.
func (s Org) rescue(ctx context.Context, seen org.User, r org.Rescued) error {
	var err error
	if seen.ID == "" {
		_, err = s.Coll(store.Users).InsertOne(ctx, r.User)
	} else {
		_, err = s.Coll(store.Users).UpdateOne(ctx, query.ByID(seen.ID), become(r.User))
	}
	if err != nil {
		return meaning.Of(err)
	}
	if m := r.Joins; m != nil {
		if _, err := s.Coll(store.Memberships).ReplaceOne(ctx, query.Of(m.Org, query.Eq(field.ID, m.ID)), m, options.Replace().SetUpsert(true)); err != nil {
			return err
		}
	}
	if r.EndSessions {
		if _, err := s.Coll(store.Sessions).DeleteMany(ctx, bson.D{query.Eq(field.User, seen.ID)}); err != nil {
			return err
		}
	}
	if err := s.Record(ctx, r.Entries, nil); err != nil {
		return err
	}
	if r.User.ResetGeneration == seen.ResetGeneration {
		return nil
	}
	return queue.Outbox(s).CancelSpent(ctx, "", notify.Reset, notify.ParamUser, r.User.ID, 0)
}

// EndAllSessions implements org.RescueStore.
func (s Org) EndAllSessions(ctx context.Context, entries func(had map[string]int) []audit.Entry) (n int, err error) {
	everyone := bson.D{query.Gt(field.ID, "")}
	err = s.InTx(ctx, func(ctx context.Context) error {
		found, err := query.FindAll[org.Session](ctx, s.Coll(store.Sessions), everyone, options.Find().SetProjection(query.Only(field.Org)))
		if err != nil {
			return err
		}
		had := map[string]int{}
		for _, session := range found {
			had[session.Org]++
		}
		if _, err := s.Coll(store.Sessions).DeleteMany(ctx, everyone); err != nil {
			return err
		}
		n = len(found)
		return s.Record(ctx, entries(had), nil)
	})
	return n, err
}

// become is the change of a user's reset link, lock and mark. Times that are zero are not stored.
func become(u org.User) bson.D {
	set, gone := []bson.E{query.To(field.ResetGeneration, u.ResetGeneration)}, []string(nil)
	for name, at := range map[string]time.Time{field.ResetMadeAt: u.ResetMadeAt, field.ResetUntil: u.ResetUntil, field.LockedAt: u.LockedAt} {
		if at.IsZero() {
			gone = append(gone, name)
		} else {
			set = append(set, query.To(name, at))
		}
	}
	change := query.Update(query.Set(set...))
	if u.Administrator {
		change = query.Update(query.Set(append(set, query.To(field.Administrator, true))...))
	} else {
		gone = append(gone, field.Administrator)
	}
	if len(gone) > 0 {
		change = append(change, query.Unset(gone...))
	}
	return change
}
