package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/web"
)

type revokeLinksCmd struct {
	Campaign  string `help:"Of the campaign with this name or id."`
	Supplier  string `help:"Of the supplier with this code or id."`
	All       bool   `help:"Of every request."`
	SendAgain bool   `help:"Mail the next link to those who can answer still."`
}

// Validate is called by kong.
func (cmd revokeLinksCmd) Validate() error {
	n := 0
	for _, given := range []bool{cmd.Campaign != "", cmd.Supplier != "", cmd.All} {
		if given {
			n++
		}
	}
	if n != 1 {
		return errors.New("say whose links end: --campaign, --supplier or --all")
	}
	return nil
}

// do implements task.
func (cmd revokeLinksCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	meant, err := cmd.meant(ctx, in)
	if err != nil {
		return in.explain(err)
	}
	var sum campaign.LinkCount
	for _, m := range meant {
		n, err := in.Links.Revoke(ctx, m.viewer(), m.Linked, cmd.SendAgain, sayHowFar(out, "links are dead"))
		sum = sum.Add(n)
		if err != nil {
			return fmt.Errorf("%s are dead, the rest is not; call the command again: %w", count(sum.Links, "link"), in.explain(err))
		}
	}
	if err := print(out, "%s dead, and with them the sessions of whoever opened them. Mails with them that had not left are cancelled.", are(sum.Links, "link")); err != nil {
		return err
	}
	switch {
	case sum.Open == 0:
		return print(out, "Nobody of these can answer still, so nobody needs another link.")
	case !cmd.SendAgain:
		return print(out, "%s can answer still and need the next link: a reminder or \"Send again\" on the campaign's page brings it, "+
			"and so does this command with --send-again.", count(sum.Open, "supplier"))
	}
	return errors.Join(in.sentAgain(out, sum), in.sayKept(ctx, out, sum.Sent))
}

// sentAgain says to how many a link goes by mail, and to whom none.
func (in *installation) sentAgain(out io.Writer, n campaign.LinkCount) error {
	if err := print(out, "%s of %d that can answer still get a mail with the link that works now.", count(n.Sent, "supplier"), n.Open); err != nil {
		return err
	}
	if n.Sent < n.Open {
		if err := print(out, "The others have no mail address, were asked on paper or by hand, or a mail to them waits already: see the campaign's page."); err != nil {
			return err
		}
	}
	return nil
}

// sayKept says what keeps mails that were queued from leaving, if anything does.
func (in *installation) sayKept(ctx context.Context, out io.Writer, queued int) error {
	if queued == 0 {
		return nil
	}
	held, err := in.DB.Outbox().Held(ctx)
	if err != nil {
		return err
	}
	pause, err := in.DB.Outbox().Pause(ctx)
	if err != nil {
		return err
	}
	if why := keepsMail(in.MailServer != nil || in.Mode != web.Production, held, pause); why != "" {
		return print(out, "%s", why)
	}
	return nil
}

// keepsMail says what keeps mails from leaving, "" when nothing does.
func keepsMail(served, held bool, pause notify.Pause) string {
	switch {
	case held:
		return "These data were restored from a backup: the mails wait until tsunagi admin release-mail."
	case !served:
		return "No mail server is named (--smtp-url): the mails wait until one is."
	case pause.On():
		return fmt.Sprintf("No mail leaves since %s, because of what the mail server answered (%s): the mails wait until it takes some; tsunagi check tries it.",
			minute(pause.Since), pause.Cause)
	}
	return ""
}

func are(n int, thing string) string {
	if n == 1 {
		return "1 " + thing + " is"
	}
	return count(n, thing) + " are"
}

// sayHowFar prints now and then how far something is.
func sayHowFar(out io.Writer, what string) func(campaign.LinkCount) {
	next := time.Now().Add(3 * time.Second)
	return func(n campaign.LinkCount) {
		if time.Now().After(next) {
			next = time.Now().Add(3 * time.Second)
			_ = print(out, "… %d %s", n.Links, what) // the next batch fails where nobody listens
		}
	}
}

// meantLinks are links of one organisation.
type meantLinks struct {
	org string
	campaign.Linked
}

func (m meantLinks) viewer() access.Viewer { return access.System(m.org, access.Administrator) }

// meant finds whose links are meant, in whichever organisation they are.
func (cmd revokeLinksCmd) meant(ctx context.Context, in *installation) ([]meantLinks, error) {
	all, err := in.DB.Accounts().Organizations(ctx)
	if err != nil {
		return nil, err
	}
	var found []meantLinks
	var names []string
	for _, o := range all {
		m := meantLinks{org: o.ID}
		ids := []string{""}
		switch {
		case cmd.Campaign != "":
			ids, err = campaignsCalled(ctx, in, m.viewer(), cmd.Campaign)
		case cmd.Supplier != "":
			ids, err = suppliersCalled(ctx, in, m.viewer(), cmd.Supplier)
		}
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if m.Campaign = id; cmd.Supplier != "" {
				m.Campaign, m.Supplier = "", id
			}
			found, names = append(found, m), append(names, id+" ("+o.Name+")")
		}
	}
	what := cmd.Campaign + cmd.Supplier
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("there is no %q; names are as on the pages, and an id stands in the address of the page", what)
	case len(found) > 1 && !cmd.All:
		return nil, fmt.Errorf("%d are called %q: name one by its id, %s", len(found), what, strings.Join(names, ", "))
	}
	return found, nil
}

// campaignsCalled are the ids of an organisation's campaigns of a name, or with the id.
func campaignsCalled(ctx context.Context, in *installation, v access.Viewer, called string) ([]string, error) {
	var ids []string
	for page := 1; ; page++ {
		list, more, err := in.Campaigns.List(ctx, v, page, 100)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if c.ID == called {
				return []string{c.ID}, nil
			}
			if c.Name == called {
				ids = append(ids, c.ID)
			}
		}
		if !more {
			return ids, nil
		}
	}
}

// suppliersCalled are the ids of an organisation's suppliers of a code, or with the id.
func suppliersCalled(ctx context.Context, in *installation, v access.Viewer, called string) ([]string, error) {
	one, err := in.Suppliers.Get(ctx, v, called)
	if err == nil {
		return []string{one.ID}, nil
	}
	if fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	found, err := in.Suppliers.ByCodes(ctx, v, []string{called})
	var ids []string
	for _, s := range found {
		ids = append(ids, s.ID)
	}
	return ids, err
}

type rotateKeyCmd struct {
	SendAgain bool `help:"Mail the requests that can be answered still, and the open invitations, again."`
}

// do implements task.
func (cmd rotateKeyCmd) do(ctx context.Context, in *installation, out io.Writer) error {
	if err := in.RotateServerKey(ctx); err != nil {
		return in.explain(err)
	}
	if err := print(out, `The server key is another one now, and in use. Dead from this moment on:
  every link in a mail that was sent: requests, reminders, invitations, new passwords
  every session of a supplier that opened one; what was saved stays
Passwords, and the sessions of people with accounts, go on. Mails that wait leave with links that work.
Processes with the same --data take the key within a minute. To those that have another folder, copy secrets/server.key and start them again.
Back up the secrets.`); err != nil {
		return err
	}
	if !cmd.SendAgain {
		return print(out, "Suppliers who can answer still need a link: a reminder or \"Send again\" on a campaign's page brings it, and so does tsunagi admin revoke-links --all --send-again.")
	}
	sum, invited, err := in.sendAllAgain(ctx, out)
	if err != nil {
		return fmt.Errorf("the key is rotated, but not everything was sent again (%s were); tsunagi admin revoke-links --all --send-again does it: %w", count(sum.Sent, "request"), in.explain(err))
	}
	if err := in.sentAgain(out, sum); err != nil {
		return err
	}
	if err := print(out, "%s sent again.", are(invited, "invitation")); err != nil {
		return err
	}
	return in.sayKept(ctx, out, sum.Sent+invited)
}

// sendAllAgain sends the requests that can be answered still, and the open invitations, of
// every organisation.
func (in *installation) sendAllAgain(ctx context.Context, out io.Writer) (sum campaign.LinkCount, invited int, err error) {
	all, err := in.DB.Accounts().Organizations(ctx)
	if err != nil {
		return sum, 0, err
	}
	for _, o := range all {
		m := meantLinks{org: o.ID}
		n, err := in.Links.SendAgain(ctx, m.viewer(), m.Linked, sayHowFar(out, "requests were looked at"))
		if sum = sum.Add(n); err != nil {
			return sum, invited, err
		}
		k, err := in.inviteAgain(ctx, m.viewer())
		if invited += k; err != nil {
			return sum, invited, err
		}
	}
	return sum, invited, nil
}

// inviteAgain sends the open invitations of an organisation anew.
func (in *installation) inviteAgain(ctx context.Context, v access.Viewer) (n int, err error) {
	all, err := in.Accounts.Invitations(ctx, v)
	for _, i := range all {
		if !i.Open() || !in.Now().Before(i.ExpiresAt) {
			continue
		}
		if err := in.Accounts.Resend(ctx, v, i.ID); err != nil {
			return n, err
		}
		n++
	}
	return n, err
}
