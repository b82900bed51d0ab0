package account

import (
	"context"
	"time"

	"tsunagi/internal/fault"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/query"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
)

// SaveHeadMails implements work.HeadMailStore: the last time that was seen stands in the
// filter.
func (s Org) SaveHeadMails(ctx context.Context, seen org.Organization, at time.Time, messages []notify.Message) error {
	return s.InTx(ctx, func(ctx context.Context) error {
		res, err := s.Coll(store.Organizations).UpdateOne(ctx, append(query.ByID(seen.ID), query.Eq(field.HeadMailedAt, whole(seen.HeadMailedAt))),
			query.Update(query.Set(query.To(field.HeadMailedAt, at))))
		if err == nil && res.MatchedCount == 0 {
			err = fault.New(fault.Conflict, "fault.conflict")
		}
		if err != nil {
			return err
		}
		return s.Record(ctx, nil, messages)
	})
}
