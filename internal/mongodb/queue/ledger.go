package queue

import (
	"context"
	"regexp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/address"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/meaning"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
)

// Ledger lists the viewer's messages, the newest first, and whether there are more.
func (s Outbox) Ledger(ctx context.Context, v access.Viewer, f notify.Filter) ([]notify.Message, bool, error) {
	filter := query.VisibleIn(v, field.Campaign, query.OneOf(field.State, states(f.State)))
	for _, part := range []struct{ field, value string }{{field.Campaign, f.Campaign}, {field.Assignment, f.Assignment}} {
		if part.value != "" {
			filter = append(filter, query.Eq(part.field, part.value))
		}
	}
	return s.messages(ctx, filter, field.CreatedAt, f)
}

// states are the states that a filter means: all of them when it names none.
func states(only notify.State) []notify.State {
	if only != "" {
		return []notify.State{only}
	}
	return notify.States
}

// messages reads a page of them.
func (s Outbox) messages(ctx context.Context, filter bson.D, newest string, f notify.Filter) ([]notify.Message, bool, error) {
	return query.ReadPage[notify.Message](ctx, s.Coll(store.Outbox), query.Listing{Filter: filter, Order: query.Sorted("-" + newest), Page: f.Page, Size: f.Size})
}

// Message is one message of the viewer's, NotFound when it is not.
func (s Outbox) Message(ctx context.Context, v access.Viewer, id string) (notify.Message, error) {
	return query.FindOne[notify.Message](ctx, s.Coll(store.Outbox), query.VisibleIn(v, field.Campaign, query.Eq(field.ID, id)))
}

// DeliveryCounts counts the viewer's messages by state, of one campaign or all.
func (s Outbox) DeliveryCounts(ctx context.Context, v access.Viewer, campaignID string) (map[notify.State]int, error) {
	filter := query.VisibleIn(v, field.Campaign)
	if campaignID != "" {
		filter = append(filter, query.Eq(field.Campaign, campaignID))
	}
	cursor, err := s.Coll(store.Outbox).Aggregate(ctx, bson.A{
		query.Op("$match", filter),
		query.Group(query.Ref(field.State), query.To("n", query.Op("$sum", 1)))})
	if err != nil {
		return nil, meaning.Of(err)
	}
	var rows []struct {
		State notify.State `bson:"_id"`
		N     int          `bson:"n"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, meaning.Of(err)
	}
	counts := make(map[notify.State]int, len(rows))
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, nil
}

// maxChoices bounds the campaigns that the ledger's filter offers.
const maxChoices = 100

// CampaignNames gives the viewer's newest campaigns with id and name alone.
func (s Outbox) CampaignNames(ctx context.Context, v access.Viewer) ([]campaign.Campaign, error) {
	return query.FindAll[campaign.Campaign](ctx, s.Coll(store.Campaigns), query.VisibleIn(v, field.ID), options.Find().
		SetSort(query.Sorted("-"+field.ID)).SetLimit(maxChoices).SetProjection(query.Only(field.Name)))
}

// SaveResend implements campaign.DeliveryStore: the failed message is replaced
// once, and the assignment takes the corrected address.
func (s Outbox) SaveResend(ctx context.Context, v access.Viewer, failed, next notify.Message, e audit.Entry) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Outbox).UpdateOne(ctx, query.Visible(v, query.Eq(field.ID, failed.ID),
			query.Eq(field.State, notify.Failed), query.Eq(field.Replaced, nil)), query.Update(query.Set(query.To(field.Replaced, next.ID))))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.delivery.replaced")
		}
		if err := s.correctAddress(ctx, v, failed, next); err != nil {
			return err
		}
		if err := s.Record(ctx, []audit.Entry{e}, []notify.Message{next}); err != nil {
			return err
		}
		return s.CancelOvertaken(ctx, v.Org, next.Assignment)
	})
}

// correctAddress gives a request the address to which a message about it goes instead: of
// the person asked, who waits for it, or of one who reads along.
func (s Outbox) correctAddress(ctx context.Context, v access.Viewer, failed, next notify.Message) error {
	assignment := slices.Clip(query.Visible(v, query.Eq(field.ID, next.Assignment), query.Eq(field.Generation, next.Generation)))
	filter, corrected := append(assignment, query.Eq(field.Email, failed.To.Email)), query.To(field.Email, next.To.Email)
	if failed.Copy {
		filter, corrected = append(assignment, query.Eq(field.CopiesEmail, failed.To.Email)), query.To(field.MatchedCopy, next.To.Email)
	}
	found, err := address.FoundBy(ctx, s.DB, v.Org, next.Assignment, next.To.Email)
	if err != nil {
		return err
	}
	res, err := s.Coll(store.Assignments).UpdateOne(ctx, filter, append(query.Update(query.Set(corrected, query.To(field.UpdatedAt, next.CreatedAt))), found...))
	if err != nil {
		return err
	}
	if res.MatchedCount == 0 {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	if failed.Copy {
		return nil
	}
	if err := address.Look(ctx, s.DB, v.Org, campaign.SupplierOf(next.Assignment)); err != nil {
		return err
	}
	// What was opened or handed over meanwhile stays so.
	waiting := append(assignment, query.OneOf(field.Delivery, campaign.Lost))
	_, err = s.Coll(store.Assignments).UpdateOne(ctx, waiting, query.Update(
		query.Set(query.To(field.Delivery, campaign.DeliveryQueued)),
		query.Unset(field.DeliveryNote)))
	return err
}

// FailedCopies gives the mails to those who read along that failed and went out in no
// other way, of some requests, the newest first.
func (s Outbox) FailedCopies(ctx context.Context, v access.Viewer, requests []string) ([]notify.Message, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	return query.FindAll[notify.Message](ctx, s.Coll(store.Outbox), query.VisibleIn(v, field.Campaign, query.OneOf(field.Assignment, requests), query.Eq(field.State, notify.Failed),
		query.Eq(field.Copy, true), query.Eq(field.Replaced, nil)), options.Find().SetSort(query.Sorted("-"+field.CreatedAt)).SetLimit(100))
}

// InvitationMails gives the newest mail about each of the organisation's invitations, by
// the invitation's id.
func (s Outbox) InvitationMails(ctx context.Context, v access.Viewer) (map[string]notify.Message, error) {
	rows, err := query.FindAll[notify.Message](ctx, s.Coll(store.Outbox), query.Visible(v, query.Eq(field.Campaign, nil), query.OneOf(field.State, notify.States), query.Eq(field.Kind, notify.Invite)),
		options.Find().SetSort(query.Sorted("-"+field.CreatedAt)).SetLimit(500))
	out := make(map[string]notify.Message, len(rows))
	for _, m := range rows {
		if id := m.Params[notify.ParamInvitation]; out[id].ID == "" {
			out[id] = m
		}
	}
	return out, err
}

// Assignment implements campaign.DeliveryStore.
func (s Outbox) Assignment(ctx context.Context, v access.Viewer, id string) (campaign.Assignment, error) {
	return query.FindOne[campaign.Assignment](ctx, s.Coll(store.Assignments), query.VisibleIn(v, field.Campaign, query.Eq(field.ID, id)))
}

// Mailbox lists every organisation's messages, the newest first, and whether
// there are more. It serves the built-in mailbox alone, which exists only where
// no mail leaves.
func (s Outbox) Mailbox(ctx context.Context, f notify.Filter) ([]notify.Message, bool, error) {
	filter := bson.D{query.OneOf(field.State, notify.States)}
	if f.Recipient != "" {
		like := bson.Regex{Pattern: regexp.QuoteMeta(f.Recipient), Options: "i"}
		filter = append(filter, query.Or(
			bson.D{query.Eq(field.ToEmail, like)}, bson.D{query.Eq(field.ToCompany, like)}, bson.D{query.Eq(field.ToName, like)}))
	}
	return s.messages(ctx, filter, field.NextAt, f) // which stays where the claim put it: the order of sending
}

// MailboxMessage is one message of any organisation, for the built-in mailbox.
func (s Outbox) MailboxMessage(ctx context.Context, id string) (notify.Message, error) {
	return query.FindOne[notify.Message](ctx, s.Coll(store.Outbox), query.ByID(id))
}
