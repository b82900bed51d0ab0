package store

import (
	"context"

	"tsunagi/internal/budget"
	"tsunagi/internal/mongodb/bucket"
)

// Spend takes one token for each of the spendings, or none: TooMany names the first whose
// bucket is empty. In a transaction nothing is taken when the change fails.
func (d *DB) Spend(ctx context.Context, spendings ...budget.Spending) error {
	return bucket.Spend(ctx, d.Coll(Budgets), d.Now(), spendings...)
}

// Refund gives back what was spent for nothing.
func (d *DB) Refund(ctx context.Context, spendings ...budget.Spending) error {
	return bucket.Refund(ctx, d.Coll(Budgets), spendings...)
}
