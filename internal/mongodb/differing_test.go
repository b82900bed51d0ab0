package mongodb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

// TestDifferingByRuleAndByFilter: whose address is not the directory's is a rule and a
// filter; over random requests and suppliers both say the same.
func TestDifferingByRuleAndByFilter(t *testing.T) {
	store, rules := campaigns(t)
	addresses := []string{"", "a@example.jp", "b@example.jp"}
	var suppliers []supplier.Supplier
	var requests []campaign.Assignment
	want, open := 0, map[string]bool{}
	for i := range 200 {
		s := supplier.Supplier{ID: "o1-" + number(i), Org: "o1", Code: number(i), Email: addresses[i%3]}
		a := anyAssignment.Example(i)
		a.ID, a.Org, a.Campaign, a.Supplier, a.Email = "c1:"+s.ID, "o1", "c1", s.ID, addresses[i/3%3]
		if i%7 == 0 {
			a.Former = &campaign.Former{}
		}
		if campaign.Differs(a, s) {
			want++
			open[a.ID] = true
		}
		suppliers, requests = append(suppliers, s), append(requests, a)
	}
	if _, err := store.Raw("suppliers").InsertMany(t.Context(), suppliers); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Raw("assignments").InsertMany(t.Context(), requests); err != nil {
		t.Fatal(err)
	}
	for _, s := range suppliers {
		s.Revision++
		if err := mongodb.Suppliers(store).Update(t.Context(), mailOwner, s, entryAbout("o1")); err != nil {
			t.Fatal(err)
		}
	}
	got, err := rules.Differing(t.Context(), mailOwner, "c1")
	if err != nil || len(got) != want || want == 0 {
		t.Errorf("%d differ by the filter, %d by the rule (%v)", len(got), want, err)
	}
	for _, a := range got {
		if !open[a.ID] || a.Supplier == "" {
			t.Errorf("%s differs by the filter alone", a.ID)
		}
	}
	for i, s := range suppliers {
		one, err := rules.OpenOf(t.Context(), mailOwner, s.ID)
		if err != nil || (len(one) == 1) != requests[i].Response.Waits() {
			t.Errorf("%s waits in %d requests (%v), it is %s", s.ID, len(one), err, requests[i].Response)
		}
	}
}

// entryAbout is an entry of an organisation about anything.
func entryAbout(org string) audit.Entry { return audit.Entry{ID: newULID(), Org: org} }

// TestTheNoteOfTheDirectorysAddressFollowsBoth changes addresses of the directory and of
// requests in any order, by every way there is but the supplier's own: what is noted stays
// what the rule says, and which import brought an address is known as long as it stands.
func TestTheNoteOfTheDirectorysAddressFollowsBoth(t *testing.T) {
	store, rules := campaigns(t)
	directory(t, store, "o1", 6, func(_ int, s *supplier.Supplier) { s.Email = "b@example.jp" })
	suppliers := mongodb.Suppliers(store)
	random := rand.New(rand.NewPCG(1, 2))
	addresses := []string{"", "not an address", "$email@example.jp", "b@example.jp", "c@example.jp"}
	for i := range 6 {
		id := fmt.Sprintf("o1-s%04d", i)
		for _, c := range []string{"c1", "c2"} {
			a := campaign.Assignment{ID: c + ":" + id, Org: "o1", Campaign: c, Supplier: id, Name: "架空", Email: "b@example.jp", Generation: 1,
				Delivery: campaign.DeliverySent, Response: campaign.Answering, DueAt: issueDay.AddDate(0, 0, 10), ClosesAt: issueDay.AddDate(0, 0, 20)}
			if _, err := store.Raw("assignments").InsertOne(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
	}
	brought := map[string]string{} // by supplier, the import that brought its address
	for step := range 120 {
		id := fmt.Sprintf("o1-s%04d", random.IntN(6))
		s, err := suppliers.Get(t.Context(), mailOwner, id)
		if err != nil {
			t.Fatal(err)
		}
		a, err := store.Assignment(t.Context(), mailOwner, []string{"c1", "c2"}[random.IntN(2)]+":"+id)
		if err != nil {
			t.Fatal(err)
		}
		address := addresses[random.IntN(len(addresses))]
		way := random.IntN(4)
		switch way {
		case 0: // by hand
			if address != s.Email {
				brought[id] = ""
			}
			s.Email, s.Revision = address, s.Revision+1
			err = suppliers.Update(t.Context(), mailOwner, s, entryAbout("o1"))
		case 1: // by an import
			job := importJob(t, store, fmt.Sprint("i", step))
			if address != s.Email {
				brought[id] = job.Subject
			}
			taking := supplier.Taking{ID: id, Is: map[supplier.Column]string{supplier.ColumnEmail: address}}
			s.Email, s.Revision = address, s.Revision+1
			err = suppliers.TakeIn(t.Context(), job, supplier.Intake{Changed: []supplier.Supplier{s}, Takings: []supplier.Taking{taking}, Entry: entryAbout("o1")}, "1")
		case 2: // of the request
			err = rules.Readdress(t.Context(), mailOwner, a.ID, campaign.Address{Email: address}, false)
		case 3: // of the request, after its mail failed
			m := notify.Message{ID: newULID(), Org: "o1", Kind: notify.Request, Campaign: a.Campaign, Assignment: a.ID, Generation: 1, State: notify.Failed, To: notify.Recipient{Email: a.Email}}
			if _, err := store.Raw("outbox").InsertOne(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			next := m
			next.ID, next.State, next.To.Email = newULID(), notify.Queued, address
			if campaign.Carries(address) != "" {
				err = store.Outbox().SaveResend(t.Context(), mailOwner, m, next, entryAbout("o1"))
			}
		}
		if err != nil && (way != 2 || fault.KindOf(err) != fault.Invalid) {
			t.Fatalf("step %d, way %d: %v", step, way, err)
		}
		noted(t, store, brought)
	}
}

// importJob is an import that is being taken in.
func importJob(t *testing.T, store mongodb.Campaigns, id string) jobs.Job {
	t.Helper()
	job := jobs.Job{ID: "j" + id, Org: "o1", Kind: "import", Subject: id, State: jobs.Running, Fence: 1, LeaseUntil: issueDay.Add(time.Hour)}
	if _, err := store.Raw("jobs").InsertOne(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	return job
}

// noted holds every note against the rule.
func noted(t *testing.T, store mongodb.Campaigns, brought map[string]string) {
	t.Helper()
	for _, c := range []string{"c1", "c2"} {
		want := map[string]string{}
		for i := range 6 {
			id := fmt.Sprintf("o1-s%04d", i)
			s, err := mongodb.Suppliers(store).Get(t.Context(), mailOwner, id)
			if err != nil {
				t.Fatal(err)
			}
			a, err := store.Assignment(t.Context(), mailOwner, c+":"+id)
			if err != nil {
				t.Fatal(err)
			}
			if campaign.Differs(a, s) {
				want[a.ID] = s.Email
			}
			if by := brought[id]; a.ElsewhereBy != "" && a.ElsewhereBy != by {
				t.Fatalf("%s: noted is import %q, the address is of %q", a.ID, a.ElsewhereBy, by)
			}
		}
		rows, err := store.Differing(t.Context(), mailOwner, c)
		if err != nil || len(rows) != len(want) {
			t.Fatalf("%d differ by their notes, %d by the rule (%v)", len(rows), len(want), err)
		}
		for _, a := range rows {
			if want[a.ID] == "" || want[a.ID] != a.Elsewhere {
				t.Fatalf("%s notes %q, the directory has %q", a.ID, a.Elsewhere, want[a.ID])
			}
		}
	}
}

// TestCountingWhoDiffersReadsNobodyElse: the question costs what differs, and no supplier.
func TestCountingWhoDiffersReadsNobodyElse(t *testing.T) {
	store, rules := campaigns(t)
	requests := make([]campaign.Assignment, 3000)
	for i := range requests {
		requests[i] = campaign.Assignment{ID: "c1:" + number(i), Org: "o1", Campaign: "c1", Supplier: number(i), Email: "a@example.jp", Response: campaign.NotStarted}
		if i%500 == 0 {
			requests[i].Elsewhere = "b@example.jp"
		}
	}
	if _, err := store.Raw("assignments").InsertMany(t.Context(), requests); err != nil {
		t.Fatal(err)
	}
	db := store.Raw("assignments").Database()
	if err := db.RunCommand(t.Context(), bson.D{{Key: "profile", Value: 2}}).Err(); err != nil {
		t.Fatal(err)
	}
	got, err := rules.Differing(t.Context(), mailOwner, "c1")
	if err != nil || len(got) != 6 {
		t.Fatalf("%d differ (%v), want 6", len(got), err)
	}
	cursor, err := db.Collection("system.profile").Find(t.Context(), bson.D{{Key: "op", Value: "query"}, {Key: "ns", Value: db.Name() + ".assignments"}})
	var asked []struct {
		Keys    int `bson:"keysExamined"`
		Records int `bson:"docsExamined"`
	}
	if err == nil {
		err = cursor.All(t.Context(), &asked)
	}
	if err != nil || len(asked) != 1 || asked[0].Keys > 20 || asked[0].Records != 6 {
		t.Errorf("to find 6 of %d it looked at %+v (%v)", len(requests), asked, err)
	}
}
