// Package apptest runs a whole installation for the tests of pages: the real
// router over the real database, with the demo's people signed in.
package apptest

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"tsunagi/internal/access"
	"tsunagi/internal/app"
	"tsunagi/internal/demo"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/dbtest"
	"tsunagi/internal/org"
	"tsunagi/internal/web"
)

// Env is a running installation.
type Env struct {
	*app.App
	T testing.TB
	// Owner is the demo's owner, for calling rules directly.
	Owner access.Viewer
	Log   *bytes.Buffer
}

// Base is the address under which tests reach the pages.
const Base = "http://127.0.0.1:8080"

// New makes an installation with the demo's organisation and people, and nothing
// else. Workers do not run: tests call them.
func New(t testing.TB) *Env {
	t.Helper()
	return NewAt(t, app.Now)
}

// NewAt is New with a clock, and with other settings.
func NewAt(t testing.TB, now func() time.Time, changes ...func(*app.Config)) *Env {
	t.Helper()
	return newOn(t, mongodtest.URI(t), now, changes...)
}

// NewOn is New on a database server of the test's own.
func NewOn(t testing.TB, uri string) *Env {
	t.Helper()
	return newOn(t, uri, app.Now)
}

// NewWith is New with other settings.
func NewWith(t testing.TB, change func(*app.Config)) *Env {
	t.Helper()
	return newOn(t, mongodtest.URI(t), app.Now, change)
}

func newOn(t testing.TB, uri string, now func() time.Time, changes ...func(*app.Config)) *Env {
	t.Helper()
	base, _ := url.Parse(Base)
	var log bytes.Buffer
	cfg := app.Config{DatabaseURI: uri, DatabaseName: dbtest.Name(t, uri),
		Base: base, Mode: web.Demo, ServerKey: bytes.Repeat([]byte{1}, 32), TrailKeys: dbtest.Keys, MailFrom: "tsunagi@example.com", Now: now, PasswordCost: org.Cost{Passes: 1, Memory: 8},
		Log: slog.New(slog.NewTextHandler(&log, nil))}
	for _, change := range changes {
		change(&cfg)
	}
	a, err := app.New(context.Background(), cfg)
	if err != nil {
		t.Fatalf("start an installation: %v", err)
	}
	t.Cleanup(func() { _ = a.Close(context.Background()) })
	env := &Env{App: a, T: t, Log: &log}
	if env.Owner, err = demo.LoadPeople(context.Background(), a); err != nil {
		t.Fatalf("load the people: %v", err)
	}
	return env
}

// MovedTo makes an address the one by which the installation is called: where a test's
// own server listens.
func (e *Env) MovedTo(address string) {
	e.T.Helper()
	base, err := url.Parse(address)
	if err != nil {
		e.T.Fatal(err)
	}
	*e.Base = *base
}

// Client is a browser with cookies, speaking to the router without a network.
type Client struct {
	t       testing.TB
	handler http.Handler
	base    *url.URL
	log     *bytes.Buffer
	cookies map[string]string
	Header  http.Header // sent with every request
	From    string      // its network address and port; "" for one of httptest
}

// Browser is a client that nobody is signed in with.
func (e *Env) Browser() *Client {
	return &Client{t: e.T, handler: e.Web, base: e.Base, log: e.Log, cookies: map[string]string{}, Header: http.Header{"Accept-Language": {"ja"}}}
}

// As is a client signed in as the demo's user of a role.
func (e *Env) As(role access.Role) *Client {
	e.T.Helper()
	c := e.Browser()
	res := c.Post("/sign-in", url.Values{"email": {string(role) + "@example.jp"}, "password": {demo.Password}})
	if res.Code != http.StatusSeeOther {
		e.T.Fatalf("sign in as %s: %d %s\n%s", role, res.Code, res.Body, e.Log)
	}
	return c
}

// Cookies are those that the browser holds.
func (c *Client) Cookies() map[string]string { return maps.Clone(c.cookies) }

// SetCookies puts others in their place.
func (c *Client) SetCookies(cookies map[string]string) { c.cookies = maps.Clone(cookies) }

// Tab is the browser in another tab, for what happens at once.
func (c *Client) Tab() *Client {
	tab := *c
	tab.cookies, tab.Header = maps.Clone(c.cookies), c.Header.Clone()
	return &tab
}

// Get asks for a page.
func (c *Client) Get(path string) *httptest.ResponseRecorder {
	return c.Do(http.MethodGet, path, "", nil)
}

// Post sends a form as a browser of this site does.
func (c *Client) Post(path string, form url.Values) *httptest.ResponseRecorder {
	return c.Do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// JSON sends a script's request.
func (c *Client) JSON(method, path, body string) *httptest.ResponseRecorder {
	c.Header.Set("Accept", "application/json")
	defer c.Header.Del("Accept")
	return c.Do(method, path, "application/json", strings.NewReader(body))
}

// Upload sends a form with one file.
func (c *Client) Upload(path string, form url.Values, field, name string, content []byte) *httptest.ResponseRecorder {
	c.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for key, values := range form {
		for _, v := range values {
			_ = w.WriteField(key, v)
		}
	}
	if part, err := w.CreateFormFile(field, name); err == nil {
		_, _ = part.Write(content)
	}
	_ = w.Close()
	return c.Do(http.MethodPost, path, w.FormDataContentType(), &body)
}

// Do sends any request with the client's cookies.
func (c *Client) Do(method, path, contentType string, body io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, body)
	r.Host, r.RemoteAddr = c.base.Host, cmp.Or(c.From, r.RemoteAddr)
	for name, values := range c.Header {
		r.Header[name] = values
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if method != http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "" {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		if cookie.MaxAge < 0 {
			delete(c.cookies, cookie.Name)
		} else {
			c.cookies[cookie.Name] = cookie.Value
		}
	}
	return w
}

// Page asks for a page that must be there, and parses it.
func (c *Client) Page(path string) *goquery.Document {
	c.t.Helper()
	res := c.Get(path)
	for hops := 0; res.Code == http.StatusSeeOther && hops < 3; hops++ {
		res = c.Get(res.Header().Get("Location"))
	}
	if res.Code != http.StatusOK {
		c.t.Fatalf("GET %s: %d\n%s", path, res.Code, c.log)
	}
	return Parse(c.t, res)
}

// Parse reads a page of any status, and fails on a message that does not exist.
func Parse(t testing.TB, res *httptest.ResponseRecorder) *goquery.Document {
	t.Helper()
	if i := strings.Index(res.Body.String(), "⟦"); i >= 0 {
		t.Errorf("the page shows a message that does not exist: %.80s", res.Body.String()[i:])
	}
	if i := strings.Index(res.Body.String(), "&lt;no value&gt;"); i >= 0 {
		t.Errorf("the page shows a message without its value: …%s", res.Body.String()[max(0, i-80):i])
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(res.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
