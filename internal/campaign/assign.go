package campaign

import (
	"crypto/sha256"
	"encoding/base32"
	"time"

	"tsunagi/internal/notify"
	"tsunagi/internal/supplier"
)

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// RequestNumber is what a supplier reads out on the phone to check that a request
// is genuine: eight letters without I, L, O and U, made from the assignment's id.
func RequestNumber(assignment string) string {
	sum := sha256.Sum256([]byte("request " + assignment))
	s := crockford.EncodeToString(sum[:5])
	return s[:4] + "-" + s[4:]
}

// Assign makes the assignment of a supplier, with the messages owed to it and to who
// reads along; none when it cannot be reached by mail: the buyer hands the link over.
func Assign(c Campaign, s supplier.Supplier, now time.Time) (Assignment, []notify.Message) {
	a := Assignment{ID: AssignmentID(c.ID, s.ID), Org: c.Org, Campaign: c.ID, Supplier: s.ID, Code: s.Code, Name: s.Name,
		Kana: s.Kana, Department: s.Department, Person: s.ContactName, Email: s.Email, Copies: CopiesOf(s), Lang: s.Lang, Tier: s.Tier,
		PersonalData: s.PMarkCounts(), Tags: s.Tags, Search: s.Search, Texts: s.Texts, Generation: 1, Delivery: DeliveryPending,
		Response: NotStarted, DueAt: c.DueAt, ClosesAt: c.ClosesAt, UpdatedAt: now}
	a.Request = RequestNumber(a.ID)
	if !Reachable(s) {
		return a, nil
	}
	a.Delivery = DeliveryQueued
	return a, Messages(a, "request:"+a.ID, notify.Request, now)
}

// Message makes a message about an assignment, to the person whom its request is
// addressed to, with the link that it has now.
func Message(a Assignment, id string, kind notify.Kind, now time.Time) notify.Message {
	m := notify.New(id, a.Org, kind, notify.Recipient{Email: a.Email, Company: a.Name, Department: a.Department, Name: a.Person},
		a.Lang, now)
	m.Campaign, m.Assignment, m.Generation = a.Campaign, a.ID, a.Generation
	return m
}
