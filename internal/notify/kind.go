package notify

import "slices"

// Kind is what a message is about. Its templates are templates/mail/<kind>.*.
type Kind string

// The kinds of message.
const (
	Request   Kind = "request"   // a supplier is asked
	Reminder  Kind = "reminder"  // a supplier that has not answered is asked again
	Receipt   Kind = "receipt"   // a submission has arrived
	Returned  Kind = "returned"  // a submission was returned with a reason
	Accepted  Kind = "accepted"  // a submission was accepted
	Invite    Kind = "invite"    // a user is invited to an organisation
	Reset     Kind = "reset"     // a password reset was asked for
	Delegated Kind = "delegated" // the person in charge was changed; the new one gets the link
	Extended  Kind = "extended"  // the due date was moved

	Copied        Kind = "copied"         // somebody reads along from now on; who does gets the link
	HandedOver    Kind = "handed-over"    // another person is in charge: to who was
	Declined      Kind = "declined"       // the supplier will not answer: its copy
	DeclinedBuyer Kind = "declined-buyer" // the same, to the buyer's contact
	CalledOff     Kind = "called-off"     // the request was withdrawn
	Head          Kind = "head"           // the end of the audit trail as of now, to the owners
)

// About is the record that a message is made of, beside the organisation.
type About string

// The records: a request with its campaign, an invitation, a user's account, the trail of
// the organisation.
const (
	AboutRequest    About = "assignment"
	AboutInvitation About = "invitation"
	AboutUser       About = "user"
	AboutTrail      About = "trail"
)

// Traits is all that is to be known about a kind of message. A new kind is one
// row of it, its templates, and its words in both languages.
type Traits struct {
	Kind  Kind
	About About
	// Subject is the message key of the subject line, and Late the one that takes
	// its place once the due date has passed; without one the subject stays.
	Subject, Late string
	// Asks: it asks for an answer. Its fate is the fate of the request, and once
	// there is nothing left to ask, or nobody at that address, it does not leave.
	Asks bool
	// Tells: it tells what has happened, which stays true whatever comes after.
	Tells bool
	// Elsewhere: it stays due when the address of its record has changed since: what it
	// tells is for whom it was queued for.
	Elsewhere bool
	// Copied: who reads along gets it, too.
	Copied bool
	// Bulk: it goes out to thousands at once and waits in line; what one person
	// waits for overtakes it.
	Bulk bool
	// Resend: people may send it again from the ledger once it has failed. The
	// others are asked for anew: their links end.
	Resend bool
	// Desk: it goes to the buyer's own people, and leads to their page of the record.
	Desk bool
	// Sample has every parameter that the kind may carry, with a value as an example.
	Sample map[string]string
}

// kinds has one row a kind, in the order in which they are shown.
var kinds = []Traits{
	{Kind: Request, About: AboutRequest, Subject: "mail.request.subject", Asks: true, Copied: true, Bulk: true, Resend: true},
	{Kind: Reminder, About: AboutRequest, Subject: "mail.reminder.subject", Late: "mail.reminder.subject-late", Asks: true, Copied: true, Bulk: true, Resend: true},
	{Kind: Receipt, About: AboutRequest, Subject: "mail.receipt.subject", Tells: true, Elsewhere: true, Resend: true,
		Sample: map[string]string{ParamReceipt: "T-20261123-0001", ParamRevision: "1"}},
	{Kind: Returned, About: AboutRequest, Subject: "mail.returned.subject", Copied: true, Resend: true,
		Sample: map[string]string{ParamReason: "問3の根拠資料をご確認ください。\n問7は対象の範囲をお書きください。", ParamRevision: "1",
			ParamRejected: "isms\tIS 505613\t3 7\t登録の範囲に、部品を作る工場が含まれていません。"}},
	{Kind: Accepted, About: AboutRequest, Subject: "mail.accepted.subject", Tells: true, Elsewhere: true, Resend: true,
		Sample: map[string]string{ParamRevision: "1"}},
	{Kind: Invite, About: AboutInvitation, Subject: "mail.invite.subject", Elsewhere: true,
		Sample: map[string]string{ParamInvitation: "01K0INVITATION99"}},
	{Kind: Reset, About: AboutUser, Subject: "mail.reset.subject", Elsewhere: true,
		Sample: map[string]string{ParamUser: "u1"}},
	{Kind: Delegated, About: AboutRequest, Subject: "mail.delegated.subject", Asks: true, Resend: true,
		Sample: map[string]string{ParamBy: "高橋 次郎"}},
	{Kind: Copied, About: AboutRequest, Subject: "mail.copied.subject", Asks: true, Resend: true,
		Sample: map[string]string{ParamBy: "高橋 次郎"}},
	{Kind: Extended, About: AboutRequest, Subject: "mail.extended.subject", Asks: true, Copied: true, Bulk: true, Resend: true},
	{Kind: HandedOver, About: AboutRequest, Subject: "mail.handed-over.subject", Tells: true, Elsewhere: true, Resend: true,
		Sample: map[string]string{ParamBy: "高橋 次郎", ParamTo: "田中 一"}},
	{Kind: Declined, About: AboutRequest, Subject: "mail.declined.subject", Tells: true, Elsewhere: true, Resend: true,
		Sample: map[string]string{ParamReason: "取引が終了しています。"}},
	{Kind: DeclinedBuyer, About: AboutRequest, Subject: "mail.declined-buyer.subject", Tells: true, Elsewhere: true, Resend: true, Desk: true,
		Sample: map[string]string{ParamReason: "取引が終了しています。"}},
	{Kind: CalledOff, About: AboutRequest, Subject: "mail.called-off.subject", Tells: true, Elsewhere: true, Copied: true, Resend: true},
	{Kind: Head, About: AboutTrail, Subject: "mail.head.subject", Tells: true, Elsewhere: true, Bulk: true, Desk: true,
		Sample: map[string]string{ParamHead: "2026-11-23T03:00:00Z o1 1234 8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4 0"}},
}

// Kinds lists every kind. Tests walk it: each has its templates, words and pages.
var Kinds = func() []Kind {
	all := make([]Kind, len(kinds))
	for i, row := range kinds {
		all[i] = row.Kind
	}
	return all
}()

// Traits is the kind's row. A kind that this program does not know, from data of a
// later one, has none of the traits and is about nothing.
func (k Kind) Traits() Traits {
	for _, row := range kinds {
		if row.Kind == k {
			return row
		}
	}
	return Traits{Kind: k}
}

// Takes tells whether messages of the kind carry a parameter.
func (t Traits) Takes(param string) bool {
	_, ok := t.Sample[param]
	return ok
}

// Resendable lists the kinds that may be sent again from the ledger.
func Resendable() []Kind {
	return slices.DeleteFunc(slices.Clone(Kinds), func(k Kind) bool { return !k.Traits().Resend })
}
