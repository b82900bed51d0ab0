package mongodb

import (
	"context"
	"regexp"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// Ledger lists the viewer's messages, the newest first, and whether there are more.
func (s Outbox) Ledger(ctx context.Context, v access.Viewer, f notify.Filter) ([]notify.Message, bool, error) {
	filter := visibleIn(v, fieldCampaign, oneOf(fieldState, states(f.State)))
	for _, part := range []struct{ field, value string }{{fieldCampaign, f.Campaign}, {fieldAssignment, f.Assignment}} {
		if part.value != "" {
			filter = append(filter, eq(part.field, part.value))
		}
	}
	return s.messages(ctx, filter, fieldCreatedAt, f)
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
	return readPage[notify.Message](ctx, s.coll(colOutbox), listing{filter: filter, order: sorted("-" + newest), page: f.Page, size: f.Size})
}

// Message is one message of the viewer's, NotFound when it is not.
func (s Outbox) Message(ctx context.Context, v access.Viewer, id string) (notify.Message, error) {
	return findOne[notify.Message](ctx, s.coll(colOutbox), visibleIn(v, fieldCampaign, eq(fieldID, id)))
}

// DeliveryCounts counts the viewer's messages by state, of one campaign or all.
func (s Outbox) DeliveryCounts(ctx context.Context, v access.Viewer, campaignID string) (map[notify.State]int, error) {
	filter := visibleIn(v, fieldCampaign)
	if campaignID != "" {
		filter = append(filter, eq(fieldCampaign, campaignID))
	}
	cursor, err := s.coll(colOutbox).Aggregate(ctx, bson.A{
		op("$match", filter),
		group(ref(fieldState), to("n", op("$sum", 1)))})
	if err != nil {
		return nil, known(err)
	}
	var rows []struct {
		State notify.State `bson:"_id"`
		N     int          `bson:"n"`
	}
	if err := cursor.All(ctx, &rows); err != nil {
		return nil, known(err)
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
	return findAll[campaign.Campaign](ctx, s.coll(colCampaigns), visibleIn(v, fieldID), options.Find().
		SetSort(sorted("-"+fieldID)).SetLimit(maxChoices).SetProjection(only(fieldName)))
}

// SaveResend implements campaign.DeliveryStore: the failed message is replaced
// once, and the assignment takes the corrected address.
func (s Outbox) SaveResend(ctx context.Context, v access.Viewer, failed, next notify.Message, e audit.Entry) error {
	return s.inTx(ctx, func(ctx context.Context) error {
		res, err := s.coll(colOutbox).UpdateOne(ctx, visible(v, eq(fieldID, failed.ID),
			eq(fieldState, notify.Failed), eq(fieldReplaced, nil)), update(set(to(fieldReplaced, next.ID))))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.delivery.replaced")
		}
		assignment := visible(v, eq(fieldID, next.Assignment), eq(fieldGeneration, next.Generation))
		res, err = s.coll(colAssignments).UpdateOne(ctx, assignment, update(set(
			to(fieldEmail, next.To.Email), to(fieldUpdatedAt, next.CreatedAt))))
		if err != nil {
			return err
		}
		if res.MatchedCount == 0 {
			return fault.New(fault.Conflict, "fault.conflict")
		}
		// What was opened or handed over meanwhile stays so.
		waiting := append(assignment, oneOf(fieldDelivery, campaign.Lost))
		if _, err := s.coll(colAssignments).UpdateOne(ctx, waiting, update(
			set(to(fieldDelivery, campaign.DeliveryQueued)),
			unset(fieldDeliveryNote))); err != nil {
			return err
		}
		if err := s.record(ctx, []audit.Entry{e}, []notify.Message{next}); err != nil {
			return err
		}
		return s.cancelOvertaken(ctx, v.Org, next.Assignment)
	})
}

// InvitationMails gives the newest mail about each of the organisation's invitations, by
// the invitation's id.
func (s Outbox) InvitationMails(ctx context.Context, v access.Viewer) (map[string]notify.Message, error) {
	rows, err := findAll[notify.Message](ctx, s.coll(colOutbox), visible(v, eq(fieldCampaign, nil), oneOf(fieldState, notify.States), eq(fieldKind, notify.Invite)),
		options.Find().SetSort(sorted("-"+fieldCreatedAt)).SetLimit(500))
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
	return Campaigns(s).Assignment(ctx, v, id)
}

// Mailbox lists every organisation's messages, the newest first, and whether
// there are more. It serves the built-in mailbox alone, which exists only where
// no mail leaves.
func (s Outbox) Mailbox(ctx context.Context, f notify.Filter) ([]notify.Message, bool, error) {
	filter := bson.D{oneOf(fieldState, notify.States)}
	if f.Recipient != "" {
		like := bson.Regex{Pattern: regexp.QuoteMeta(f.Recipient), Options: "i"}
		filter = append(filter, or(
			bson.D{eq(fieldToEmail, like)}, bson.D{eq(fieldToCompany, like)}, bson.D{eq(fieldToName, like)}))
	}
	return s.messages(ctx, filter, fieldNextAt, f) // which stays where the claim put it: the order of sending
}

// MailboxMessage is one message of any organisation, for the built-in mailbox.
func (s Outbox) MailboxMessage(ctx context.Context, id string) (notify.Message, error) {
	return findOne[notify.Message](ctx, s.coll(colOutbox), byID(id))
}
