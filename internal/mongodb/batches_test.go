package mongodb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/supplier"
)

// usual is a supplier as lists have them.
func usual(i int, s *supplier.Supplier) {
	s.Department, s.ContactName, s.Phone = "総務部 情報システム課", fmt.Sprintf("架空 太郎%d", i), "03-0000-0000"
	s.Name = fmt.Sprintf("株式会社サンプル精密機械工業所第%d事業部", i)
}

// filled makes a supplier as heavy as one can be: every field at its longest, and
// so as many search keys as there may be.
func filled(i int, s *supplier.Supplier) {
	yes := true
	long := func(length int) string {
		var b strings.Builder
		for n := range length {
			b.WriteRune('一' + rune((i*7919+n*104729)%20000))
		}
		return b.String()
	}
	s.Name, s.Department, s.ContactName, s.Note = long(supplier.MaxName), long(supplier.MaxDepartment), long(supplier.MaxContact), long(supplier.MaxNote)
	s.Kana = strings.Repeat("トリヒキサキ", supplier.MaxKana/6)
	s.CorporateNumber, s.InvoiceNumber, s.Phone = "7000012050002", "T7000012050002", "03-0000-0000"
	s.Email = fmt.Sprintf("%s%04d@%s.example.jp", strings.Repeat("a", 40), i, strings.Repeat("b", 60))
	s.HoldsData, s.StopsUs, s.ReachesSystems, s.PersonalData = &yes, &yes, &yes, true
	for n := range supplier.MaxTags {
		s.Tags = append(s.Tags, fmt.Sprint(long(supplier.MaxTag-4), n))
	}
}

// The smallest cache that the managed server may be given, 0.25 GB, takes 5,000
// requests with one click (one transaction failed from 1,900 on), and also records that are as heavy as they can be.
func TestManyAreAskedWithTheSmallestCache(t *testing.T) {
	for name, tc := range map[string]struct {
		n      int
		change func(int, *supplier.Supplier)
	}{"usual": {5000, usual}, "filled": {1000, filled}} {
		t.Run(name, func(t *testing.T) {
			n := tc.n
			now := func() time.Time { return issueDay }
			store := mongodb.Campaigns{DB: dbtest.OpenOn(t, mongodtest.NewOwn(t).URI(), now)}
			rules := rulesOver(t, store, now)
			directory(t, store, "o1", n, tc.change)
			c := draftOf(t, rules, mailOwner, campaign.Audience{All: true})
			if err := rules.Issue(t.Context(), mailOwner, c.ID, n, n); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			runJobs(t, store)
			t.Logf("%d suppliers in %s", n, time.Since(begin).Round(time.Millisecond))
			if got := countIn(t, store, "assignments", bson.D{{Key: "org_id", Value: "o1"}}); got != n {
				t.Errorf("%d assignments, want %d", got, n)
			}
		})
	}
}
