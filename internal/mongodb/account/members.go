package account

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/mongodb/shape"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// Members implements org.Reader: the users of the viewer's organisation.
func (s Org) Members(ctx context.Context, v access.Viewer) ([]org.Member, error) {
	memberships, err := query.FindAll[org.Membership](ctx, s.Coll(store.Memberships), query.Visible(v),
		options.Find().SetSort(query.Sorted(field.Roles, field.ID)).SetLimit(maxMembers))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(memberships))
	for i, m := range memberships {
		ids[i] = m.User
	}
	users, err := query.FindAll[org.User](ctx, s.Coll(store.Users), bson.D{query.OneOf(field.ID, ids)},
		options.Find().SetProjection(query.Except(field.Password)))
	if err != nil {
		return nil, err
	}
	byUser := map[string]org.User{}
	for _, u := range users {
		byUser[u.ID] = u
	}
	out := make([]org.Member, 0, len(memberships))
	for _, m := range memberships {
		out = append(out, org.Member{Membership: m, User: byUser[m.User]})
	}
	return out, nil
}

// Invitations implements org.Reader: the newest first.
func (s Org) Invitations(ctx context.Context, v access.Viewer) ([]org.Invitation, error) {
	return query.FindAll[org.Invitation](ctx, s.Coll(store.Invitations), query.Visible(v),
		options.Find().SetSort(query.Sorted("-"+field.ID)).SetLimit(200))
}

// Organization implements org.Reader: the viewer's own.
func (s Org) Organization(ctx context.Context, v access.Viewer) (org.Organization, error) {
	if !query.Sees(v, v.Org) {
		return org.Organization{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return query.FindOne[org.Organization](ctx, s.Coll(store.Organizations), query.ByID(v.Org))
}

// Language implements org.Reader.
func (s Org) Language(ctx context.Context, v access.Viewer, email string) (string, error) {
	if !query.Sees(v, v.Org) {
		return "", nil
	}
	u, err := s.UserByEmail(ctx, email)
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	all, err := s.MembershipsOf(ctx, u.ID)
	if err != nil || !slices.ContainsFunc(all, func(m org.Membership) bool { return m.Org == v.Org }) {
		return "", err
	}
	return u.Lang, nil
}

// Invitation implements org.Store. Whoever asks must have checked its link, or
// compare its organisation.
func (s Org) Invitation(ctx context.Context, id string) (org.Invitation, error) {
	return query.FindOne[org.Invitation](ctx, s.Coll(store.Invitations), query.ByID(id))
}

// AddInvitation implements org.Store.
func (s Org) AddInvitation(ctx context.Context, i org.Invitation, e audit.Entry, m notify.Message) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.Spend(ctx, budget.Invitations.By(i.Org)); err != nil {
			return err
		}
		if _, err := s.Coll(store.Invitations).InsertOne(ctx, i); err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{e}, []notify.Message{m})
	})
}

// ChangeInvitation implements org.Store: the generation that was seen stands in the
// filter, and that nobody has accepted it or taken it back.
func (s Org) ChangeInvitation(ctx context.Context, i org.Invitation, seen int, e audit.Entry, m []notify.Message) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Invitations).ReplaceOne(ctx, query.Of(i.Org, query.Eq(field.ID, i.ID), query.Eq(field.Generation, seen),
			query.Eq(field.AcceptedAt, nil), query.Eq(field.RevokedAt, nil)), i)
		if err == nil && res.MatchedCount == 0 {
			err = fault.New(fault.Conflict, "fault.conflict")
		}
		for range m {
			if err == nil {
				err = s.Spend(ctx, budget.Invitations.By(i.Org))
			}
		}
		if err != nil {
			return err
		}
		if err := s.Record(ctx, []audit.Entry{e}, m); err != nil {
			return err
		}
		present := i.Generation
		if !i.Open() {
			present = 0
		}
		return queue.Outbox(s).CancelSpent(ctx, i.Org, notify.Invite, notify.ParamInvitation, i.ID, present)
	})
}

// AcceptInvitation implements org.Store. Two at once make one membership: the
// second finds the invitation used.
func (s Org) AcceptInvitation(ctx context.Context, i org.Invitation, u org.User, m org.Membership, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Invitations).UpdateOne(ctx, query.Of(i.Org, query.Eq(field.ID, i.ID), query.Eq(field.Generation, i.Generation),
			query.Eq(field.AcceptedAt, nil)), query.Update(query.Set(query.To(field.AcceptedAt, i.AcceptedAt))))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Gone, "fault.org.invitation-gone")
		}
		if _, err := s.Coll(store.Users).UpdateOne(ctx, query.ByID(u.ID), query.Op("$setOnInsert", shape.Without(u, field.ID)),
			options.UpdateOne().SetUpsert(true)); err != nil {
			return err
		}
		if err := s.changesPeople(ctx, m.Org); err != nil {
			return err
		}
		// Who belongs to it by now keeps the role that was given since.
		if _, err := s.Coll(store.Memberships).InsertOne(ctx, m); mongo.IsDuplicateKeyError(err) {
			return fault.New(fault.Gone, "fault.org.joined-already").Because(err)
		} else if err != nil {
			return err
		}
		if err := s.Record(ctx, []audit.Entry{e}, nil); err != nil {
			return err
		}
		return queue.Outbox(s).CancelSpent(ctx, i.Org, notify.Invite, notify.ParamInvitation, i.ID, 0)
	})
}

// ChangeMembers implements org.Store. Sessions stay with a new role: rights are read
// with each request, so the change holds at once.
func (s Org) ChangeMembers(ctx context.Context, v access.Viewer, decide func([]org.Member) (org.MemberChange, error)) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.changesPeople(ctx, v.Org); err != nil {
			return err
		}
		members, err := s.Members(ctx, v)
		if err != nil {
			return err
		}
		change, err := decide(members)
		if err != nil {
			return err
		}
		m := change.Membership
		if !change.Leaves {
			_, err = s.Coll(store.Memberships).ReplaceOne(ctx, query.Visible(v, query.Eq(field.ID, m.ID)), m)
		} else if _, err = s.Coll(store.Memberships).DeleteOne(ctx, query.Visible(v, query.Eq(field.ID, m.ID))); err == nil {
			_, err = s.Coll(store.Sessions).DeleteMany(ctx, query.Of(v.Org, query.Eq(field.User, m.User)))
		}
		if err != nil {
			return err
		}
		return s.Record(ctx, []audit.Entry{change.Entry}, nil)
	})
}

// changesPeople lets changes of who belongs to an organisation follow one another: each
// writes to its record first, so that what it reads then is what it changes.
func (s Org) changesPeople(ctx context.Context, id string) error {
	res, err := s.Coll(store.Organizations).UpdateOne(ctx, query.ByID(id), query.Update(query.Inc(query.To(field.People, 1))))
	if err == nil && res.MatchedCount == 0 {
		return fault.New(fault.NotFound, "fault.not-found")
	}
	return err
}

// NoteMailTest implements org.Store.
func (s Org) NoteMailTest(ctx context.Context, user string, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		if err := s.Record(ctx, []audit.Entry{e}, nil); err != nil {
			return err
		}
		return s.Spend(ctx, budget.TestMails.By(user))
	})
}
