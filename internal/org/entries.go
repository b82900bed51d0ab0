package org

import (
	"slices"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
)

// ContactChanges say of each part of a contact window what it was and what it is.
func ContactChanges(was, is Contact) []audit.Detail {
	return audit.Differing(audit.Was("contact.department", was.Department, is.Department), audit.Was("contact.name", was.Name, is.Name),
		audit.Was("contact.phone", was.Phone, is.Phone), audit.Was("contact.email", was.Email, is.Email), audit.Was("contact.hours", was.Hours, is.Hours),
		audit.Was("contact.department-en", was.DepartmentEN, is.DepartmentEN), audit.Was("contact.name-en", was.NameEN, is.NameEN),
		audit.Was("contact.hours-en", was.HoursEN, is.HoursEN))
}

// changes say of each part of an organisation that a person may change what it was and is.
func (o Organization) changes(is Organization) []audit.Detail {
	details := append([]audit.Detail{audit.Was("name", o.Name, is.Name), audit.Was("name-en", o.NameEN, is.NameEN)}, ContactChanges(o.Contact, is.Contact)...)
	return audit.Differing(append(details, closuresChange(o.Closures, is.Closures))...)
}

// closuresChange names the closed days that are there no more, and those that are new.
func closuresChange(was, is []string) audit.Detail {
	lacks := func(list, other []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(list), func(day string) bool { return slices.Contains(other, day) }), "、")
	}
	return audit.Was("closures", lacks(was, is), lacks(is, was))
}

// changes say what a person's own name and language were and are.
func (u User) changes(is User) []audit.Detail {
	return audit.Differing(audit.Was("name", u.Name, is.Name), audit.Was("lang", orJapanese(u.Lang), orJapanese(is.Lang)))
}

// changes say what somebody may do in an organisation, and until when, and could do before.
func (m Membership) changes(is Membership) []audit.Detail {
	details := []audit.Detail{audit.Was("role", rolesDetail(m.Roles), rolesDetail(is.Roles))}
	if until := audit.WasAt("until", moment(m.Until), moment(is.Until)); moment(m.Until) != moment(is.Until) {
		details = append(details, until)
	}
	if len(m.Campaigns) != len(is.Campaigns) {
		details = append(details, audit.Was("campaigns", only(m.Campaigns), only(is.Campaigns)))
	}
	return details
}

// rolesDetail is how the trail keeps roles: their keys, as any other list.
func rolesDetail(roles []access.Role) string {
	keys := make([]string, len(roles))
	for i, r := range roles {
		keys[i] = string(r)
	}
	return strings.Join(keys, "、")
}

func only(campaigns []string) string {
	if len(campaigns) == 0 {
		return "all"
	}
	return "some"
}

func moment(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.UTC()
}
