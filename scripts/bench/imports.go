package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"tsunagi/internal/table"
)

// batch is how many documents the bare driver inserts at once; more made it no faster.
const batch = 1000

// list is a workbook of n invented suppliers, as a purchasing system exports it.
func list(n int) ([]byte, error) {
	rows := [][]any{{"仕入先コード", "会社名", "フリガナ", "担当者", "部署", "メールアドレス", "電話", "区分"}}
	for i := range n {
		rows = append(rows, []any{fmt.Sprintf("B%05d", i), fmt.Sprintf("架空取引先%05d株式会社", i), fmt.Sprintf("カクウトリヒキサキ%05d", i),
			"例 太郎", "総務部", fmt.Sprintf("b%05d@example.jp", i), "000-0000-0000", "部品"})
	}
	var out bytes.Buffer
	err := table.WriteXLSX(&out, "取引先", nil, table.Of(rows))
	return out.Bytes(), err
}

// importList takes a list in as a clerk does: upload, look at the preview, start.
// The few commands of a job are counted while it is timed.
func (b *bench) importList(ctx context.Context) (Result, error) {
	r := Result{Name: "import-10000", Clients: 1}
	file, err := list(b.suppliers)
	if err != nil {
		return r, err
	}
	var ours time.Duration
	r.Queries, err = b.counted(ctx, func() error {
		start := time.Now()
		err := b.takeIn(ctx, file)
		ours = time.Since(start)
		return err
	})
	if err != nil {
		return r, err
	}
	documents, err := b.documents(ctx, "suppliers", bson.D{})
	if err != nil {
		return r, err
	}
	r.Errors = b.suppliers - len(documents)
	raw, err := b.insert(ctx, "suppliers", documents)
	r.compare(ours, raw, b.suppliers, len(documents))
	r.spread([]time.Duration{ours})
	return r, err
}

func (b *bench) takeIn(ctx context.Context, file []byte) error {
	preview, err := b.clerk.upload("/suppliers/import", "list.xlsx", file)
	if err != nil {
		return err
	}
	if _, err := b.clerk.get(preview.to); err != nil {
		return err
	}
	if _, err := b.clerk.post(preview.to+"/start", url.Values{}); err != nil {
		return err
	}
	return b.worked(ctx, "import")
}

// insert times the driver alone with the same documents, indexes and care.
func (b *bench) insert(ctx context.Context, name string, documents []bson.Raw) (time.Duration, error) {
	coll, err := b.likeOurs(ctx, name)
	if err != nil {
		return 0, err
	}
	return insertInto(ctx, coll, documents)
}

func insertInto(ctx context.Context, coll *mongo.Collection, documents []bson.Raw) (time.Duration, error) {
	start := time.Now()
	for len(documents) > 0 {
		part := documents[:min(batch, len(documents))]
		documents = documents[len(part):]
		if _, err := coll.InsertMany(ctx, part, options.InsertMany().SetOrdered(false)); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}
