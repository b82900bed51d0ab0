package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/audit"
	"tsunagi/internal/budget"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/notify"
)

// paid takes the mails that a supplier's link causes from the budgets of its request, in
// the transaction of the change, and gives those that are owed: every change passes here,
// so that no page can forget it. TooMany when one that asks somebody for something is too
// much: the change fails with it. One that only tells is left out then, since what it
// tells has happened; the buyer is asked all the same.
func (d *DB) paid(ctx context.Context, by audit.Actor, messages []notify.Message) ([]notify.Message, error) {
	if !by.IsSupplier() {
		return messages, nil
	}
	var owed []notify.Message
	for _, m := range messages {
		err := d.pay(ctx, m)
		if fault.KindOf(err) == fault.TooMany && m.Kind.Traits().Tells {
			_, err = d.Coll(Assignments).UpdateOne(ctx, query.Of(m.Org, query.Eq(field.ID, m.Assignment), query.Eq(field.MoreAskedAt, nil)),
				query.Update(query.Set(query.To(field.MoreAskedAt, d.Now()))))
		} else if err == nil {
			owed = append(owed, m)
		}
		if err != nil {
			return nil, err
		}
	}
	return owed, nil
}

// pay takes one mail from its request's budgets. An address is new when no mail of the
// request was queued for it before; what only tells goes to those whom it concerns already.
func (d *DB) pay(ctx context.Context, m notify.Message) error {
	if m.Kind.Traits().Desk { // no link can use up the mails by which the buyer hears of it
		return d.Spend(ctx, budget.DeskMails.By(m.Assignment))
	}
	spendings := []budget.Spending{budget.LinkMails.By(m.Assignment)}
	known, err := d.Coll(Outbox).CountDocuments(ctx, query.Of(m.Org, query.Eq(field.Assignment, m.Assignment), query.Eq(field.ToEmail, m.To.Email)),
		options.Count().SetLimit(1))
	if err != nil {
		return err
	}
	if known == 0 && !m.Kind.Traits().Tells {
		spendings = append(spendings, budget.Recipients.By(m.Assignment))
	}
	return d.Spend(ctx, spendings...)
}
