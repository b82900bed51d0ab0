package schema

import (
	"context"
	"regexp"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// requestsAtOnce is how many requests are looked at together.
const requestsAtOnce = 500

// elsewhere notes on each request the directory's address, where it is another one.
func elsewhere() Step {
	lacking := bson.D{{Key: "elsewhere", Value: nil}, {Key: "former", Value: nil}}
	return Step{
		Name: "elsewhere",
		What: "requests get a note of the directory's address, where they wait at another one",
		Count: func(ctx context.Context, db *mongo.Database) (int, error) {
			count := 0
			for after := ""; ; {
				seen, changes, err := differing(ctx, db, lacking, after)
				if err != nil || seen == "" {
					return count, err
				}
				after, count = seen, count+len(changes)
			}
		},
		Batch: func(ctx context.Context, db *mongo.Database, after string) (Batch, error) {
			seen, changes, err := differing(ctx, db, lacking, after)
			if err != nil || seen == "" {
				return Batch{Done: true}, err
			}
			if len(changes) > 0 {
				_, err = db.Collection("assignments").BulkWrite(ctx, changes)
			}
			return Batch{Position: seen, Changed: len(changes)}, err
		},
	}
}

// mailbox is an address that can be written to, as the program saw it when this step was
// written.
var mailbox = regexp.MustCompile(`\A` + atom + `(\.` + atom + `)*@` + atom + `(\.` + atom + `)+\z`)

const atom = `[A-Za-z0-9!#$%&'*+/=?^_{|}~\x60\x{80}-\x{10FFFF}-]+`

// differing reads the next requests and gives what is to be noted on them; seen is the
// last of those it looked at, "" when there are no more.
func differing(ctx context.Context, db *mongo.Database, lacking bson.D, after string) (seen string, changes []mongo.WriteModel, err error) {
	type row struct {
		ID       string `bson:"_id"`
		Supplier string `bson:"supplier_id"`
		Email    string `bson:"email"`
	}
	read := func(collection string, filter bson.D, opts ...options.Lister[options.FindOptions]) (rows []row, err error) {
		cursor, err := db.Collection(collection).Find(ctx, filter, append(opts, options.Find().SetProjection(bson.D{{Key: "supplier_id", Value: 1}, {Key: "email", Value: 1}}))...)
		if err == nil {
			err = cursor.All(ctx, &rows)
		}
		return rows, err
	}
	requests, err := read("assignments", append(bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}}, lacking...),
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(requestsAtOnce))
	if err != nil || len(requests) == 0 {
		return "", nil, err
	}
	ids := make([]string, len(requests))
	for i, r := range requests {
		ids[i] = r.Supplier
	}
	suppliers, err := read("suppliers", bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	now := map[string]string{}
	for _, s := range suppliers {
		now[s.ID] = strings.ToLower(strings.TrimSpace(s.Email))
	}
	for _, r := range requests {
		if address := now[r.Supplier]; address != r.Email && len(address) <= 254 && mailbox.MatchString(address) {
			changes = append(changes, mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: r.ID}}).
				SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "elsewhere", Value: address}}}}))
		}
	}
	return requests[len(requests)-1].ID, changes, err
}
