package internal

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// papers are the texts for people, by their path from the top.
func papers(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != "." || d.IsDir() && (name == "var" || name == "bin") {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if path.Ext(name) != ".md" {
			return nil
		}
		raw, err := fs.ReadFile(root, name)
		texts[name] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// link is a link or a picture in Markdown.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestNoLinkOfThePapersIsDead(t *testing.T) {
	for name, text := range papers(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", path.Dir(name), target)); err != nil {
				t.Errorf("%s links to %s: %v", name, m[1], err)
			}
		}
	}
}

// target is a command of make in a text: in backquotes, or on a line of its own.
var target = regexp.MustCompile("(?m)(?:`|^    (?:sudo )?)make ([a-z-]+)")

func TestPapersNameRealTargets(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range papers(t) {
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s names make %s, which does not exist", name, m[1])
			}
		}
	}
}

func TestTheMapNamesEveryRoom(t *testing.T) {
	text := papers(t)["internal/README.md"]
	if text == "" {
		t.Fatal("internal/README.md is missing")
	}
	rooms, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range rooms {
		if room.IsDir() && !strings.Contains(text, "`"+room.Name()+"`") {
			t.Errorf("internal/README.md does not name the room %s", room.Name())
		}
	}
}
