package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tsunagi/internal/mongod"
	"tsunagi/internal/mongod/mongodtest"
)

// served is the program as a user runs it: a process of its own with its own database.
type served struct {
	t       *testing.T
	base    string
	data    string
	cmd     *exec.Cmd
	ended   chan struct{}
	out     *lines
	browser *http.Client
}

// lines is what a process prints, read while it does.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}
func (l *lines) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.text.String() }

// servedIn prepares the program on a data folder, in memory where there is such a place.
func servedIn(t *testing.T, settings ...string) *served {
	t.Helper()
	return servedOn(t, folder(t), settings...)
}

// folder is one for data, in memory where there is such a place.
func folder(t *testing.T) string {
	t.Helper()
	parent := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		parent = "/dev/shm"
	}
	data, err := os.MkdirTemp(parent, "tsunagi-machine-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	return data
}

// servedOn is the program on a folder of data.
func servedOn(t *testing.T, data string, settings ...string) *served {
	t.Helper()
	address := freeAddress(t)
	jar, _ := cookiejar.New(nil)
	s := &served{t: t, base: "http://" + address, data: data, browser: &http.Client{Jar: jar, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	s.start(settings...)
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.ended
		if pid := s.database(); pid != 0 {
			_ = syscall.Kill(pid, syscall.SIGCONT) // a frozen one does not hear that its parent is gone
		}
		s.noDatabase()
	})
	return s
}

// freeAddress is one at which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// readFrom is what is answered at an address, empty where nobody does.
func readFrom(url string) string {
	res, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	return string(body)
}

// start runs it and waits until it can write.
func (s *served) start(settings ...string) {
	s.t.Helper()
	binary, err := mongod.Find(os.Getenv("TSUNAGI_MONGOD"), mongodtest.Tools())
	if err != nil {
		s.t.Fatal(err)
	}
	as := "serve"
	if len(settings) > 0 && settings[0] == "demo" {
		as, settings = settings[0], settings[1:]
	}
	args := append([]string{as, "--listen", strings.TrimPrefix(s.base, "http://"), "--base-url", s.base, "--data", s.data, "--mongod", binary, "--mongodb-cache", "0.25"}, settings...)
	s.cmd = exec.Command(os.Args[0], args...)
	s.cmd.Env = append(os.Environ(), asCommand+"=1")
	s.out = &lines{}
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.ended = make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(s.cmd, s.ended)
	s.until("ready", func() bool { return s.status("/readyz") == http.StatusOK })
}

// until waits for something that must come.
func (s *served) until(what string, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain for: %s\n%s", what, s.out)
		}
	}
}

func (s *served) get(path string) (int, string) {
	res, err := s.browser.Get(s.base + path)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

func (s *served) status(path string) int {
	code, _ := s.get(path)
	return code
}

// send posts a body as a page of ours does.
func (s *served) send(path, kind string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequest(http.MethodPost, s.base+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "en")
	return s.browser.Do(r)
}

func (s *served) post(path string, form url.Values) int {
	s.t.Helper()
	res, err := s.send(path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// healthy asks by the command for containers: its exit code, and its one line.
func (s *served) healthy(code int, begins string) {
	s.t.Helper()
	stdout, stderr, got := command(s.t, "health", "--listen", strings.TrimPrefix(s.base, "http://"), "--data", filepath.Join(s.data, "nothing"))
	if line := stdout + stderr; got != code || !strings.HasPrefix(line, begins) || strings.Count(line, "\n") != 1 {
		s.t.Errorf("health: exit %d %q, want %d %q", got, line, code, begins)
	}
	if exists(filepath.Join(s.data, "nothing")) {
		s.t.Error("health made a folder")
	}
}

// makeOwner makes the first owner by the address that the start printed, and signs in.
func (s *served) makeOwner() {
	s.t.Helper()
	link := regexp.MustCompile(`/setup/\S+`).FindString(s.out.String())
	if code := s.post(link, url.Values{"organization": {"架空商事株式会社"}, "name": {"例 花子"}, "email": {"owner@example.jp"},
		"password": {"毎朝七時に工場を開けます"}}); code != http.StatusSeeOther {
		s.t.Fatalf("making the owner at %q: %d\n%s", link, code, s.out)
	}
}

// database is the process of the managed database, 0 when there is none on file.
func (s *served) database() int {
	raw, _ := os.ReadFile(filepath.Join(s.data, "mongod", "pid"))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(raw)))
	return pid
}

func (s *served) signalDatabase(sig syscall.Signal) {
	s.t.Helper()
	if err := syscall.Kill(s.database(), sig); err != nil {
		s.t.Fatal(err)
	}
}

// noDatabase waits until no process of the database is left.
func (s *served) noDatabase() {
	s.t.Helper()
	pid := s.database()
	s.until("the end of the database", func() bool { return pid == 0 || syscall.Kill(pid, 0) != nil })
}

// told stops it as a service manager does, and gives its exit code.
func (s *served) told() int {
	s.t.Helper()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(30 * time.Second):
		_ = s.cmd.Process.Kill()
		s.t.Fatalf("it does not end within 30 s of SIGTERM, after which a service manager kills\n%s", s.out)
	}
	return s.cmd.ProcessState.ExitCode()
}

// silentMail is a mail server that takes connections, and answers only once it is told to.
type silentMail struct {
	*mailServer
	url    string
	called chan struct{}
}

func startSilent(t *testing.T) (quiet *silentMail, speak func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	quiet = &silentMail{mailServer: &mailServer{}, called: make(chan struct{}, 99)}
	behind := strings.TrimSuffix(strings.TrimPrefix(quiet.start(t), "smtp://"), "?tls=none")
	quiet.url = "smtp://" + l.Addr().String() + "?tls=none"
	var mu sync.Mutex
	speaks := false
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			now := speaks
			mu.Unlock()
			quiet.called <- struct{}{}
			if !now {
				continue // it stays open, and silent
			}
			go func() {
				there, err := net.Dial("tcp", behind)
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(there, c); _ = there.Close() }()
				_, _ = io.Copy(c, there)
				_ = c.Close()
			}()
		}
	}()
	return quiet, func() { mu.Lock(); defer mu.Unlock(); speaks = true }
}

// halfAnUpload sends the first half of a list; what is answered comes later.
func (s *served) halfAnUpload() (answer func() (int, string)) {
	s.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, _ := w.CreateFormFile("file", "list.csv")
	_, _ = fmt.Fprint(part, "code,name\n", strings.Repeat("G1,架空精工株式会社\n", 99))
	body, send := io.Pipe()
	type got struct {
		code int
		text string
	}
	answered := make(chan got, 1)
	go func() {
		res, err := s.send("/suppliers/import", w.FormDataContentType(), body)
		if err != nil {
			answered <- got{0, err.Error()}
			return
		}
		defer func() { _ = res.Body.Close() }()
		text, _ := io.ReadAll(bufio.NewReader(res.Body))
		answered <- got{res.StatusCode, string(text)}
	}()
	if _, err := send.Write(form.Bytes()); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = send.Close() })
	return func() (int, string) {
		// A client that gets no answer waits for the rest of what it sends, for ever.
		late := time.AfterFunc(15*time.Second, func() { _ = send.CloseWithError(errors.New("no answer came")) })
		defer late.Stop()
		a := <-answered
		return a.code, a.text
	}
}

// TestWhatHappensToTheMachine runs the program through what happens to machines: its
// database is killed, it is killed itself while a mail hangs, and it is told to stop while
// an upload and a mail hang.
func TestWhatHappensToTheMachine(t *testing.T) {
	t.Parallel()
	mails, speak := startSilent(t)
	metrics := freeAddress(t)
	settings := []string{"--smtp-url", mails.url, "--mail-from", "survey@example.com", "--metrics-listen", metrics}
	s := servedIn(t, settings...)
	s.makeOwner()

	s.healthy(0, "ready")
	if !strings.Contains(s.out.String(), `msg="this is Tsunagi" version=dev data=`) {
		t.Errorf("the log does not say what runs:\n%s", s.out)
	}
	old := s.database()
	s.signalDatabase(syscall.SIGKILL)
	s.until("word of the database's end", func() bool { return strings.Contains(s.out.String(), "the database process ended") })
	if !strings.Contains(s.out.String(), "signal: killed: by somebody, or by the system for lack of memory") {
		t.Errorf("the log does not say how it ended:\n%s", s.out)
	}
	if code := s.status("/suppliers"); code != http.StatusServiceUnavailable { // it waits half a second at least
		t.Errorf("a page while the database is started again: %d, want 503", code)
	}
	s.healthy(1, "tsunagi: not ready: database is failing (the database process ended")
	s.until("a page again", func() bool { return s.status("/suppliers") == http.StatusOK })
	if s.database() == old {
		t.Error("the database is the one that was killed")
	}

	if code := s.post("/forgot", url.Values{"email": {"owner@example.jp"}}); code >= http.StatusBadRequest {
		t.Fatalf("ask for a mail: %d", code)
	}
	<-mails.called // it hangs with the mail leased for two minutes
	upload := filepath.Join(s.data, "run")
	s.halfAnUpload()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	s.noDatabase()
	speak()
	s.start(settings...)
	s.until("the mail of the killed process", func() bool { return strings.Contains(mails.heard(), "DATA") })
	for _, want := range []string{`tsunagi_mails_total{verdict="sent"} 1`, `tsunagi_leases_lost_total{of="mails"} 1`, "tsunagi_database_up 1"} {
		s.until(want+" at --metrics-listen", func() bool { return strings.Contains(readFrom("http://"+metrics+"/metrics"), want) })
	}
	if details := readFrom("http://" + metrics + "/readyz"); !strings.Contains(details, `{"status":"ready","version":"dev","components":[{"name":"database","state":"ok"}`) {
		t.Errorf("/readyz at --metrics-listen: %s", details)
	}
	if left, err := os.ReadDir(upload); err != nil || len(left) != 1 {
		t.Errorf("%d processes have files in %s, %v; want the one that runs", len(left), upload, err)
	}

	answer := s.halfAnUpload()
	time.Sleep(time.Second) // until the program holds what was sent: else the end tears the line
	if code := s.told(); code != 0 {
		t.Errorf("told to stop, it ends with %d\n%s", code, s.out)
	}
	if code, text := answer(); code != http.StatusServiceUnavailable || !strings.Contains(text, "being restarted") {
		t.Errorf("the upload that was under way: %d %s; want to be told that it was broken off", code, text)
	}
	s.noDatabase()
	s.healthy(1, "tsunagi: nobody answers at 127.0.0.1:")
	if left, err := os.ReadDir(upload); err != nil || len(left) != 0 {
		t.Errorf("%d folders of processes are left (%v)", len(left), err)
	}
}

// TestNothingKeepsItFromStopping: a database that is frozen, and a mail server that hangs.
func TestNothingKeepsItFromStopping(t *testing.T) {
	t.Parallel()
	mails, _ := startSilent(t)
	s := servedIn(t, "--smtp-url", mails.url, "--mail-from", "survey@example.com")
	s.makeOwner()
	if code := s.post("/forgot", url.Values{"email": {"owner@example.jp"}}); code >= http.StatusBadRequest {
		t.Fatalf("ask for a mail: %d", code)
	}
	<-mails.called
	s.signalDatabase(syscall.SIGSTOP)
	if code := s.told(); code != 0 {
		t.Errorf("told to stop, it ends with %d\n%s", code, s.out)
	}
	s.noDatabase()
}
