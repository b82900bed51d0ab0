// Package deploy_test installs as README says and starts what was installed, in a
// folder instead of a system. scripts/test-install does the same in a clean Debian
// with systemd.
package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// commands are the lines of a README's marked block, as people copy them.
func commands(t *testing.T, readme, block string) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", readme))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, begins := strings.Cut(string(raw), "<!-- "+block+" -->")
	part, _, ends := strings.Cut(rest, "<!-- /"+block+" -->")
	if !begins || !ends {
		t.Fatalf("%s has no block %q", readme, block)
	}
	var lines []string
	for line := range strings.Lines(part) {
		if command, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "    "); ok {
			lines = append(lines, command)
		}
	}
	if len(lines) == 0 {
		t.Fatalf("%s: block %q has no commands", readme, block)
	}
	return lines
}

func TestBothLanguagesSayTheSameCommands(t *testing.T) {
	for _, block := range []string{"install", "serve"} {
		en, ja := commands(t, "README.md", block), commands(t, "README.ja.md", block)
		if !slices.Equal(en, ja) {
			t.Errorf("block %s differs:\n%q\n%q", block, en, ja)
		}
	}
}

// standIns are programs that change a whole system: here they only say that they
// were called. sudo runs what it is given.
var standIns = map[string]string{
	"sudo":             `exec "$@"`,
	"sudoedit":         `[ -f "$DESTDIR$1" ] && echo "sudoedit $*" >>"$CALLED"`,
	"systemctl":        `echo "systemctl $*" >>"$CALLED"`,
	"systemd-sysusers": `echo "systemd-sysusers $*" >>"$CALLED"`,
	"journalctl":       `echo "journalctl $*" >>"$CALLED"`,
}

// installed runs README's installation as it is written, into a folder.
func installed(t *testing.T) (root string) {
	t.Helper()
	root, tools := t.TempDir(), t.TempDir()
	called := filepath.Join(tools, "called")
	for name, does := range standIns {
		if err := os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"+does+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range commands(t, "README.md", "install") {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir = ".."
		cmd.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "DESTDIR="+root, "CALLED="+called, "MAKEFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	raw, err := os.ReadFile(called)
	for _, want := range []string{"systemd-sysusers", "sudoedit /etc/tsunagi/tsunagi.env", "systemctl enable --now tsunagi"} {
		if err != nil || !strings.Contains(string(raw), want) {
			t.Errorf("README does not call %q (%v); it calls\n%s", want, err, raw)
		}
	}
	return root
}

// unit reads what the installed unit starts, in what environment, as systemd would.
func unit(t *testing.T, root string) (start []string, env []string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "usr/local/lib/systemd/system/tsunagi.service"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "ExecStart":
			start = strings.Fields(value)
		case "Environment":
			env = append(env, value)
		case "EnvironmentFile":
			settings, err := os.ReadFile(filepath.Join(root, value))
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(settings)) {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
					env = append(env, line)
				}
			}
		}
	}
	return start, env
}

// process is a server that a test started.
type process struct {
	*exec.Cmd
	ended chan struct{}
	out   *output
}

// output is what a process printed so far.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func start(t *testing.T, dir string, env, command []string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(context.WithoutCancel(t.Context()), command[0], command[1:]...), ended: make(chan struct{}), out: &output{}}
	p.Dir, p.Env, p.Stdout, p.Stderr = dir, env, p.out, p.out
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.Process.Signal(syscall.SIGTERM)
		p.wait(t)
	})
	return p
}

func (p *process) wait(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		_ = p.Process.Kill()
		t.Errorf("the server does not end within a minute")
		<-p.ended
	}
}

// ready waits until the server can write.
func (p *process) ready(t *testing.T, address string) {
	t.Helper()
	var last error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		select {
		case <-p.ended:
			t.Fatalf("the server ended:\n%s", p.out)
		default:
		}
		res, err := http.Get("http://" + address + "/readyz")
		if last = err; err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
			last = fmt.Errorf("status %d", res.StatusCode)
		}
	}
	t.Fatalf("not ready within a minute: %v", last)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestWhatIsInstalledServes(t *testing.T) {
	root := installed(t)
	for path, mode := range map[string]os.FileMode{"usr/local/bin/tsunagi": 0o755, "usr/local/lib/tsunagi/mongod": 0o755,
		"usr/local/lib/sysusers.d/tsunagi.conf": 0o644, "etc/tsunagi/tsunagi.env": 0o640} {
		if info, err := os.Stat(filepath.Join(root, path)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want mode %o", path, info, err, mode)
		}
	}
	command, env := unit(t, root)
	// What would be /… of the system is in the folder here.
	inside := regexp.MustCompile(`(^|=)/(usr|var|etc)/`)
	for i := range command {
		command[i] = inside.ReplaceAllString(command[i], "$1"+root+"/$2/")
	}
	for i := range env {
		env[i] = inside.ReplaceAllString(env[i], "$1"+root+"/$2/")
	}
	address := freeAddress(t)
	env = append(env, "TSUNAGI_LISTEN="+address, "PATH=/usr/bin:/bin")
	p := start(t, t.TempDir(), env, command)
	p.ready(t, address)
	if !strings.Contains(p.out.String(), "https://survey.example.com/") {
		t.Errorf("no address for the first owner at the base URL of the settings:\n%s", p.out)
	}
	old := databasePID(t, root)
	if err := syscall.Kill(old, syscall.SIGKILL); err != nil { // as the kernel does when memory runs out
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); databasePID(t, root) == old; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the database is not started again:\n%s", p.out)
		}
	}
	p.ready(t, address)
	_ = p.Process.Signal(syscall.SIGTERM)
	p.wait(t)
	if !p.ProcessState.Success() {
		t.Errorf("told to stop, the server ends with %s:\n%s", p.ProcessState, p.out)
	}
}

// databasePID is the process of the database.
func databasePID(t *testing.T, root string) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "var/lib/tsunagi/mongod/pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(raw))) // it may be written at this moment
	return pid
}

func TestInstallingAgainKeepsTheSettings(t *testing.T) {
	root := t.TempDir()
	settings := filepath.Join(root, "etc/tsunagi/tsunagi.env")
	make := func(target string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "make", target, "PREFIX=/opt/t", "DESTDIR="+root)
		cmd.Dir = ".."
		cmd.Env = append(os.Environ(), "MAKEFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, out)
		}
	}
	make("install")
	if err := os.WriteFile(settings, []byte("TSUNAGI_BASE_URL=https://mine.example.jp\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	make("install")
	if raw, err := os.ReadFile(settings); err != nil || !strings.Contains(string(raw), "mine.example.jp") {
		t.Errorf("the settings after a second install: %q, %v", raw, err)
	}
	unit, err := os.ReadFile(filepath.Join(root, "opt/t/lib/systemd/system/tsunagi.service"))
	if err != nil || !strings.Contains(string(unit), "ExecStart=/opt/t/bin/tsunagi serve") || strings.Contains(string(unit), "/usr/local") {
		t.Errorf("the unit below another PREFIX: %v\n%s", err, unit)
	}
	make("uninstall")
	if _, err := os.Stat(filepath.Join(root, "opt/t/bin/tsunagi")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the program is still there: %v", err)
	}
	if _, err := os.Stat(settings); err != nil {
		t.Errorf("the settings are gone: %v", err)
	}
}

// TestServeAsWritten starts the server with README's own command; only the port is
// another, since 8080 may be taken.
func TestServeAsWritten(t *testing.T) {
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "make", "build", "mongod")
	build.Dir, build.Env = "..", append(os.Environ(), "MAKEFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, folder := range []string{"bin", ".tools"} {
		target, err := filepath.Abs(filepath.Join("..", folder))
		if err == nil {
			err = os.Symlink(target, filepath.Join(dir, folder))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range commands(t, "README.md", "serve") {
		address := freeAddress(t)
		p := start(t, dir, append(os.Environ(), "TSUNAGI_LISTEN="+address), []string{"sh", "-c", "exec " + line})
		p.ready(t, address)
	}
}

func TestTheUnitStartsAgainForEver(t *testing.T) {
	raw, err := os.ReadFile("tsunagi.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"StartLimitIntervalSec=0", "Restart=always", "RestartSec=5", "StateDirectory=tsunagi", "Environment=TSUNAGI_MONGOD="} {
		if !strings.Contains(string(raw), "\n"+want) {
			t.Errorf("the unit has no %s", want)
		}
	}
}
