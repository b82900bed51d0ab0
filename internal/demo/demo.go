// Package demo loads an invented buyer with its people, suppliers and campaigns,
// through the same rules as everybody else. None of the firms exists.
package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/org"
)

// Password is every demo user's. The demo serves on loopback only.
const Password = "tsunagi-demo-2026"

// The demo's note in the database, and its values. Data noted as loading were left by
// a process that was killed; nobody has seen them yet, and they are made anew.
const (
	mark    = "demo"
	loading = "loading"
	done    = "done"
)

// Load makes the data when the database is empty, and else changes nothing.
func Load(ctx context.Context, a *app.App) error {
	if err := clearHalf(ctx, a); err != nil {
		return fmt.Errorf("clear what an interrupted start left: %w", err)
	}
	needs, err := a.Accounts.NeedsOwner(ctx)
	if err != nil || !needs {
		return err
	}
	if err := a.DB.SetMark(ctx, mark, loading); err != nil {
		return err
	}
	if err := load(ctx, a); err != nil {
		return err
	}
	return a.DB.SetMark(ctx, mark, done)
}

// clearHalf clears away what an interrupted load left behind, unless the data were
// served by another command than demo since: somebody may have worked with them.
func clearHalf(ctx context.Context, a *app.App) error {
	state, err := a.DB.Mark(ctx, mark)
	if err != nil || state != loading {
		return err
	}
	served, err := a.Served(ctx)
	if err != nil || served {
		return err
	}
	return a.DB.Clear(ctx)
}

// load does in a moment what happened in the last days, with a clock of its own.
func load(ctx context.Context, a *app.App) (err error) {
	watch := newClock(a.Now())
	config := a.Config
	config.Now = watch.now
	past, err := app.New(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, past.Close(ctx)) }()
	v, err := LoadPeople(ctx, past)
	if err != nil {
		return err
	}
	if err := LoadSuppliers(ctx, past, v); err != nil {
		return err
	}
	o, err := past.Accounts.Organization(ctx, v)
	if err != nil {
		return err
	}
	c, err := issueCampaign(ctx, past, v, o.Contact)
	if err != nil {
		return err
	}
	s := survey{App: past, clock: watch, campaign: c}
	if err := s.cast(ctx, v); err != nil {
		return err
	}
	return s.play(ctx)
}

// LoadPeople makes the buyer's organisation and its users, and gives the owner.
func LoadPeople(ctx context.Context, a *app.App) (access.Viewer, error) {
	owner, buyer, err := a.Accounts.CreateOwner(ctx, org.NewOwner{Organization: "サンプル電機株式会社", Name: "大野 美咲",
		Email: "owner@example.jp", Password: Password, Lang: "ja", Administrator: true})
	if err != nil {
		return access.Viewer{}, fmt.Errorf("make the owner: %w", err)
	}
	v := access.Viewer{Kind: access.Member, Org: buyer.ID, User: owner.ID, Name: owner.Name, Roles: []access.Role{access.Owner}}
	buyer.NameEN = "Sample Electric Co., Ltd."
	buyer.Contact = org.Contact{Department: "調達部 セキュリティ窓口", Name: "調 達子", Phone: "000-0000-0000",
		Email: "security@example.jp", Hours: "平日 9:00〜17:00"}
	if err := a.Accounts.ChangeOrganization(ctx, v, buyer); err != nil {
		return v, fmt.Errorf("set up the organisation: %w", err)
	}
	return v, people(ctx, a, v)
}

func people(ctx context.Context, a *app.App, v access.Viewer) error {
	until := a.Now().AddDate(1, 0, 0).Truncate(time.Millisecond)
	for _, p := range []org.Invitation{
		{Name: "調 達子", Email: "buyer@example.jp", Roles: []access.Role{access.Buyer}},
		{Name: "確 認太", Email: "reviewer@example.jp", Roles: []access.Role{access.Reviewer}},
		{Name: "兼務 桜", Email: "both@example.jp", Roles: []access.Role{access.Buyer, access.Reviewer}},
		{Name: "閲覧 進", Email: "reader@example.jp", Roles: []access.Role{access.Reader}},
		{Name: "監査 一郎", Email: "auditor@example.jp", Roles: []access.Role{access.Auditor}, Until: &until},
	} {
		i, err := a.Accounts.Invite(ctx, v, p)
		if err != nil {
			return fmt.Errorf("invite %s: %w", p.Email, err)
		}
		if _, err := a.Accounts.Accept(ctx, i, p.Name, Password, "ja"); err != nil {
			return fmt.Errorf("let %s join: %w", p.Email, err)
		}
	}
	return nil
}
