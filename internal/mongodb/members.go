package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// Members implements org.Reader: the users of the viewer's organisation.
func (s Org) Members(ctx context.Context, v access.Viewer) ([]org.Member, error) {
	memberships, err := findAll[org.Membership](ctx, s.coll(colMemberships), visible(v),
		options.Find().SetSort(sorted(fieldRole, fieldID)).SetLimit(maxMembers))
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(memberships))
	for i, m := range memberships {
		ids[i] = m.User
	}
	users, err := findAll[org.User](ctx, s.coll(colUsers), bson.D{oneOf(fieldID, ids)},
		options.Find().SetProjection(except(fieldPassword)))
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
	return findAll[org.Invitation](ctx, s.coll(colInvitations), visible(v),
		options.Find().SetSort(sorted("-"+fieldID)).SetLimit(200))
}

// Organization implements org.Reader: the viewer's own.
func (s Org) Organization(ctx context.Context, v access.Viewer) (org.Organization, error) {
	if !sees(v, v.Org) {
		return org.Organization{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return findOne[org.Organization](ctx, s.coll(colOrganizations), byID(v.Org))
}

// Invitation implements org.Store. Whoever asks must have checked its link, or
// compare its organisation.
func (s Org) Invitation(ctx context.Context, id string) (org.Invitation, error) {
	return findOne[org.Invitation](ctx, s.coll(colInvitations), byID(id))
}

// SaveInvitation implements org.Store.
func (s Org) SaveInvitation(ctx context.Context, i org.Invitation, e audit.Entry, m []notify.Message) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		_, err := s.coll(colInvitations).ReplaceOne(ctx, of(i.Org, eq(fieldID, i.ID)), i, options.Replace().SetUpsert(true))
		if err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, m)
	})
}

// AcceptInvitation implements org.Store. Two at once make one membership: the
// second finds the invitation used.
func (s Org) AcceptInvitation(ctx context.Context, i org.Invitation, u org.User, m org.Membership, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colInvitations).UpdateOne(ctx, of(i.Org, eq(fieldID, i.ID), eq(fieldGeneration, i.Generation),
			eq(fieldAcceptedAt, nil)), update(set(to(fieldAcceptedAt, i.AcceptedAt))))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Gone, "fault.org.invitation-gone")
		}
		if _, err := s.coll(colUsers).UpdateOne(ctx, byID(u.ID), op("$setOnInsert", withoutID(u)),
			options.UpdateOne().SetUpsert(true)); err != nil {
			return err
		}
		if _, err := s.coll(colMemberships).ReplaceOne(ctx, of(m.Org, eq(fieldID, m.ID)), m, options.Replace().SetUpsert(true)); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// SaveMembership implements org.Store. Sessions stay: rights are read with each
// request, so the change holds at once.
func (s Org) SaveMembership(ctx context.Context, v access.Viewer, m org.Membership, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		if _, err := s.coll(colMemberships).ReplaceOne(ctx, visible(v, eq(fieldID, m.ID)), m); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// RemoveMembership implements org.Store.
func (s Org) RemoveMembership(ctx context.Context, v access.Viewer, m org.Membership, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		if _, err := s.coll(colMemberships).DeleteOne(ctx, visible(v, eq(fieldID, m.ID))); err != nil {
			return err
		}
		if _, err := s.coll(colSessions).DeleteMany(ctx, of(v.Org, eq(fieldUser, m.User))); err != nil {
			return err
		}
		return s.record(ctx, []audit.Entry{e}, nil)
	})
}

// withoutID is a document's fields but its id, for an upsert that names the id
// in its filter.
func withoutID(doc any) any {
	raw, err := bson.Marshal(doc)
	if err != nil {
		return doc // the driver will say what is wrong with it
	}
	var fields bson.D
	if err := bson.Unmarshal(raw, &fields); err != nil {
		return doc
	}
	out := fields[:0]
	for _, f := range fields {
		if f.Key != fieldID {
			out = append(out, f)
		}
	}
	return out
}
