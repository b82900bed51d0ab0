package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tsunagi/internal/demo"
)

// answering is a supplier with a link, in a browser of its own.
type answering struct {
	*served
	link, id string
}

// links are those that the built-in mailbox has.
func (s *served) links() []string {
	s.t.Helper()
	_, box := s.get("/mailbox")
	found := map[string]bool{}
	for _, mail := range regexp.MustCompile(`/mailbox/[\w:.-]+`).FindAllString(box, -1) {
		_, page := s.get(mail)
		if link := regexp.MustCompile(`/r/[^"<\s]+`).FindString(page); link != "" {
			found[link] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// open opens a link, and tells whether it leads anywhere.
func (s *served) open(link string) (*answering, bool) {
	jar, _ := cookiejar.New(nil)
	own := *s
	own.browser = &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: s.browser.CheckRedirect}
	res, err := own.send(link+"/start", "application/x-www-form-urlencoded", nil)
	if err != nil {
		return nil, false
	}
	_ = res.Body.Close()
	id, _, _ := strings.Cut(strings.TrimPrefix(link, "/r/"), ".")
	return &answering{served: &own, link: link, id: id}, res.StatusCode == http.StatusSeeOther
}

// save saves an answer that knows of n before it, and gives the status and the counter.
func (a *answering) save(n int) (code, now int) {
	value := []string{"done", "not-done"}[n%2]
	res, err := a.send("/a/"+a.id+"/answers/updates", "application/json", strings.NewReader(fmt.Sprintf(`{"value":%q,"n":%d}`, value, n)))
	if err != nil {
		return 0, 0
	}
	defer func() { _ = res.Body.Close() }()
	var said struct{ N int }
	raw, _ := io.ReadAll(res.Body)
	_ = json.Unmarshal(raw, &said)
	return res.StatusCode, said.N
}

// writes saves until the channel is closed, and notes each counter with the time at which
// it was acknowledged.
func (a *answering) writes(stop <-chan struct{}) map[int]time.Time {
	acked := map[int]time.Time{}
	_, n := a.save(0)
	for {
		select {
		case <-stop:
			return acked
		default:
		}
		if code, now := a.save(n); code == http.StatusOK {
			n, acked[now] = now, time.Now()
		} else if code == http.StatusConflict {
			n = now
		}
	}
}

// pointOf is the moment that a backup says it is of.
func pointOf(t *testing.T, said string) time.Time {
	t.Helper()
	m := regexp.MustCompile(`everything until (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) `).FindStringSubmatch(said)
	if m == nil {
		t.Fatalf("the backup says %q", said)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", m[1], time.Local)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestTheServerIsLost is the disaster: while suppliers save, a backup is made; the machine
// dies. On another one everything that was acknowledged before the point is there, verify
// finds nothing, suppliers' old links lead on, and no mail leaves until that is confirmed.
// To rehearse it often: go test ./cmd/tsunagi -run TestTheServerIsLost -count 20
func TestTheServerIsLost(t *testing.T) {
	lost := servedIn(t, "demo")
	lost.until("the demo is loaded", func() bool { return strings.Contains(lost.out.String(), "Tsunagi is at") })
	var people []*answering
	for _, link := range lost.links() {
		if a, ok := lost.open(link); ok && len(people) < 4 {
			if code, _ := a.save(0); code == http.StatusOK || code == http.StatusConflict {
				people = append(people, a)
			}
		}
	}
	if len(people) == 0 {
		t.Fatal("nobody of the demo can answer")
	}
	stop, acks := make(chan struct{}), make([]map[int]time.Time, len(people))
	var all sync.WaitGroup
	for i, a := range people {
		all.Go(func() { acks[i] = a.writes(stop) })
	}
	time.Sleep(1500 * time.Millisecond)
	file := filepath.Join(t.TempDir(), "backup")
	out, problems, code := command(t, "backup", "--data", lost.data, "--passphrase-file", passphrase(t), file)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, problems)
	}
	point := pointOf(t, out)
	time.Sleep(300 * time.Millisecond)
	_ = lost.cmd.Process.Signal(syscall.SIGKILL)
	close(stop)
	all.Wait()
	lost.noDatabase()

	found := another(t, file)
	for i, a := range people {
		want := 0
		for n, at := range acks[i] {
			if at.Before(point) {
				want = max(want, n)
			}
		}
		again, ok := found.open(a.link)
		if !ok {
			t.Errorf("the link %s leads nowhere", a.link)
			continue
		}
		if _, got := again.save(0); got < want || want < 2 {
			t.Errorf("%s: answer %d was acknowledged before the point, and %d is there", a.id, want, got)
		}
	}
	released(t, found)
}

func passphrase(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(file, []byte("朝早く起きて畑に水をやる\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// another is a machine on which a backup is restored, verified and served.
func another(t *testing.T, file string) *served {
	t.Helper()
	data := folder(t)
	settings := []string{"--data", data, "--mongodb-cache", "0.25"}
	run := func(args ...string) (string, string, int) { return command(t, append(args, settings...)...) }
	if _, problems, code := run("restore", file); code == 0 || !strings.Contains(problems, "--passphrase-file") {
		t.Errorf("without the passphrase: exit %d, %s", code, problems)
	}
	out, problems, code := run("restore", "--passphrase-file", passphrase(t), file)
	if code != 0 || !strings.Contains(out, "release-mail") || !strings.Contains(out, "server.key, trail.keys") {
		t.Fatalf("restore: exit %d, %s %s", code, out, problems)
	}
	if out, problems, code := run("audit", "verify"); code != 0 || !strings.Contains(out, "files are as they were written") {
		t.Errorf("verify: exit %d, %s %s", code, out, problems)
	}
	return servedOn(t, data)
}

// released looks at the banner, and confirms that mail may leave.
func released(t *testing.T, s *served) {
	t.Helper()
	if code := s.post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {demo.Password}}); code != http.StatusSeeOther {
		t.Fatalf("sign in: %d", code)
	}
	const held = "release-mail"
	for _, path := range []string{"/", "/suppliers", "/settings"} {
		if _, page := s.get(path); !strings.Contains(page, held) {
			t.Errorf("%s does not say that mail is held", path)
		}
	}
	out, problems, code := command(t, "admin", "release-mail", "--data", s.data)
	if code != 0 || !strings.Contains(out, "Mail leaves again") {
		t.Fatalf("exit %d: %s %s", code, out, problems)
	}
	s.until("no banner", func() bool { _, page := s.get("/suppliers"); return !strings.Contains(page, held) })
	if out, _, code = command(t, "admin", "release-mail", "--data", s.data); code != 0 || !strings.Contains(out, "not held") {
		t.Errorf("again: exit %d, %s", code, out)
	}
	if _, page := s.get("/trail"); !strings.Contains(page, "復元") {
		t.Error("the trail does not tell of the restore")
	}
}
