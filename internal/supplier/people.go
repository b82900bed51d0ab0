package supplier

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tsunagi/internal/fault"
	"tsunagi/internal/org"
)

// MaxContacts is how many people of a supplier are known beside its main contact.
const MaxContacts = 5

// Role is what a person beside the main contact is for.
type Role string

// The roles.
const (
	RoleCopy     Role = "copy"     // gets a copy of what the main contact is asked
	RoleApprover Role = "approver" // approves the answers within the supplier; noted, and sent nothing
	// RoleMain is chosen for who takes the main contact's place; it is never stored.
	RoleMain Role = "main"
)

// Roles lists the roles that are stored.
var Roles = []Role{RoleCopy, RoleApprover}

// Contact is a person of a supplier beside the main contact.
type Contact struct {
	Role       Role   `bson:"role"`
	Lang       string `bson:"lang,omitempty"` // empty: the supplier's
	Email      string `bson:"email,omitempty"`
	Name       string `bson:"name,omitempty"`
	Department string `bson:"department,omitempty"`
	Phone      string `bson:"phone,omitempty"`
}

// ContactPart is one row of what is known of a contact: each is judged as the main
// contact's is.
type ContactPart struct {
	Key     string
	Label   string // message key
	Type    string // of the input
	Choices []string
	limit   int
	at      func(*Contact) *string
	parse   func(string) (string, *fault.Field)
}

// contactParts are the parts in the order in which a contact is written as text.
var contactParts = []ContactPart{
	{Key: "role", Label: "suppliers.contact-role", Choices: []string{"copy", "approver", "main"}, parse: parseRole,
		at: func(c *Contact) *string { return (*string)(&c.Role) }},
	{Key: "lang", Label: "suppliers.column.lang", Choices: []string{"", "ja", "en"}, parse: parseLang,
		at: func(c *Contact) *string { return &c.Lang }},
	{Key: "email", Label: "suppliers.column.email", Type: "email", parse: parsePartEmail,
		at: func(c *Contact) *string { return &c.Email }},
	{Key: "name", Label: "suppliers.contact-name", limit: MaxContact, parse: parsePart,
		at: func(c *Contact) *string { return &c.Name }},
	{Key: "department", Label: "suppliers.column.department", limit: MaxDepartment, parse: parsePart,
		at: func(c *Contact) *string { return &c.Department }},
	{Key: "phone", Label: "suppliers.column.phone", Type: "tel", parse: parsePhone,
		at: func(c *Contact) *string { return &c.Phone }},
}

// ContactParts lists what is known of a contact.
func ContactParts() []ContactPart { return slices.Clone(contactParts) }

// ChoiceLabel is the message key of one of its choices.
func (p ContactPart) ChoiceLabel(value string) string {
	return "suppliers.choice.contacts." + cmp.Or(value, "none")
}

// Of gives the part of a contact.
func (p ContactPart) Of(c Contact) string { return *p.at(&c) }

// Put sets the part of a contact as it was typed.
func (p ContactPart) Put(c *Contact, typed string) { *p.at(c) = typed }

// ContactField names a part of the contact at an index, in forms and faults.
func ContactField(index int, part string) string {
	return string(ColumnContacts) + "." + strconv.Itoa(index) + "." + part
}

// Blank tells whether nothing is known of the contact but what it would be for.
func (c Contact) Blank() bool {
	return strings.TrimSpace(c.Email+c.Name+c.Department+c.Phone) == ""
}

// roles are the words for them in lists, in lower case and one width.
var roles = byWord(map[Role][]string{
	RoleCopy:     {"copy", "cc", "写し", "控え", "副", "副担当", "副担当者", "サブ"},
	RoleApprover: {"approver", "承認", "承認者", "責任者", "上長"},
	RoleMain:     {"main", "主", "主担当"},
})

func parseRole(given string) (string, *fault.Field) {
	role, known := choose(roles, cmp.Or(strings.TrimSpace(given), string(RoleCopy)))
	if !known {
		return given, &fault.Field{Key: "fault.choose"}
	}
	return string(role), nil
}

func parseLang(given string) (string, *fault.Field) {
	if strings.TrimSpace(given) == "" {
		return "", nil
	}
	lang, known := choose(languages, given)
	if !known {
		return "", &fault.Field{Key: "fault.choose"}
	}
	return lang, nil
}

// partMark stands between the parts of a contact that is written as text, so that none
// of them holds it.
const partMark = "|"

func parsePart(given string) (string, *fault.Field) {
	name, _ := called(given)
	return strings.ReplaceAll(name, partMark, "｜"), nil
}

func parsePartEmail(given string) (string, *fault.Field) {
	if email, wrong := parseEmail(given); wrong != nil || !strings.Contains(email, partMark) {
		return email, wrong
	}
	return "", emailFault("fault.supplier.email-character", fault.Args{"Character": partMark})
}

// tidy brings a contact into its stored form and gives what does not hold, named after
// the parts.
func (c *Contact) tidy() fault.Fields {
	var wrong fault.Fields
	for _, part := range contactParts {
		at := part.at(c)
		out, f := part.parse(*at)
		if *at = out; f != nil {
			f.Name = part.Key
			wrong = append(wrong, *f)
		} else if part.limit > 0 {
			wrong.AtMost(part.Key, out, part.limit)
		}
	}
	switch {
	case len(wrong) > 0:
	case c.Role != RoleApprover && c.Email == "":
		wrong.Add("email", "fault.supplier.contact-email")
	case c.Email == "" && c.Name == "":
		wrong.Add("name", "fault.supplier.contact-nobody")
	}
	return wrong
}

// people handles the contacts beside the main one. As text each is a line, its parts
// between bars.
func people() handle {
	return handle{
		get:  func(s *Supplier) string { return contactsText(s.Contacts) },
		set:  func(s *Supplier, given string) bool { s.Contacts = contactsOf(given); return true },
		tidy: tidyContacts,
		merge: func(to, from *Supplier) bool {
			if contactsText(to.Contacts) == contactsText(from.Contacts) {
				return false
			}
			to.Contacts = from.Contacts
			return true
		},
	}
}

func tidyContacts(s *Supplier, wrong *fault.Fields) {
	if len(s.Contacts) == 0 {
		s.Contacts = nil
		return
	}
	s.Contacts = slices.Clone(s.Contacts) // what was read keeps its own
	taken := map[string]bool{}
	for i := range s.Contacts {
		c := &s.Contacts[i]
		faults := c.tidy()
		for _, f := range faults {
			f.Name = ContactField(i, f.Name)
			*wrong = append(*wrong, f)
		}
		switch {
		case len(faults) > 0:
		case !slices.Contains(Roles, c.Role):
			wrong.Add(ContactField(i, "role"), "fault.choose")
		case c.Email == "":
		case c.Email == s.Email:
			wrong.Add(ContactField(i, "email"), "fault.supplier.contact-main", fault.Args{"Email": c.Email})
		case taken[c.Email]:
			wrong.Add(ContactField(i, "email"), "fault.supplier.contact-twice", fault.Args{"Email": c.Email})
		}
		taken[c.Email] = true
	}
	if len(s.Contacts) > MaxContacts {
		wrong.Add(string(ColumnContacts), "fault.supplier.contacts-many", fault.Args{"Max": MaxContacts})
	}
}

// text writes a contact on one line.
func (c Contact) text() string {
	parts := make([]string, len(contactParts))
	for i, part := range contactParts {
		parts[i] = part.Of(c)
	}
	return strings.TrimRight(strings.Join(parts, " "+partMark+" "), " "+partMark)
}

func contactsText(all []Contact) string {
	lines := make([]string, len(all))
	for i, c := range all {
		lines[i] = c.text()
	}
	return strings.Join(lines, "\n")
}

// contactsOf reads what contactsText wrote. What stands behind one bar too many is of the
// last part, which is judged with it.
func contactsOf(text string) []Contact {
	var out []Contact
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var c Contact
		for i, given := range strings.SplitN(line, partMark, len(contactParts)) {
			contactParts[i].Put(&c, strings.TrimRight(strings.TrimSpace(given), " "+partMark))
		}
		out = append(out, c)
	}
	return out
}

// contactTexts are what a supplier's contacts are searched by.
func contactTexts(text string) []string {
	var out []string
	for _, c := range contactsOf(text) {
		for _, value := range []string{c.Name, c.Email, c.Phone} {
			if value != "" {
				out = append(out, value)
			}
		}
	}
	return out
}

// contactsChanged leaves out of two texts the contacts that stand in both.
func contactsChanged(was, is string) (before, after string) {
	rest := func(of, without string) string {
		others := strings.Split(without, "\n")
		return strings.Join(slices.DeleteFunc(strings.Split(of, "\n"), func(line string) bool { return slices.Contains(others, line) }), "; ")
	}
	if before, after = rest(was, is), rest(is, was); before+after == "" { // another order
		return strings.ReplaceAll(was, "\n", "; "), strings.ReplaceAll(is, "\n", "; ")
	}
	return before, after
}

// Copies are the contacts that get copies.
func (s Supplier) Copies() []Contact {
	return slices.DeleteFunc(slices.Clone(s.Contacts), func(c Contact) bool { return c.Role != RoleCopy || c.Email == "" })
}

// Readdress gives the main contact, or the one at an address, another one as it was typed,
// and tells whether that changes anything. Who was a further contact at it is the main one
// from then on.
func (s *Supplier) Readdress(at, typed string) bool {
	email, is := org.FoldEmail(typed), &s.Email
	if at != "" {
		i := slices.IndexFunc(s.Contacts, func(c Contact) bool { return c.Email == at })
		if i < 0 { // the supplier itself named that person, or it was corrected already
			return false
		}
		s.Contacts = slices.Clone(s.Contacts)
		is = &s.Contacts[i].Email
	}
	if *is == email {
		return false
	}
	*is = typed
	if at == "" {
		s.Contacts = slices.DeleteFunc(slices.Clone(s.Contacts), func(c Contact) bool { return c.Email == email })
	}
	return true
}

// Promote puts the contact for whom that was chosen in the main contact's place, who
// gets a copy from then on. Nobody's language changes by it. Invalid when it was chosen for
// two, when nobody could be written to, or when who was there has no address: no copy could
// be sent, and nobody is left out silently.
func (s *Supplier) Promote() fault.Fields {
	var wrong fault.Fields
	chosen := -1
	for i, c := range s.Contacts {
		switch {
		case c.Role != RoleMain:
		case chosen >= 0:
			wrong.Add(ContactField(i, "role"), "fault.supplier.contact-mains")
		default:
			chosen = i
		}
	}
	if chosen < 0 || len(wrong) > 0 {
		return wrong
	}
	next := s.Contacts[chosen]
	if wrong = next.tidy(); len(wrong) > 0 {
		for i := range wrong {
			wrong[i].Name = ContactField(chosen, wrong[i].Name)
		}
		return wrong
	}
	was := Contact{Role: RoleCopy, Email: s.Email, Name: s.ContactName, Department: s.Department, Phone: s.Phone}
	if strings.TrimSpace(was.Email) == "" && !was.Blank() {
		wrong.Add(ContactField(chosen, "role"), "fault.supplier.contact-left-out")
		return wrong
	}
	s.Contacts = slices.Clone(s.Contacts)
	lang := cmp.Or(next.Lang, s.Lang)
	if s.Contacts[chosen] = was; was.Blank() { // there was nobody
		s.Contacts = slices.Delete(s.Contacts, chosen, chosen+1)
	}
	if lang != s.Lang {
		for i := range s.Contacts {
			s.Contacts[i].Lang = cmp.Or(s.Contacts[i].Lang, s.Lang)
		}
	}
	s.Lang, s.Email, s.ContactName, s.Department, s.Phone = lang, next.Email, next.Name, next.Department, next.Phone
	return nil
}
