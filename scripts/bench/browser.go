package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// browser asks as a person's browser does: over HTTP, with cookies, and it looks at
// where a form leads instead of following.
type browser struct {
	base   string
	client *http.Client
}

func newBrowser(base string) *browser {
	jar, _ := cookiejar.New(nil) // errs only with options
	return &browser{base: base, client: &http.Client{Jar: jar, Transport: &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is what came back, read to its end.
type answer struct {
	body []byte
	to   string // where it leads
}

func (c *browser) do(method, path, contentType string, body io.Reader) (answer, error) {
	r, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return answer{}, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "ja")
	res, err := c.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{body: raw, to: strings.TrimPrefix(res.Header.Get("Location"), c.base)}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusSeeOther {
		return a, fmt.Errorf("%s %s: status %d: %.300s", method, path, res.StatusCode, errorOf(raw))
	}
	return a, nil
}

// errorOf is what a page says went wrong.
func errorOf(page []byte) string {
	if i := bytes.Index(page, []byte(`role="alert"`)); i >= 0 {
		page = page[i:]
	}
	return string(page)
}

func (c *browser) get(path string) (answer, error) {
	return c.do(http.MethodGet, path, "", http.NoBody)
}

// post sends a form that must lead somewhere.
func (c *browser) post(path string, form url.Values) (answer, error) {
	return c.lead(c.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode())))
}

// upload sends a form with one file, after its other fields by name and value in turn.
func (c *browser) upload(path, name string, content []byte, fields ...string) (answer, error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			return answer{}, err
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		return answer{}, err
	}
	if _, err := part.Write(content); err != nil {
		return answer{}, err
	}
	if err := w.Close(); err != nil {
		return answer{}, err
	}
	return c.lead(c.do(http.MethodPost, path, w.FormDataContentType(), &body))
}

func (c *browser) lead(a answer, err error) (answer, error) {
	if err == nil && a.to == "" {
		err = fmt.Errorf("the form came back: %.300s", errorOf(a.body))
	}
	return a, err
}

// save gives one answer as the page's script does.
func (c *browser) save(path string) error {
	_, err := c.do(http.MethodPost, path, "application/json", strings.NewReader(`{"value":"done","n":0}`))
	return err
}

// cookie is the cookie of the site whose name begins so, as a request carries it.
func (c *browser) cookie(begins string) string {
	at, err := url.Parse(c.base)
	if err != nil {
		return ""
	}
	for _, cookie := range c.client.Jar.Cookies(at) {
		if strings.HasPrefix(cookie.Name, begins) {
			return cookie.Name + "=" + cookie.Value
		}
	}
	return ""
}
