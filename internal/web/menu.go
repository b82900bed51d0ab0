package web

import (
	"tsunagi/internal/access"
)

// menu is what the navigation offers, in order; each entry is shown to those who
// hold its permission.
var menu = []struct {
	key, href  string
	permission access.Permission
}{
	{"nav.home", "/", access.ViewHome},
	{"nav.campaigns", "/campaigns", access.ViewCampaigns},
	{"nav.suppliers", "/suppliers", access.ViewSuppliers},
	{"nav.delivery", "/delivery", access.ViewDelivery},
	{"nav.documents", "/documents", access.ViewReports},
	{"nav.trail", "/trail", access.ViewTrail},
	{"nav.users", "/users", access.ManageUsers},
	{"nav.settings", "/settings", access.ManageOrg},
	{"nav.system", "/system", access.ManageSystem},
	{"nav.help", "/help", access.ViewHome},
}

func nav(v access.Viewer, path string) []navItem {
	var items []navItem
	for _, m := range menu {
		if v.Can(m.permission) {
			current := path == m.href || m.href != "/" && len(path) > len(m.href) && path[:len(m.href)+1] == m.href+"/"
			items = append(items, navItem{Key: m.key, Href: m.href, Current: current})
		}
	}
	return items
}
