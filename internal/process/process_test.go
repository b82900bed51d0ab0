package process

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// asVictim makes the test's own program a process with this id, in the folder after it.
const asVictim = "TSUNAGI_TEST_PROCESS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asVictim); dir != "" {
		p, err := Begin(dir, "victim")
		if err == nil {
			err = os.WriteFile(filepath.Join(p.Temp(), "upload-1"), []byte("half"), 0o600)
		}
		if err != nil {
			println(err.Error())
			os.Exit(1)
		}
		println("begun")
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// victim starts a process and gives what kills it.
func victim(t *testing.T, dir string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asVictim+"="+dir)
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "begun\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

func begin(t *testing.T, dir, id string) *Process {
	t.Helper()
	p, err := Begin(dir, id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.End() })
	return p
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// TestAKilledProcessIsProvenDead: one that lives is left alone with its files; one that was
// killed is named until it is buried, and its files are gone then.
func TestAKilledProcessIsProvenDead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	kill := victim(t, dir)
	first := begin(t, dir, "first")
	if got := first.Dead(); len(got) != 0 {
		t.Fatalf("dead while they live: %v", got)
	}
	if err := first.Bury(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Join(dir, "victim", tempDir)); !slices.Equal(got, []string{"upload-1"}) {
		t.Fatalf("files of a process that lives: %v", got)
	}
	kill()
	for _, id := range []string{"second", "third"} { // the second dies before it has buried anybody, as it were
		if got := begin(t, dir, id).Dead(); !slices.Equal(got, []string{"victim"}) {
			t.Errorf("dead: %v, want the killed one", got)
		}
	}
	last := begin(t, dir, "last")
	if err := last.Bury(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"first", "last", "second", "third"}) {
		t.Errorf("left after the burial: %v", got)
	}
}

func TestAProcessThatEndsLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	p := begin(t, dir, "one")
	if err := os.WriteFile(filepath.Join(p.Temp(), "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.End(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}
