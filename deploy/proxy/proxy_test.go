//go:build proxy

// Package proxy_test puts the program behind the proxies whose configurations lie here, as
// they are written but for names, ports and the certificate: make test-proxy, with Debian's
// packages.
package proxy_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tsunagi/internal/demo"
)

// frontend is one of the proxies.
type frontend struct {
	file      string
	redirects bool // from http, by a part of its configuration
	// wrap makes what its program reads of the configuration, as Debian does around it.
	wrap func(dir, site string) string
	run  func(dir, conf string) []string
	edit func(site string, s stand) string
}

// stand is where one of them stands in a test.
type stand struct{ http, https, inside, cert, key string }

var frontends = map[string]frontend{
	"nginx": {file: "nginx.conf", redirects: true,
		wrap: func(dir, site string) string {
			return fmt.Sprintf(`daemon off; pid %[1]s/pid; error_log stderr; worker_processes 1; user root;
events {}
http {
	include /etc/nginx/mime.types; gzip on; access_log off; ssl_protocols TLSv1.2 TLSv1.3;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
%[2]s}
`, dir, site)
		},
		run: func(dir, conf string) []string { return []string{"/usr/sbin/nginx", "-p", dir, "-c", conf} },
		edit: func(site string, s stand) string {
			site = regexp.MustCompile(`(?m)^\tlisten \[::\].*\n`).ReplaceAllString(site, "")
			return strings.NewReplacer("listen 80;", "listen 127.0.0.1:"+s.http+";", "listen 443 ", "listen 127.0.0.1:"+s.https+" ").Replace(site)
		}},
	"apache": {file: "apache.conf", redirects: true,
		wrap: func(dir, site string) string {
			var modules string
			for _, m := range []string{"mpm_event", "authz_core", "filter", "deflate", "reqtimeout", "socache_shmcb", "ssl", "alias", "env", "headers", "proxy", "proxy_http"} {
				modules += "LoadModule " + m + "_module /usr/lib/apache2/modules/mod_" + m + ".so\n"
			}
			return fmt.Sprintf("ServerRoot %[1]s\nPidFile %[1]s/pid\nServerName localhost\nErrorLog %[1]s/error.log\nDefaultRuntimeDir %[1]s\n%[2]s"+
				"RequestReadTimeout header=20-40,minrate=500\nRequestReadTimeout body=10,minrate=500\nAddOutputFilterByType DEFLATE text/html text/css\nUser www-data\nGroup www-data\n%[3]s", dir, modules, site)
		},
		run: func(dir, conf string) []string { return []string{"/usr/sbin/apache2", "-D", "FOREGROUND", "-f", conf} },
		edit: func(site string, s stand) string {
			site = strings.NewReplacer("<VirtualHost *:80>", "<VirtualHost *:"+s.http+">", "<VirtualHost *:443>", "<VirtualHost *:"+s.https+">",
				"https://survey.example.com/", "https://survey.example.com:"+s.https+"/").Replace(site)
			return "Listen 127.0.0.1:" + s.http + "\nListen 127.0.0.1:" + s.https + "\n" + site
		}},
	"caddy": {file: "Caddyfile",
		wrap: func(_, site string) string {
			return "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + site
		},
		run: func(_, conf string) []string {
			return []string{"/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", conf}
		},
		edit: editCaddy},
	"caddy before two": {file: "../Caddyfile",
		wrap: func(_, site string) string {
			return "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + strings.ReplaceAll(site, "app2:8080", "127.0.0.1:9") // which is being started
		},
		run: func(_, conf string) []string {
			return []string{"/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", conf}
		},
		edit: editCaddy},
}

func editCaddy(site string, s stand) string {
	site = strings.NewReplacer("survey.example.com {", "https://localhost:"+s.https+" {\n\ttls "+s.cert+" "+s.key, "app1:8080", "127.0.0.1:8080").Replace(site)
	return site
}

// site is a proxy with the program behind it, and a browser before it.
type site struct {
	*testing.T
	stand
	dir, base string
	app       *exec.Cmd
	out       *output
	browser   *http.Client
}

type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}
func (o *output) String() string { o.mu.Lock(); defer o.mu.Unlock(); return o.text.String() }

func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, p, _ := net.SplitHostPort(l.Addr().String())
	return p
}

// certificate makes one for localhost, and the file names of it and its key.
func certificate(t *testing.T, dir string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for path, block := range map[string][]byte{cert: certPEM, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})} {
		if err := os.WriteFile(path, block, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return cert, key, pool
}

// client is a browser that calls from an address of this machine, over HTTP/2 where the
// proxy speaks it.
func client(from string, pool *x509.CertPool) *http.Client {
	jar, _ := cookiejar.New(nil)
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true,
			DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
				_, p, _ := net.SplitHostPort(address)
				return dialer.DialContext(ctx, "tcp4", "127.0.0.1:"+p)
			}}}
}

// open starts the program with invented data, and the proxy.
func open(t *testing.T, f frontend) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{T: t, dir: dir, out: &output{}}
	var pool *x509.CertPool
	s.stand = stand{http: port(t), https: port(t), inside: port(t)}
	s.cert, s.key, pool = certificate(t, dir)
	s.base = "https://localhost:" + s.https
	s.browser = client("127.0.0.9", pool)
	s.startApp()
	raw, err := os.ReadFile(f.file)
	if err != nil {
		t.Fatal(err)
	}
	text := f.edit(string(raw), s.stand)
	text = strings.NewReplacer("127.0.0.1:8080", "127.0.0.1:"+s.inside, "survey.example.com", "localhost",
		"/etc/ssl/certs/survey.example.com.pem", s.cert, "/etc/ssl/private/survey.example.com.key", s.key).Replace(text)
	conf := filepath.Join(dir, "conf")
	if err := os.WriteFile(conf, []byte(f.wrap(dir, text)), 0o600); err != nil {
		t.Fatal(err)
	}
	command := f.run(dir, conf)
	s.start(command, "HOME="+dir)
	s.until("a page", func() bool { return s.status("/sign-in") == http.StatusOK })
	return s
}

// start runs a process until the test ends.
func (s *site) start(command []string, env ...string) *exec.Cmd {
	s.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), s.out, s.out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { stop(cmd) })
	return cmd
}

func stop(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
}

// startApp starts the program anew, on the same data.
func (s *site) startApp() {
	s.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		s.Fatal(err)
	}
	mongod := os.Getenv("TSUNAGI_MONGOD")
	if mongod == "" {
		mongod = filepath.Join(root, ".tools/mongod")
	}
	s.app = s.start([]string{filepath.Join(root, "bin/tsunagi"), "demo", "--data", filepath.Join(s.dir, "data"), "--listen", "127.0.0.1:" + s.inside,
		"--base-url", s.base, "--trusted-proxies", "127.0.0.1", "--mongod", mongod, "--mongodb-cache", "0.25"})
	s.until("the program", func() bool {
		res, err := http.Get("http://127.0.0.1:" + s.inside + "/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

func (s *site) until(what string, holds func() bool) {
	s.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("waited in vain for %s\n%s", what, s.out)
		}
	}
}

// do sends a request as a browser does, and reads the answer.
func (s *site) do(method, path, kind string, body io.Reader, headers ...string) (*http.Response, string) {
	s.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = s.base + path
	}
	r, err := http.NewRequestWithContext(s.Context(), method, address, body)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Accept-Language", "en")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", s.base)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.browser.Do(r)
	if err != nil {
		return &http.Response{Header: http.Header{}}, err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return res, err.Error()
	}
	return res, string(text)
}

func (s *site) get(path string, headers ...string) (*http.Response, string) {
	s.Helper()
	return s.do(http.MethodGet, path, "", nil, headers...)
}

func (s *site) status(path string) int {
	s.Helper()
	res, _ := s.get(path)
	return res.StatusCode
}

func (s *site) post(path string, form url.Values, headers ...string) (*http.Response, string) {
	s.Helper()
	return s.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), headers...)
}

func (s *site) signIn(email, password string, headers ...string) int {
	s.Helper()
	res, _ := s.post("/sign-in", url.Values{"email": {email}, "password": {password}}, headers...)
	return res.StatusCode
}

// document is a PDF of a size: an empty page, and much that is not shown.
func document(size int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	filling := strings.Repeat("0123456789", size/10-100)
	var at []int
	for i, object := range []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(filling), filling)} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := b.Len()
	b.WriteString("xref\n0 5\n0000000000 65535 f \n")
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", table)
	return b.Bytes()
}

// upload sends a file of a size by the form of a request, and tells the status and page.
func (s *site) upload(request string, size int) (int, string, [32]byte) {
	s.Helper()
	path := request + "/evidence/new?kind=policy"
	_, page := s.get(path)
	_, page, _ = strings.Cut(page, `enctype="multipart/form-data"`)
	page, _, _ = strings.Cut(page, "</form>")
	file := document(size)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		_ = w.WriteField(m[1], m[2])
	}
	part, _ := w.CreateFormFile("file", "規程.pdf")
	_, _ = part.Write(file)
	_ = w.Close()
	res, text := s.do(http.MethodPost, path, w.FormDataContentType(), &form)
	return res.StatusCode, text, sha256.Sum256(file)
}

// request opens a supplier's request by the link in its mail, and gives its address.
func (s *site) request() (link, request string) {
	s.Helper()
	_, box := s.get("/mailbox?recipient=&lang=ja")
	for _, m := range regexp.MustCompile(`href="(/mailbox/(?:request|reminder)[^"]*)"`).FindAllStringSubmatch(box, -1) {
		_, mail := s.get(m[1])
		link = regexp.MustCompile(regexp.QuoteMeta(s.base) + `(/r/[^"<\s]+)`).FindString(mail)
		if link = strings.TrimPrefix(link, s.base); link == "" {
			continue
		}
		res, _ := s.post(link+"/start", nil)
		at := regexp.MustCompile(`^/a/[^/?]+`).FindString(res.Header.Get("Location"))
		if _, page := s.get(at + "/evidence/new?kind=policy"); strings.Contains(page, "multipart/form-data") {
			return link, at
		}
	}
	s.Fatalf("no request can be opened from the mailbox\n%.2000s", box)
	return "", ""
}

func TestBehindProxies(t *testing.T) {
	for name, f := range frontends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, f)
			s.redirects(f)
			s.addresses()
			link, request := s.request()
			s.packing(link)
			s.files(request)
			s.restart()
		})
	}
}

// redirects: who comes by http is led to https.
func (s *site) redirects(f frontend) {
	s.Helper()
	if !f.redirects {
		return
	}
	res, _ := s.get("http://localhost:" + s.http + "/sign-in")
	if at := res.Header.Get("Location"); res.StatusCode != http.StatusMovedPermanently || !strings.HasPrefix(at, "https://localhost") || !strings.HasSuffix(at, "/sign-in") {
		s.Errorf("by http: %d to %q", res.StatusCode, at)
	}
}

// addresses: the trail has the caller's address, whatever the caller says it is.
func (s *site) addresses() {
	s.Helper()
	if code := s.signIn("owner@example.jp", "wrong", "X-Forwarded-For", "203.0.113.7", "Forwarded", "for=203.0.113.7", "X-Real-Ip", "203.0.113.7"); code == http.StatusSeeOther {
		s.Fatal("signed in with a wrong password")
	}
	if code := s.signIn("owner@example.jp", demo.Password); code != http.StatusSeeOther {
		s.Fatalf("sign in: %d\n%s", code, s.out)
	}
	_, trail := s.get("/trail")
	if !strings.Contains(trail, "127.0.0.9") || strings.Contains(trail, "203.0.113.7") {
		s.Errorf("the trail has the caller's address: %v, a forged one: %v", strings.Contains(trail, "127.0.0.9"), strings.Contains(trail, "203.0.113.7"))
	}
}

// packing: a page is packed by the program, one with a link in it by nobody.
func (s *site) packing(link string) {
	s.Helper()
	for path, want := range map[string]string{"/suppliers": "gzip", link: ""} {
		res, _ := s.get(path, "Accept-Encoding", "gzip, br, zstd, deflate")
		if got := res.Header.Get("Content-Encoding"); res.StatusCode != http.StatusOK || got != want {
			s.Errorf("%.9s: %d packed as %q, want %q", path, res.StatusCode, got, want)
		}
	}
}

// files: 20 MB come in and go out again, however slowly; more is refused in words of the
// program, and much more by the proxy.
func (s *site) files(request string) {
	s.Helper()
	code, page, sum := s.upload(request, 20<<20-100)
	if code != http.StatusSeeOther {
		s.Fatalf("20 MB: %d\n%.3000s", code, page)
	}
	if code, page, _ := s.upload(request, 23<<20); !strings.Contains(page, "20 MB") {
		s.Errorf("23 MB: %d, and no word of the limit:\n%.1000s", code, page)
	}
	if code, _, _ := s.upload(request, 40<<20); code == http.StatusSeeOther || code == http.StatusOK {
		s.Errorf("40 MB: %d", code)
	}
	_, list := s.get(request + "/evidence")
	files := regexp.MustCompile(`/a/[^"]+/evidence/[^"/]+/file`).FindAllString(list, -1)
	if len(files) == 0 {
		s.Fatalf("no file to download\n%.3000s", list)
	}
	s.slowly(files[len(files)-1], sum)
}

// slowly downloads a file for longer than any proxy waits by default.
func (s *site) slowly(path string, want [32]byte) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.base+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	res, err := s.browser.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	sum, begun := sha256.New(), time.Now()
	for n := int64(0); err == nil; {
		var k int64
		k, err = io.CopyN(sum, res.Body, 64<<10)
		n += k
		time.Sleep(time.Duration(n)*70*time.Second/(20<<20) - time.Since(begun))
	}
	if err != io.EOF || [32]byte(sum.Sum(nil)) != want {
		s.Errorf("the download ended after %v with %v, and is the file: %v", time.Since(begun), err, [32]byte(sum.Sum(nil)) == want)
	}
}

// restart: pages are there again soon after the program is.
func (s *site) restart() {
	s.Helper()
	stop(s.app)
	if code := s.status("/healthz"); code == http.StatusOK {
		s.Errorf("a page of a program that does not run: %d", code)
	}
	s.startApp()
	begun := time.Now()
	s.until("a page after the restart", func() bool { return s.status("/healthz") == http.StatusOK })
	if took := time.Since(begun); took > 10*time.Second {
		s.Errorf("%v from the program's start until the proxy asks it again", took)
	}
}
