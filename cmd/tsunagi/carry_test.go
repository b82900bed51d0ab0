package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tsunagi/internal/notify"
)

// TestCommandsBesideAServingProcess: what an administrator calls for is done by the process
// that serves, and without one by the command itself; a socket that a killed process left
// is in nobody's way.
func TestCommandsBesideAServingProcess(t *testing.T) {
	t.Parallel()
	s := servedIn(t)
	s.makeOwner()
	beside := func(args ...string) (string, string, int) {
		t.Helper()
		return command(t, append(args, "--data", s.data)...)
	}
	wants := func(when, want string, args ...string) {
		t.Helper()
		if stdout, stderr, code := beside(args...); code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%s: %v: exit %d\n%s%s", when, args, code, stdout, stderr)
		}
	}
	mails := &mailServer{}
	wants("beside", "database takes writes", "check")
	wants("beside, with other mail settings", "yours are tried here", "check", "--smtp-url", mails.start(t), "--mail-from", "survey@example.jp")
	if !strings.Contains(mails.heard(), "MAIL survey@example.jp") {
		t.Errorf("the server that was named heard %q", mails.heard())
	}
	wants("beside", "rows hold", "audit", "verify")
	wants("beside", "other@example.jp is now owner of 架空物流株式会社", "admin", "create-owner", "--organization", "架空物流株式会社",
		"--name", "例 次郎", "--email", "other@example.jp", "--owner-password", "毎朝八時に工場を開けます")
	if _, stderr, code := beside("admin", "create-owner", "--organization", "x", "--name", "x", "--email", "bad", "--owner-password", "x"); code == 0 || stderr == "" {
		t.Errorf("an error of the process: exit %d %q", code, stderr)
	}
	s.rescueTheOwner(wants)
	if left, err := os.ReadDir(filepath.Join(s.data, runDir)); err != nil || len(left) != 1 {
		t.Errorf("%d processes have opened the data (%v); want the one that serves", len(left), err)
	}
	if said := s.out.String(); !strings.Contains(said, "was carried out") || strings.Contains(said, "八時") {
		t.Errorf("the log tells of commands, and of no password:\n%s", said)
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	s.noDatabase()
	wants("after the process was killed", "database takes writes", "check")
}

// rescueTheOwner is the story of an only owner who forgot the password, where no mail leaves.
func (s *served) rescueTheOwner(wants func(when, want string, args ...string)) {
	s.t.Helper()
	signIn := func(password string) int {
		return s.post("/sign-in", url.Values{"email": {"owner@example.jp"}, "password": {password}})
	}
	signedIn := func(when string, want bool) {
		s.t.Helper()
		if got := s.status("/suppliers") == http.StatusOK; got != want {
			s.t.Errorf("%s: signed in %v, want %v", when, got, want)
		}
	}
	signedIn("at first", true)
	stdout, stderr, _ := command(s.t, "admin", "reset-link", "owner@example.jp", "--data", s.data)
	link := regexp.MustCompile(`/reset/\S+`).FindString(stdout)
	const chosen = "夕方六時に工場を閉めます"
	for _, want := range []int{http.StatusSeeOther, http.StatusGone} { // once
		if code := s.post(link, url.Values{"password": {chosen}}); code != want {
			s.t.Errorf("the link %q: %d, want %d\n%s%s", link, code, want, stdout, stderr)
		}
	}
	signedIn("after the new password", false)
	if code := signIn(chosen); code != http.StatusSeeOther {
		s.t.Errorf("sign in with it: %d", code)
	}
	signedIn("with it", true)
	wants("revoke", "1 session ended", "admin", "revoke-sessions", "owner@example.jp")
	signedIn("after the sessions were ended", false)
	stdout, _, _ = command(s.t, "admin", "reset-link", "owner@example.jp", "--data", s.data)
	wants("rotate", "0 suppliers of 0", "admin", "rotate-server-key", "--send-again")
	if code := s.status(regexp.MustCompile(`/reset/\S+`).FindString(stdout)); code != http.StatusGone {
		s.t.Errorf("a link of the earlier key: %d", code)
	}
	wants("revoke links", "0 links are dead", "admin", "revoke-links", "--all")
	wants("requeue mail", "No mail", "admin", "requeue", "mail")
	wants("requeue jobs", "No work", "admin", "requeue", "jobs")
	wants("another owner", "/reset/", "admin", "make-owner", "second@example.jp", "--organization", "架空商事株式会社", "--name", "例 次郎")
	signIn(chosen)
	wants("lock", "1 session ended", "admin", "lock", "owner@example.jp")
	signedIn("locked", false)
	if code := signIn(chosen); code == http.StatusSeeOther {
		s.t.Error("a locked account signs in")
	}
	wants("list", "locked since", "admin", "list")
	wants("unlock", "is unlocked", "admin", "unlock", "owner@example.jp")
	if code := signIn(chosen); code != http.StatusSeeOther {
		s.t.Errorf("unlocked: %d", code)
	}
}

// TestACommandSaysWhatKeepsItsMails: none says that a mail leaves where none does.
func TestACommandSaysWhatKeepsItsMails(t *testing.T) {
	paused := notify.Pause{Since: time.Now(), Cause: notify.CauseQuota}
	for name, c := range map[string]struct {
		served, held bool
		pause        notify.Pause
		want         string
	}{
		"nothing":             {served: true, want: ""},
		"no server":           {pause: paused, want: "--smtp-url"},
		"a restore":           {served: true, held: true, pause: paused, want: "admin release-mail"},
		"a restore, unserved": {held: true, want: "admin release-mail"},
		"a pause":             {served: true, pause: paused, want: "quota"},
	} {
		if got := keepsMail(c.served, c.held, c.pause); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFailedMailsAreMeantByTheirReason(t *testing.T) {
	refused := notify.FailureGroup{Failure: notify.Failure{Reason: notify.Refused, Answer: "550 5.1.1"}}
	for _, c := range []struct {
		reason string
		group  notify.FailureGroup
		want   bool
	}{{"", refused, true}, {"refused", refused, true}, {"Refused", refused, true}, {"550 5.1.1", refused, true}, {"550", refused, true}, {"55", refused, false},
		{"gave-up", refused, false}, {"gave-up", notify.FailureGroup{Failure: notify.Failure{Reason: notify.GaveUp}}, true}} {
		if got := (requeueMailCmd{Reason: c.reason}).means(c.group); got != c.want {
			t.Errorf("%q means %+v: %v", c.reason, c.group.Failure, got)
		}
		if name := reasonOf(c.group); !(requeueMailCmd{Reason: name}).means(c.group) {
			t.Errorf("%q is named and not taken", name)
		}
	}
}

func TestRevokeLinksWantsToKnowWhose(t *testing.T) {
	for _, c := range []revokeLinksCmd{{}, {All: true, Campaign: "c"}, {Campaign: "c", Supplier: "s"}} {
		if c.Validate() == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	for _, c := range []revokeLinksCmd{{All: true}, {Campaign: "c"}, {Supplier: "s", SendAgain: true}} {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestForeignDataAreRefused: no command makes a file among data of another user.
func TestForeignDataAreRefused(t *testing.T) {
	data := "/usr"
	if os.Geteuid() == 0 {
		data = t.TempDir()
		if err := os.Chown(data, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"serve", "work", "demo", "migrate", "migrate --dry-run", "check", "audit verify", "audit new-key", "audit new-key --lost",
		"admin accept-server-key", "admin create-owner --organization o --name n --email a@example.jp --owner-password p", "admin list", "admin lock a@example.jp",
		"admin revoke-links --all", "admin rotate-server-key", "admin requeue jobs", "admin release-mail", "verify", "backup x", "restore x"} {
		_, stderr, code := command(t, append(strings.Fields(name), "--data", data)...)
		if code == 0 || !strings.Contains(stderr, data+" belongs to the user ") || !strings.Contains(stderr, "sudo -u ") {
			t.Errorf("%s: exit %d\n%s", name, code, stderr)
		}
	}
	if after, err := os.ReadDir(data); err != nil || len(after) != len(before) {
		t.Errorf("the folder has %d files, had %d (%v)", len(after), len(before), err)
	}
}

// TestTasksAreNamedOnTheCommandLine: what a process carries out for others has the words by
// which it is called, and what goes over the socket arrives in a command of its own.
func TestTasksAreNamedOnTheCommandLine(t *testing.T) {
	all, err := tasks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"check", "verify", "audit verify", "admin list", "admin requeue mail", "admin rotate-server-key"} {
		if all[words] == nil {
			t.Errorf("%q is no task", words)
		}
	}
	for _, words := range []string{"serve", "backup", "audit new-key", "admin accept-server-key"} {
		if all[words] != nil {
			t.Errorf("%q is a task", words)
		}
	}
	one, is := all["admin lock"]().(*lockCmd)
	if !is {
		t.Fatal("lock is another command")
	}
	one.Email = "owner@example.jp"
	if other, _ := all["admin lock"]().(*lockCmd); *other != (lockCmd{}) {
		t.Errorf("it has what another caller gave: %+v", other)
	}
	if onlyTask(one) == nil || onlyTask(&checkCmd{}) != nil || onlyTask(&serveCmd{}) != nil {
		t.Error("a command that has something to do by itself is carried out without it, or the other way round")
	}
}
