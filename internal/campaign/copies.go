package campaign

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/supplier"
)

// ActionCopies is the trail's word for others who read along.
const ActionCopies audit.Action = "assignment.copies"

// Copy is a person of the supplier who gets copies of what the person asked gets, and
// with them the same link: it belongs to the request.
type Copy struct {
	Email      string `bson:"email"`
	Name       string `bson:"name,omitempty"`
	Department string `bson:"department,omitempty"`
	Lang       string `bson:"lang,omitempty"` // empty: the request's
}

// CopiesOf are those whom the directory names.
func CopiesOf(s supplier.Supplier) []Copy {
	var out []Copy
	for _, c := range s.Copies() {
		out = append(out, Copy{Email: c.Email, Name: c.Name, Department: c.Department, Lang: c.Lang})
	}
	return out
}

// ReadBy tells whether somebody with the address reads along.
func (a Assignment) ReadBy(email string) bool {
	return slices.ContainsFunc(a.Copies, func(c Copy) bool { return c.Email == email })
}

// ReadAlong names who gets copies, and so reads what the supplier gives and may add to it.
func (a Assignment) ReadAlong() []string {
	var out []string
	for _, c := range a.Copies {
		if c.Email != a.Email {
			out = append(out, cmp.Or(c.Name, c.Email))
		}
	}
	return out
}

// Messages makes a message about an assignment and, where its kind is copied, one for
// each who reads along.
func Messages(a Assignment, id string, kind notify.Kind, now time.Time) []notify.Message {
	out := []notify.Message{Message(a, id, kind, now)}
	if kind.Traits().Copied {
		out = append(out, MessagesTo(a, a.Copies, id, kind, now)...)
	}
	return out
}

// MessagesTo makes the messages to some of those who read along.
func MessagesTo(a Assignment, to []Copy, id string, kind notify.Kind, now time.Time) []notify.Message {
	var out []notify.Message
	for i, c := range to {
		if c.Email == a.Email || !org.ValidEmail(c.Email) {
			continue
		}
		one := a
		one.Email, one.Person, one.Department, one.Lang = c.Email, c.Name, c.Department, cmp.Or(c.Lang, a.Lang)
		m := Message(one, id+":copy"+strconv.Itoa(i+1), kind, now)
		m.Copy = true
		out = append(out, m)
	}
	return out
}

// copiesDiffer tells whether others read along than the directory names now. Those whom
// the supplier itself chose do so on purpose.
func copiesDiffer(a Assignment, s supplier.Supplier) bool {
	return a.Response.Waits() && !a.OwnCopies && !slices.Equal(a.Copies, CopiesOf(s))
}

// CarryOver gives a request that waits whom the directory names now: the person asked,
// who gets it then, and who reads along. Where only these differ, only who is new among
// them gets it. Conflict when nothing differs any more.
func CarryOver(a Assignment, s supplier.Supplier, revoke bool) (Change, error) {
	now := CopiesOf(s)
	if Differs(a, s) {
		c, err := Readdress(a, addressOf(s), revoke)
		if copiesDiffer(a, s) || a.OwnCopies && c.Revoke {
			c.Copies = &now
			c.details = append(c.details, audit.Differing(CopiesDetails(a.Copies, now)...)...)
		}
		return c, err
	}
	if !copiesDiffer(a, s) {
		return Change{}, fault.New(fault.Conflict, "fault.conflict")
	}
	added := slices.DeleteFunc(slices.Clone(now), func(c Copy) bool { return a.ReadBy(c.Email) })
	return Change{Copies: &now, added: added, action: ActionCopies, details: CopiesDetails(a.Copies, now)}, nil
}

// parting takes those whom the holder of a link chose from a request whose link has ended,
// or ends with the change: they would be sent the next one. Whom the buyer's directory names
// can be carried over then.
func (c Change) parting(a Assignment) Change {
	misdirected := c.To != nil && a.Response == Declined && a.Misdirected == a.Generation-1
	if a.OwnCopies && c.Copies == nil && (c.Revoke || misdirected) {
		c.Copies = &[]Copy{}
		c.details = append(c.details, CopiesDetails(a.Copies, nil)...)
	}
	return c
}

// CopiesDetails say who read along and who does.
func CopiesDetails(was, is []Copy) []audit.Detail {
	return []audit.Detail{audit.Was("copies", addressesOf(was), addressesOf(is))}
}

func addressesOf(all []Copy) string {
	var out []string
	for _, c := range all {
		out = append(out, c.Email)
	}
	return cmp.Or(strings.Join(out, ", "), "—")
}
