package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
)

const keyShown = "shown" // how many parts of the address lead to a page that can be opened

// shownParts tells how many parts of a route's path lead to a page: all of a page's own,
// and of what is posted the longest beginning that is one; 0 when there is none.
func shownParts(r Route, routes []Route) int {
	parts := strings.Split(r.Path, "/")
	for n := len(parts); n > 1; n-- {
		for _, other := range routes {
			if other.Method == http.MethodGet && samePath(strings.Split(other.Path, "/"), parts[:n]) {
				return n
			}
		}
	}
	return 0
}

func samePath(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !(strings.HasPrefix(a[i], ":") && strings.HasPrefix(b[i], ":")) {
			return false
		}
	}
	return true
}

// here is the address of the page that is shown, with its filters. A page that answers
// what was posted stands at an address that cannot be opened: then it is that of the
// page with the form, which the data may know. What is not found is not named: its page
// is the same to the letter, whether it is another organisation's or nobody's. "" stays
// where one is, so that a supplier is not led to the buyers' pages.
func here(c *gin.Context, data any) string {
	if e, failed := data.(errorPage); failed && e.Kind == fault.NotFound.String() {
		if c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead {
			return ""
		}
		return "/"
	}
	path := c.Request.URL.EscapedPath()
	if named, ok := data.(interface{ Here() string }); ok {
		path = named.Here()
	} else if n, known := c.Get(keyShown); known {
		parts, n := strings.Split(path, "/"), n.(int)
		path = strings.Join(parts[:min(n, len(parts))], "/")
	}
	path = "/" + strings.TrimLeft(path, "/") // "//…" would be another site
	if query := c.Request.URL.Query(); len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// inLanguage is an address at which a page is shown in a language.
func inLanguage(address, code string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?lang=" + code
	}
	query := u.Query()
	query.Set("lang", code)
	u.RawQuery = query.Encode()
	return u.String()
}
