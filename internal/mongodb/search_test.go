package mongodb_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/campaign"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/supplier"
)

// Every list finds what holds the query and nothing that only shares its pairs of
// neighbours; the record whose code it is comes first, and on no other page.
func TestSearchIsExactAndBeginsWithTheCode(t *testing.T) {
	store, rules := campaigns(t)
	suppliers := mongodb.Suppliers(store)
	codes := []string{"10001", "00010", "01000", "00001", "000011", "100001", "0000", "00100", "A00001"}
	directory(t, store, "o1", len(codes), func(i int, s *supplier.Supplier) {
		s.Code, s.Name, s.Email = codes[i], "見本精工", "mihon@example.jp"
	})
	c := issued(t, store, rules, mailOwner, len(codes))
	search := supplier.ParseQuery("００００１")
	for name, read := range map[string]func(page int) ([]string, bool, error){
		"directory": func(page int) ([]string, bool, error) {
			rows, more, err := suppliers.List(t.Context(), mailOwner, supplier.Filter{Search: search, Page: page, Size: 2})
			return each(rows, func(s supplier.Supplier) string { return s.Code }), more, err
		},
		"candidates": func(page int) ([]string, bool, error) {
			rows, more, err := store.Candidates(t.Context(), mailOwner, campaign.CandidateFilter{Search: search, Page: page, Size: 2})
			return each(rows, func(s campaign.Candidate) string { return s.Code }), more, err
		},
		"campaign": func(page int) ([]string, bool, error) {
			rows, more, err := store.Assignments(t.Context(), mailOwner, campaign.Filter{Campaign: c.ID, Search: search, Page: page, Size: 2, Now: issueDay})
			return each(rows, func(a campaign.Assignment) string { return a.Code }), more, err
		},
	} {
		first, more, err := read(1)
		if err != nil || !more || !slices.Equal(first, []string{"00001", "000011", "100001"}) {
			t.Errorf("%s: page 1 is %q, more %v, %v", name, first, more, err)
		}
		second, more, err := read(2)
		if err != nil || more || !slices.Equal(second, []string{"A00001"}) {
			t.Errorf("%s: page 2 is %q, more %v, %v", name, second, more, err)
		}
	}
	n := 0
	err := store.EachAssignment(t.Context(), mailOwner, campaign.Filter{Campaign: c.ID, Search: search, Now: issueDay}, func(campaign.Assignment) error { n++; return nil })
	if err != nil || n != 4 {
		t.Errorf("the export has %d rows, %v", n, err)
	}
}

// One character finds what holds it anywhere, the first and the last of a text too, also
// in records of before, whose grams are every single rune beside every two.
func TestOneCharacterIsFoundWhereverItStands(t *testing.T) {
	store, _ := campaigns(t)
	names := []string{"青葉精工", "精工青葉", "葉", "青山", "AB1", "1BA", "＋"}
	directory(t, store, "o1", len(names), func(i int, s *supplier.Supplier) {
		s.Code, s.Name, s.Kana, s.ContactName, s.Email = strconv.Itoa(9000+i), names[i], "", "", ""
	})
	suppliers := store.Raw("suppliers")
	for _, shape := range []string{"now", "before"} {
		for query, want := range map[string][]string{"青": {"9000", "9001", "9003"}, "葉": {"9000", "9001", "9002"}, "工": {"9000", "9001"},
			"a": {"9004", "9005"}, "b": {"9004", "9005"}, "青 葉": {"9000", "9001"}, "葉 精工": {"9000", "9001"}, "鉄": {}} {
			rows, _, err := mongodb.Suppliers(store).List(t.Context(), mailOwner, supplier.Filter{Search: supplier.ParseQuery(query), Page: 1, Size: 50})
			got := each(rows, func(s supplier.Supplier) string { return s.Code })
			if slices.Sort(got); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %q finds %q, want %q, %v", shape, query, got, want, err)
			}
		}
		for i, name := range names {
			keys := supplier.KeysOf(name)
			for _, text := range keys.Texts {
				keys.Grams = append(keys.Grams, strings.Split(text, "")...)
			}
			of := bson.D{{Key: "org_id", Value: "o1"}, {Key: "code", Value: strconv.Itoa(9000 + i)}}
			if _, err := suppliers.UpdateOne(t.Context(), of, bson.D{{Key: "$set", Value: bson.D{{Key: "search", Value: keys.Grams}}}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What was stored before there were texts is found by its grams, until it is saved again.
func TestSearchFindsOldRecords(t *testing.T) {
	store, _ := campaigns(t)
	directory(t, store, "o1", 3, nil)
	if _, err := store.Raw("suppliers").UpdateMany(t.Context(), bson.D{{Key: "org_id", Value: "o1"}}, bson.D{{Key: "$unset", Value: bson.D{{Key: "texts", Value: ""}}}}); err != nil {
		t.Fatal(err)
	}
	rows, _, err := mongodb.Suppliers(store).List(t.Context(), mailOwner, supplier.Filter{Search: supplier.ParseQuery("c0001"), Page: 1, Size: 50})
	if err != nil || len(rows) != 1 || rows[0].Code != "C0001" {
		t.Errorf("found %v, %v", rows, err)
	}
}

func each[T any](rows []T, of func(T) string) []string {
	out := []string{}
	for _, row := range rows {
		out = append(out, of(row))
	}
	return out
}
