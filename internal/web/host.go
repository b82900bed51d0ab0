package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
)

// rightHost answers 421 to whoever calls us by another name than that of the base
// address: a page under a name of somebody else's is not ours. Health and metrics are
// excepted, for whoever probes by an address of the inside.
func (s *Server) rightHost(c *gin.Context) {
	if path := c.Request.URL.Path; path == "/healthz" || path == "/readyz" || path == "/metrics" || s.calledRightly(c.Request) {
		c.Next()
		return
	}
	w, key := s.Catalog.For(s.language(c)), "error.host"
	if loopback(strings.ToLower(s.Base.Hostname())) {
		key = "error.host-unset" // it would lead the caller to its own machine
	}
	c.Header("Cache-Control", "no-store")
	c.String(http.StatusMisdirectedRequest, "%s\n", w.T(key, "Base", s.Base.String()))
	c.Abort()
}

// calledRightly tells whether a request was meant for us. A proxy may put its own name
// for us in the place of the caller's: then what it forwards of the caller's counts. One
// on this machine is known by its address, any other because it is trusted.
func (s *Server) calledRightly(r *http.Request) bool {
	if s.named(nameOf(r.Host)) {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	from := peer.Addr().Unmap()
	if !s.trusts(from) && !(from.IsLoopback() && loopback(nameOf(r.Host))) {
		return false
	}
	forwarded, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Host"), ",")
	return forwarded == "" || s.named(nameOf(strings.TrimSpace(forwarded)))
}

// trusts tells whether an address is one of the proxies that are believed.
func (f *Frame) trusts(from netip.Addr) bool {
	for _, one := range f.TrustedProxies {
		if p, err := netip.ParsePrefix(one); err == nil && p.Contains(from) {
			return true
		}
		if a, err := netip.ParseAddr(one); err == nil && a.Unmap() == from {
			return true
		}
	}
	return false
}

// named tells whether a name is that of the base address. The names of this machine are
// one, so that whoever tries the program may type any of them.
func (f *Frame) named(name string) bool {
	own := strings.ToLower(f.Base.Hostname())
	return name == own || loopback(own) && loopback(name)
}

// nameOf is the name in a Host header, without its port.
func nameOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// loopback tells whether a name is one by which a machine calls itself.
func loopback(name string) bool { return name == "localhost" || name == "127.0.0.1" || name == "::1" }

// sameSite refuses state changes that another site caused: its Origin must be the base
// address, whatever the Host header says, since a proxy may have rewritten that. A
// browser that sends no Origin must say that the page was ours; one that says neither,
// with a cookie session, is refused too.
func (s *Server) sameSite(c *gin.Context) error {
	switch c.Request.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	site, origin := c.GetHeader("Sec-Fetch-Site"), c.GetHeader("Origin")
	ours := site == "same-origin" || site == "none"
	if origin == "null" && ours { // an extension took it away
		origin = ""
	}
	if (ours || site == "") && (origin == "" || s.ownOrigin(origin)) && site+origin != "" {
		return nil
	}
	return fault.New(fault.Forbidden, "fault.cross-site")
}

// ownOrigin tells whether an Origin header is that of the base address.
func (f *Frame) ownOrigin(origin string) bool {
	o, err := url.Parse(origin)
	return err == nil && o.Scheme == f.Base.Scheme && f.named(nameOf(o.Host)) && portOf(o) == portOf(f.Base)
}

// portOf is the port of an address, also where it is left out.
func portOf(u *url.URL) string {
	if port := u.Port(); port != "" || u.Scheme != "https" && u.Scheme != "http" {
		return port
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}
