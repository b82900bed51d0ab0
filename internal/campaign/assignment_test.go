package campaign

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

func waiting(change func(*Assignment)) Assignment {
	a := Assignment{ID: "c:s", Org: "o", Campaign: "c", Supplier: "s", Name: "架空精工", Email: "s@example.jp", Generation: 1, Delivery: DeliverySent,
		Response: Answering, DueAt: today.AddDate(0, 0, 10), ClosesAt: today.AddDate(0, 0, 20)}
	if change != nil {
		change(&a)
	}
	return a
}

func state(r Response) Assignment { return waiting(func(a *Assignment) { a.Response = r }) }

func TestChangesOfARequest(t *testing.T) {
	long := today.AddDate(0, 1, 0)
	to := Address{Department: " 総務部 ", Person: "例 花子", Email: " New@Example.jp "}
	for _, tt := range []struct {
		name string
		do   func() (Change, error)
		mail notify.Kind
		kind fault.Kind // 0: it is done
	}{
		{"more time", func() (Change, error) { return Extend(waiting(nil), long, today) }, notify.Extended, 0},
		{"more time in the past", func() (Change, error) { return Extend(waiting(nil), today, today) }, "", fault.Invalid},
		{"more time for what was accepted", func() (Change, error) { return Extend(state(Accepted), long, today) }, "", fault.Invalid},
		{"a new link", func() (Change, error) { return Revoke(waiting(nil)) }, "", 0},
		{"a new link to what was withdrawn", func() (Change, error) { return Revoke(state(Withdrawn)) }, "", fault.Conflict},
		{"taken back", func() (Change, error) { return Withdraw(waiting(nil), "取引終了") }, notify.CalledOff, 0},
		{"taken back, delivered and not begun", func() (Change, error) { return Withdraw(state(NotStarted), "取引終了") }, notify.CalledOff, 0},
		{"taken back before it left", func() (Change, error) {
			return Withdraw(waiting(func(a *Assignment) { a.Response, a.Delivery = NotStarted, DeliveryQueued }), "取引終了")
		}, "", 0},
		{"taken back, given by hand and begun", func() (Change, error) {
			return Withdraw(waiting(func(a *Assignment) { a.Delivery, a.Email = DeliveryByHand, "" }), "取引終了")
		}, "", 0},
		{"taken back while it is sent again", func() (Change, error) {
			return Withdraw(waiting(func(a *Assignment) { a.Response, a.Delivery, a.DeliveredAt = NotStarted, DeliveryQueued, today }), "取引終了")
		}, notify.CalledOff, 0},
		{"taken back after a reminder failed", func() (Change, error) {
			return Withdraw(waiting(func(a *Assignment) { a.Response, a.Delivery, a.DeliveredAt = NotStarted, DeliveryFailed, today }), "取引終了")
		}, notify.CalledOff, 0},
		{"taken back before any mail could leave", func() (Change, error) {
			return Withdraw(waiting(func(a *Assignment) { a.Response, a.Delivery = NotStarted, DeliveryFailed }), "取引終了")
		}, "", 0},
		{"taken back after its link was handed over", func() (Change, error) {
			return Withdraw(waiting(func(a *Assignment) { a.Response, a.Delivery = NotStarted, DeliveryByHand }), "取引終了")
		}, notify.CalledOff, 0},
		{"taken back without a reason", func() (Change, error) { return Withdraw(waiting(nil), " ") }, "", fault.Invalid},
		{"taken back after the end", func() (Change, error) { return Withdraw(state(Accepted), "x") }, "", fault.Conflict},
		{"to somebody else", func() (Change, error) { return Readdress(waiting(nil), to, true) }, notify.Request, 0},
		{"to nobody", func() (Change, error) { return Readdress(waiting(nil), Address{Person: "a\nb"}, false) }, "", fault.Invalid},
		{"to somebody else, submitted", func() (Change, error) { return Readdress(state(Submitted), to, false) }, "", fault.Conflict},
		{"once more", func() (Change, error) { return SendAgain(waiting(nil)) }, notify.Request, 0},
		{"once more, submitted", func() (Change, error) { return SendAgain(state(InReview)) }, "", fault.Conflict},
		{"once more, while it waits", func() (Change, error) { return SendAgain(waiting(func(a *Assignment) { a.Delivery = DeliveryQueued })) }, "", fault.Conflict},
		{"once more to no address", func() (Change, error) { return SendAgain(waiting(func(a *Assignment) { a.Email = "" })) }, "", fault.Conflict},
		{"by hand", func() (Change, error) { return HandOver(waiting(nil)) }, "", 0},
		{"by hand, already opened", func() (Change, error) { return HandOver(waiting(func(a *Assignment) { a.Delivery = DeliveryOpened })) }, "", fault.Conflict},
		{"more mails", func() (Change, error) { return AllowMore(waiting(func(a *Assignment) { a.MoreAskedAt = today })) }, "", 0},
		{"more mails than nobody asked for", func() (Change, error) { return AllowMore(waiting(nil)) }, "", fault.Conflict},
		{"looked at", func() (Change, error) { return ShowLink(waiting(nil)) }, "", 0},
		{"looked at what was withdrawn", func() (Change, error) { return ShowLink(state(Withdrawn)) }, "", fault.Conflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := tt.do()
			if (err == nil) != (tt.kind == 0) || err != nil && fault.KindOf(err) != tt.kind {
				t.Fatalf("%v, want %s", err, tt.kind)
			}
			if c.mail != tt.mail || err == nil && c.action == "" {
				t.Errorf("writes %q and records %q, want %q and something", c.mail, c.action, tt.mail)
			}
		})
	}
}

func TestReaddressTidies(t *testing.T) {
	c, err := Readdress(state(Declined), Address{Department: " 総務部 ", Email: " New@Example.jp "}, true)
	if err != nil {
		t.Fatal(err)
	}
	a := c.apply(state(Declined))
	if a.Email != "new@example.jp" || a.Department != "総務部" || a.Generation != 2 || a.Response != Answering || a.Delivery != DeliveryQueued {
		t.Errorf("after it %+v", a)
	}
}

func TestSendAgainKeepsWhatWasOpened(t *testing.T) {
	opened := waiting(func(a *Assignment) { a.Delivery = DeliveryOpened })
	c, err := SendAgain(opened)
	if err != nil || c.apply(opened).Delivery != DeliveryOpened {
		t.Errorf("SendAgain = %+v, %v", c, err)
	}
}

// TestARequestThroughAnything lets the buyer press anything in any order and mail
// come and go, and holds what must hold after every step.
func TestARequestThroughAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, _ := Assign(Campaign{ID: "c", Org: "o", DueAt: today.AddDate(0, 0, 10), ClosesAt: today.AddDate(0, 0, 20)},
			supplier.Supplier{ID: "s", Name: "架空精工", Email: rapid.SampledFrom([]string{"", "s@example.jp", "bad"}).Draw(t, "email")}, today)
		now := today
		buyer := func(decide func(Assignment) (Change, error)) func(*rapid.T) {
			return func(t *rapid.T) {
				before := a
				c, err := decide(a)
				if err != nil {
					if kind := fault.KindOf(err); kind != fault.Invalid && kind != fault.Conflict {
						t.Fatalf("refused as %s: %v", kind, err)
					}
					return
				}
				a = c.apply(a)
				if a.Response != before.Response && !before.Response.CanBecome(a.Response) {
					t.Fatalf("%s became %s", before.Response, a.Response)
				}
				if a.Generation < before.Generation {
					t.Fatal("a link that was revoked works again")
				}
				if before.Delivery == DeliveryOpened && a.Delivery != DeliveryOpened && c.To == nil {
					t.Fatalf("what was opened is now %s", a.Delivery)
				}
				if c.mail != "" && !Writable(a) && c.mail != notify.Extended {
					t.Fatalf("a %s to nobody", c.mail)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"extend": func(t *rapid.T) {
				to := now.AddDate(0, 0, rapid.IntRange(-2, 400).Draw(t, "days"))
				buyer(func(a Assignment) (Change, error) { return Extend(a, to, now) })(t)
			},
			"revoke":    buyer(Revoke),
			"withdraw":  buyer(func(a Assignment) (Change, error) { return Withdraw(a, "取引終了") }),
			"readdress": buyer(func(a Assignment) (Change, error) { return Readdress(a, Address{Email: "n@example.jp"}, false) }),
			"again":     buyer(SendAgain),
			"by hand":   buyer(HandOver),
			"look":      buyer(ShowLink),
			"supplier": func(t *rapid.T) {
				next := rapid.SampledFrom(Responses).Draw(t, "next")
				if next == Withdrawn || !a.Response.CanBecome(next) {
					return // no move from here
				}
				if a.Response = next; next == Submitted {
					a.Revision++
				}
			},
			"opened": func(t *rapid.T) { a.Delivery = DeliveryOpened },
			"mail": func(t *rapid.T) {
				outcome := rapid.SampledFrom(notify.States).Draw(t, "outcome")
				kind := rapid.SampledFrom(notify.Kinds).Draw(t, "kind")
				if next, from, ok := DeliveryAfter(kind, outcome); ok && slices.Contains(from, a.Delivery) {
					a.Delivery = next
				}
			},
			"time passes": func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(0, 96).Draw(t, "hours")) * time.Hour) },
			"": func(t *rapid.T) {
				switch {
				case a.Response == Accepted && a.Revision == 0:
					t.Fatal("accepted without a submission")
				case a.Overdue(now) && !a.Response.Waits():
					t.Fatalf("%s is overdue", a.Response)
				case a.ClosesAt.Before(a.DueAt):
					t.Fatalf("closed on %s, due on %s", a.ClosesAt, a.DueAt)
				case a.CanWithdraw() != a.Response.CanBecome(Withdrawn) || a.CanSend(now) && a.ClosedAt(now):
					t.Fatal("a page would offer what is refused")
				case !slices.Contains(Deliveries, a.Delivery) || !slices.Contains(Responses, a.Response):
					t.Fatalf("in no state: %s, %s", a.Delivery, a.Response)
				}
			},
		})
	})
}

func TestAssign(t *testing.T) {
	c := draft(nil)
	a, m := Assign(c, supplier.Supplier{ID: "s", Name: "架空精工", Email: "s@example.jp"}, today)
	if len(m) != 1 || a.Delivery != DeliveryQueued || a.ID != "c:s" || CampaignOf(a.ID) != "c" || SupplierOf(a.ID) != "s" || m[0].Assignment != a.ID || !Mailable(a) {
		t.Errorf("by mail: %+v, %+v", a, m)
	}
	if a, m = Assign(c, supplier.Supplier{ID: "s", Lane: supplier.LanePaper, Email: "s@example.jp"}, today); m != nil || a.Delivery != DeliveryPending || Mailable(a) {
		t.Errorf("on paper: %+v, %+v", a, m)
	}
}

func TestAudienceMeets(t *testing.T) {
	year := on(2026, 4, 1)
	one := supplier.Supplier{ID: "s", Tags: []string{"図面"}, Tier: 3}
	asked := one
	asked.AskedAt = year
	for _, tt := range []struct {
		name string
		a    Audience
		s    supplier.Supplier
		want bool
	}{
		{"all", Audience{All: true}, one, true},
		{"all but this", Audience{All: true, Except: []string{"s"}}, one, false},
		{"picked", Audience{Picked: true, Only: []string{"s"}}, one, true},
		{"not picked", Audience{Picked: true}, one, false},
		{"by tag", Audience{Tags: []string{"金型", "図面"}}, one, true},
		{"by another tag", Audience{Tags: []string{"金型"}}, one, false},
		{"by tier", Audience{Tiers: []int{3}}, one, true},
		{"by another tier", Audience{Tiers: []int{4}, Tags: []string{"図面"}}, one, false},
		{"not asked yet", Audience{NotAsked: true}, one, true},
		{"asked this year", Audience{NotAsked: true}, asked, false},
		{"asked this year, and all", Audience{All: true, NotAsked: true}, asked, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.a.Meets(tt.s, year); got != tt.want {
				t.Errorf("Meets = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWhoIsReminded(t *testing.T) {
	r := Reminder{States: []Response{Answering}, Before: today}
	for name, tt := range map[string]struct {
		a    Assignment
		want bool
	}{
		"never reminded":     {waiting(nil), true},
		"reminded long ago":  {waiting(func(a *Assignment) { a.RemindedAt = today.Add(-time.Second) }), true},
		"reminded since":     {waiting(func(a *Assignment) { a.RemindedAt = today }), false},
		"in another state":   {state(Returned), false},
		"by hand":            {waiting(func(a *Assignment) { a.Delivery = DeliveryByHand }), false},
		"without an address": {waiting(func(a *Assignment) { a.Email = "" }), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.Meets(tt.a); got != tt.want {
				t.Errorf("Meets = %v, want %v", got, tt.want)
			}
		})
	}
	if DueBefore(state(Accepted), time.Time{}) || !DueBefore(waiting(nil), time.Time{}) || DueBefore(waiting(nil), today) {
		t.Error("DueBefore does not tell who waits")
	}
}

func TestCounts(t *testing.T) {
	c := Counts{Response: map[Response]int{Submitted: 1, InReview: 2, Accepted: 4, Returned: 8}, Delivery: map[Delivery]int{}, Given: 15}
	for i, d := range Deliveries {
		c.Delivery[d] = 1 << i
	}
	if c.Answered() != 15 || c.ToReview() != 3 || c.Undelivered() != 16+32 || c.Reached() != 4+8+64+128 {
		t.Errorf("answered %d, to review %d, undelivered %d, reached %d", c.Answered(), c.ToReview(), c.Undelivered(), c.Reached())
	}
}
