package schema

import (
	"context"
	"strings"
	"unicode"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/text/unicode/norm"
)

// suppliersAtOnce is how many suppliers one transaction gives their key.
const suppliersAtOnce = 500

// codeKeys gives each supplier the folded code by which lists find it, however they
// write it.
func codeKeys() Step {
	lacking := bson.D{{Key: "code_key", Value: nil}}
	return Step{
		Name: "code-keys",
		What: "suppliers get the folded code by which lists find them",
		Count: func(ctx context.Context, db *mongo.Database) (int, error) {
			n, err := db.Collection("suppliers").CountDocuments(ctx, lacking)
			return int(n), err
		},
		Batch: func(ctx context.Context, db *mongo.Database, after string) (Batch, error) {
			c := db.Collection("suppliers")
			cursor, err := c.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}, lacking[0]},
				options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(suppliersAtOnce).SetProjection(bson.D{{Key: "code", Value: 1}}))
			if err != nil {
				return Batch{}, err
			}
			var rows []struct {
				ID   string `bson:"_id"`
				Code string `bson:"code"`
			}
			if err := cursor.All(ctx, &rows); err != nil || len(rows) == 0 {
				return Batch{Done: true}, err
			}
			changes := make([]mongo.WriteModel, len(rows))
			for i, r := range rows {
				changes[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: r.ID}}).
					SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "code_key", Value: keyOfCode(r.Code)}}}})
			}
			_, err = c.BulkWrite(ctx, changes)
			return Batch{Position: rows[len(rows)-1].ID, Changed: len(rows)}, err
		},
	}
}

// keyOfCode folds a code as the program did when this step was written: lower case, one
// width, no blanks and hyphens, and no zeros before a number.
func keyOfCode(code string) string {
	lower := strings.ToLower(norm.NFKC.String(code))
	key := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("-‐‑‒–—―−ーｰ－", r) {
			return -1
		}
		return r
	}, lower)
	if key == "" {
		key = lower
	}
	bare := strings.TrimLeft(key, "0")
	if bare == "" || strings.Trim(bare, "0123456789") != "" {
		return key
	}
	return bare
}
