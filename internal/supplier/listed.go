package supplier

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"tsunagi/internal/fault"
	"tsunagi/internal/tidy"
)

// Columns that stand in lists alone: each says one thing about a further contact.
const (
	ColumnCopyEmail     Column = "copy-email"
	ColumnCopyName      Column = "copy-name"
	ColumnCopy2Email    Column = "copy2-email"
	ColumnCopy2Name     Column = "copy2-name"
	ColumnApproverEmail Column = "approver-email"
	ColumnApproverName  Column = "approver-name"
)

// listedPeople are those of whom lists have columns of their own.
var listedPeople = []struct {
	role        Role
	email, name Column
}{
	{RoleCopy, ColumnCopyEmail, ColumnCopyName},
	{RoleCopy, ColumnCopy2Email, ColumnCopy2Name},
	{RoleApprover, ColumnApproverEmail, ColumnApproverName},
}

// listedFields are the rows of these columns. They are guessed from whole headers alone.
var listedFields = []Field{
	{Key: ColumnCopyEmail, Words: words{known: list(`cc ccメール ccメールアドレス ccアドレス cc宛先 写シ 写シメール 写シメールアドレス 写シノメールアドレス 写シ1メールアドレス
		写シ1ノメールアドレス 写シ先 写シ先メールアドレス 副担当者メール 副担当者メールアドレス 副担当メール 副担当メールアドレス メールアドレス2 メール2 eメール2 担当者2メール
		担当者2メールアドレス 担当者メール2 担当者メールアドレス2 ccemail ccmail copyemail copy1email email2 mail2 secondemail`)}},
	{Key: ColumnCopyName, Limit: MaxContact, Words: words{known: list(`cc氏名 ccオ名前 写シ氏名 写シノ氏名 写シ1氏名 写シ1ノ氏名 写シ先氏名 副担当 副担当者 副担当者名 副担当者氏名
		担当者2 担当者名2 担当2 担当者2氏名 氏名2 ccname copyname copy1name contact2 contactname2 secondcontact`)}},
	{Key: ColumnCopy2Email, Words: words{known: list(`cc2 cc2メール cc2メールアドレス 写シ2 写シ2メールアドレス 写シ2ノメールアドレス メールアドレス3 メール3 eメール3 担当者3メール
		担当者3メールアドレス 担当者メール3 担当者メールアドレス3 cc2email copy2email email3 mail3 thirdemail`)}},
	{Key: ColumnCopy2Name, Limit: MaxContact, Words: words{known: list(`cc2氏名 写シ2氏名 写シ2ノ氏名 担当者3 担当者名3 担当3 担当者3氏名 氏名3 cc2name copy2name contact3 contactname3
		thirdcontact`)}},
	{Key: ColumnApproverEmail, Words: words{known: list(`承認者メール 承認者メールアドレス 承認者ノメールアドレス 責任者メール 責任者メールアドレス approveremail approvermail`)}},
	{Key: ColumnApproverName, Limit: MaxContact, Words: words{known: list(`承認者 承認者名 承認者氏名 承認者ノ氏名 責任者 責任者名 責任者氏名 approver approvername`)}},
}

// ListColumns lists what a column of a list may be taken for.
var ListColumns = slices.Concat(Columns, func() (all []Column) {
	for _, f := range listedFields {
		all = append(all, f.Key)
	}
	return all
}())

// Where several mail addresses in one cell are parted, and one that has a name before it.
var (
	parting   = ",;、，；|｜\n"
	bracketed = regexp.MustCompile(`^([^<>＜＞]*)[<＜]([^<>＜＞]*)[>＞](.*)$`)
)

// addresses gives the mail addresses in a cell, in their order, each with the name before
// it in angle brackets, and what else stands there.
func addresses(cell string) (found []Contact, rest []string) {
	for _, part := range parted(cell) {
		var name string
		if m := bracketed.FindStringSubmatch(part); m != nil {
			name, part = strings.Trim(strings.TrimSpace(m[1]), `"“”`), m[2]+" "+m[3]
		}
		for _, word := range strings.Fields(part) {
			if email, wrong := parsePartEmail(word); wrong == nil && email != "" {
				found, name = append(found, Contact{Email: email, Name: name}), ""
			} else {
				rest = append(rest, word)
			}
		}
		if name != "" { // nobody could be written to under it
			rest = append(rest, name)
		}
	}
	return found, rest
}

// parted cuts a cell where addresses are parted; at strokes, which may stand in an
// address, only between addresses.
func parted(cell string) (out []string) {
	for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(parting, r) }) {
		several := strings.FieldsFunc(part, func(r rune) bool { return r == '/' || r == '／' })
		if slices.ContainsFunc(several, func(s string) bool { return !strings.ContainsAny(s, "@＠") }) {
			several = []string{part}
		}
		out = append(out, several...)
	}
	return out
}

// firstAddress gives the main contact's address of a cell that holds several, and keeps
// the others. A cell of one address, or none, is judged as it is.
func (r *reader) firstAddress(value string) string {
	if _, wrong := parseEmail(value); wrong == nil {
		return value
	}
	found, rest := addresses(value)
	if len(found) == 0 {
		return value
	}
	if name := found[0].Name; name != "" && r.row.Cell(r.column(ColumnContact)) == "" && r.found == nil {
		r.line.Supplier.ContactName = name
		r.line.Given = append(r.line.Given, ColumnContact)
	}
	r.more = append(r.more, found[1:]...)
	if len(rest) > 0 {
		r.left(ColumnEmail, "fault.supplier.email-part", fault.Args{"Kept": strings.Join(emails(found), ", ")})
	}
	return found[0].Email
}

func emails(all []Contact) (out []string) {
	for _, c := range all {
		out = append(out, c.Email)
	}
	return out
}

// people puts the further contacts that the row gives, beside those that are known, into
// the record that it gives. A list adds contacts and takes none away; one who has the main
// contact's address is no further one.
func (r *reader) people() {
	var known []Contact
	main := r.line.Supplier.Email
	if r.found != nil {
		known, main = r.found.Contacts, cmp.Or(main, r.found.Email)
	}
	next := joinContacts(known, r.more, main)
	for _, l := range listedPeople {
		next = joinContacts(next, r.listedAs(l.role, l.email, l.name), main)
	}
	next = joinContacts(next, r.written(), main)
	if len(next) > MaxContacts {
		over := strings.ReplaceAll(contactsText(next[MaxContacts:]), "\n", "; ")
		r.left(r.lastContacts(), "fault.supplier.contacts-over", fault.Args{"Max": MaxContacts, "Kept": "", "Left": over})
		next = next[:MaxContacts]
	}
	if contactsText(next) != contactsText(known) {
		r.line.Supplier.Contacts = next
		r.line.Given = append(r.line.Given, ColumnContacts)
	}
}

// lastContacts is the last column of the row that holds contacts.
func (r *reader) lastContacts() Column {
	last := ColumnEmail
	for _, l := range listedPeople {
		if r.row.Cell(r.column(l.email)) != "" {
			last = l.email
		}
	}
	if r.row.Cell(r.column(ColumnContacts)) != "" {
		last = ColumnContacts
	}
	return last
}

// listedAs reads the people of a pair of columns. Where there are as many names as
// addresses they belong together.
func (r *reader) listedAs(role Role, email, name Column) []Contact {
	value := r.value(email)
	found, rest := addresses(value)
	if _, wrong := parsePartEmail(value); len(found) == 0 && wrong != nil {
		r.left(email, wrong.Key, unkept(wrong.Args))
	} else if len(rest) > 0 {
		r.left(email, "fault.supplier.email-part", fault.Args{"Kept": strings.Join(emails(found), ", ")})
	}
	given := r.value(name)
	names := strings.FieldsFunc(given, func(c rune) bool { return strings.ContainsRune(parting+"/／", c) })
	switch {
	case given == "":
	case len(found) == 0:
		found = []Contact{{Name: given}}
	case len(found) == 1:
		found[0].Name = given
	case len(names) == len(found):
		for i := range found {
			found[i].Name = names[i]
		}
	default:
		r.left(name, "fault.supplier.contact-names", fault.Args{"Kept": strings.Join(emails(found), ", ")})
	}
	for i := range found {
		found[i].Role = role
	}
	at := email
	if len(found) > 0 && found[0].Email == "" {
		at = name
	}
	return r.holding(found, at)
}

// written reads the column that holds the contacts as our own lists write them, or their
// addresses alone.
func (r *reader) written() []Contact {
	var found []Contact
	for line := range strings.Lines(r.value(ColumnContacts)) {
		if strings.Contains(line, partMark) {
			found = append(found, contactsOf(line)...)
			continue
		}
		some, rest := addresses(line)
		if len(rest) > 0 {
			r.left(ColumnContacts, "fault.supplier.email-part", fault.Args{"Kept": strings.Join(emails(some), ", ")})
		}
		found = append(found, some...)
	}
	return r.holding(found, ColumnContacts)
}

// holding gives those of the contacts that hold, as they are kept; what is wrong with the
// others is noted. A role that is not given stays open.
func (r *reader) holding(given []Contact, at Column) []Contact {
	var out []Contact
	for _, c := range given {
		judged := c
		faults := judged.tidy()
		if len(faults) == 0 && judged.Role == RoleMain {
			faults.Add("role", "fault.choose")
		}
		if len(faults) == 0 {
			if c.Role == "" {
				judged.Role = ""
			}
			out = append(out, judged)
			continue
		}
		key := faults[0].Key
		if key == "fault.choose" {
			key = "fault.supplier.contact-" + faults[0].Name
		}
		r.left(at, key, unkept(faults[0].Args))
	}
	return out
}

// unkept are the arguments of a fault of which nothing is kept.
func unkept(args fault.Args) fault.Args {
	out := fault.Args{"Kept": ""}
	maps.Copy(out, args)
	return out
}

// joinContacts puts contacts beside those that are known: what is given of one who is
// known replaces what is known of it, unless it only shows that.
func joinContacts(known, given []Contact, main string) []Contact {
	var all []Contact
	for _, c := range known {
		if c.Email == "" || c.Email != main {
			all = append(all, c)
		}
	}
	for _, c := range given {
		if c.Email != "" && c.Email == main {
			continue
		}
		i := slices.IndexFunc(all, func(other Contact) bool {
			return c.Email == other.Email && (c.Email != "" || tidy.Shows(c.Name, other.Name))
		})
		if i < 0 && c.Name != "" { // of one of them the address is not given
			i = slices.IndexFunc(all, func(other Contact) bool {
				return (c.Email == "") != (other.Email == "") && tidy.Shows(c.Name, other.Name)
			})
		}
		if i < 0 {
			c.Role = cmp.Or(c.Role, RoleCopy)
			all = append(all, c)
			continue
		}
		for _, part := range contactParts {
			if value := part.Of(c); value != "" && !tidy.Shows(value, part.Of(all[i])) {
				part.Put(&all[i], value)
			}
		}
	}
	return all
}

// standContacts tells whether a cell says the contacts that are known, as our own lists
// say them.
func standContacts(cell string, known []Contact) bool {
	given := contactsOf(cell)
	return len(given) == len(known) && !slices.ContainsFunc(given, func(c Contact) bool {
		return !slices.ContainsFunc(known, func(k Contact) bool {
			return !slices.ContainsFunc(contactParts, func(part ContactPart) bool {
				value, known := part.Of(c), part.Of(k)
				if len(part.Choices) > 0 {
					value, _ = part.parse(value)
				}
				return !tidy.Shows(value, known)
			})
		})
	})
}
