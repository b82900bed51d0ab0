package internal

import (
	"fmt"
	"html"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
)

// In Japanese a new line between words is a space that people see. So templates may
// be written over many lines only where a browser throws the white space away: beside
// a block, within a row of boxes, or where an action trims it. The walk below goes
// every way through every page and mail, with the displays of our own style sheets.

// display is how an element stands among others.
type display struct {
	block bool // a box of its own: white space around it is not seen
	atom  bool // a box in the line: the edges within it are free, those around it are not
	row   bool // what is in it stands as boxes: white space between them is not seen
}

var (
	blockTags = set(`html head body title meta link script style p div h1 h2 h3 h4 ul ol li dl dt dd table thead tbody tr th td
		form fieldset legend section nav header footer main aside details summary pre address option br`)
	atomTags = set(`img input select textarea iframe progress button`)
	voidTags = set(`meta link br img input`)
)

func set(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// styled is a rule of a style sheet that says display for ".a", ".a b" or ".a > b".
type styled struct {
	above, it string
	parent    bool
	display   display
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssMedia   = regexp.MustCompile(`(?s)@[a-z-]+[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}`) // holds at some widths only
	cssRule    = regexp.MustCompile(`(?s)([^{}]+)\{([^{}]*)\}`)
	cssDisplay = regexp.MustCompile(`(?:^|[;\s])display:\s*([a-z-]+)`)
	simple     = regexp.MustCompile(`^\.?[a-z-]+$`)
)

func readStyles(t *testing.T, names ...string) []styled {
	t.Helper()
	var out []styled
	for _, name := range names {
		raw, err := os.ReadFile("../templates/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, parseStyles(string(raw))...)
	}
	return out
}

func parseStyles(css string) []styled {
	var out []styled
	css = cssMedia.ReplaceAllString(cssComment.ReplaceAllString(css, ""), "")
	for _, rule := range cssRule.FindAllStringSubmatch(css, -1) {
		m := cssDisplay.FindStringSubmatch(rule[2])
		if m == nil {
			continue
		}
		if m[1] != "block" && !strings.HasSuffix(m[1], "flex") && !strings.HasSuffix(m[1], "grid") {
			continue
		}
		row := strings.HasSuffix(m[1], "flex") || strings.HasSuffix(m[1], "grid")
		d := display{row: row, block: m[1] == "block" || row && !strings.HasPrefix(m[1], "inline"), atom: strings.HasPrefix(m[1], "inline-")}
		for _, selector := range strings.Split(rule[1], ",") {
			parts := strings.Fields(selector)
			s := styled{it: parts[len(parts)-1], display: d}
			if len(parts) == 3 && parts[1] == ">" {
				s.parent, parts = true, []string{parts[0], parts[2]}
			}
			if len(parts) == 2 {
				s.above = parts[0]
			}
			if len(parts) <= 2 && !slices.ContainsFunc(parts, func(p string) bool { return !simple.MatchString(p) }) {
				out = append(out, s)
			}
		}
	}
	return out
}

// element is an open tag.
type element struct {
	name    string
	classes []string
	display display
	kept    bool // white space in it is shown as it is written
}

func (e element) is(selector string) bool {
	if class, ok := strings.CutPrefix(selector, "."); ok {
		return slices.Contains(e.classes, class)
	}
	return e.name == selector
}

// way is what a browser has just laid out when a template ran one way.
type way struct {
	inline bool // text or a box in the line stands before, in the same block
	broken bool // white space with a new line since then
	cell   byte // of a table cell: 'o' nothing yet, 'w' white space only, 'x' something
}

// walk goes through a page and its parts.
type walk struct {
	styles []styled
	trees  map[string]*parse.Tree
	open   []element
	ways   map[way]bool
	depth  int
	tag    strings.Builder // the tag that is being read
	inTag  bool
	quote  rune
	found  map[string]bool
	here   func() string
}

func (w *walk) each(change func(*way)) {
	next := map[way]bool{}
	for s := range w.ways {
		change(&s)
		next[s] = true
	}
	w.ways = next
}

func (w *walk) fault(what string) { w.found[w.here()+": "+what] = true }

// inline is text or a box in the line.
func (w *walk) inline() {
	bad := false
	w.each(func(s *way) {
		bad = bad || s.inline && s.broken
		*s = way{inline: true, cell: filled(s.cell)}
	})
	if bad {
		w.fault("a new line before it would be seen as a space")
	}
}

func (w *walk) edge() { w.each(func(s *way) { *s = way{cell: filled(s.cell)} }) }

func filled(cell byte) byte {
	if cell != 0 {
		return 'x'
	}
	return 0
}

func (w *walk) kept() bool {
	return slices.ContainsFunc(w.open, func(e element) bool { return e.kept })
}

func (w *walk) text(text string) {
	for _, r := range text {
		switch {
		case w.inTag:
			w.readTag(r)
		case r == '<':
			w.inTag = true
			w.tag.Reset()
		case strings.ContainsRune(" \n\t", r):
			if r == '\n' && w.kept() {
				w.fault("a new line in a text whose white space is kept")
			}
			w.each(func(s *way) {
				s.broken = s.broken || r == '\n'
				if s.cell == 'o' {
					s.cell = 'w'
				}
			})
		default:
			w.inline()
		}
	}
}

func (w *walk) readTag(r rune) {
	switch {
	case w.quote != 0:
		if r == w.quote {
			w.quote = 0
		}
	case r == '"' || r == '\'':
		w.quote = r
	case r == '>':
		w.inTag = false
		w.endTag(w.tag.String())
		return
	}
	w.tag.WriteRune(r)
}

var (
	tagName  = regexp.MustCompile(`^[a-z0-9]+`)
	tagClass = regexp.MustCompile(`\sclass="([^"]*)"`)
)

func (w *walk) endTag(raw string) {
	if strings.HasPrefix(raw, "!") {
		return
	}
	if name, ok := strings.CutPrefix(raw, "/"); ok {
		w.close(name)
		return
	}
	e := element{name: tagName.FindString(raw)}
	if m := tagClass.FindStringSubmatch(raw); m != nil {
		e.classes = strings.Fields(m[1])
	}
	if e.name == "input" && strings.Contains(raw, `type="hidden"`) {
		return // makes no box
	}
	e.display = w.displayOf(e)
	e.kept = slices.Contains(e.classes, "pre") || e.name == "pre" || e.name == "textarea"
	w.each(func(s *way) { s.cell = filled(s.cell) })
	switch {
	case e.display.block:
		w.edge()
	case e.display.atom:
		w.inline()
	}
	if voidTags[e.name] {
		return
	}
	w.open = append(w.open, e)
	if e.display.block || e.display.atom {
		w.edge()
	}
	if e.name == "td" {
		w.each(func(s *way) { s.cell = 'o' })
	}
}

func (w *walk) displayOf(e element) display {
	d := display{block: blockTags[e.name], atom: atomTags[e.name], row: e.name == "select"}
	for _, s := range w.styles {
		if e.is(s.it) && w.within(s) {
			d = s.display
		}
	}
	if e.name == "label" && slices.Contains(e.classes, "visually-hidden") {
		d = display{block: true} // out of the line
	}
	if n := len(w.open); n > 0 && w.open[n-1].display.row {
		d.block, d.atom = true, false
	}
	return d
}

func (w *walk) within(s styled) bool {
	above := w.open
	if s.parent {
		above = above[max(0, len(above)-1):]
	}
	return s.above == "" || slices.ContainsFunc(above, func(e element) bool { return e.is(s.above) })
}

func (w *walk) close(name string) {
	n := len(w.open)
	if n == 0 || w.open[n-1].name != name {
		w.fault("</" + name + "> closes nothing")
		return
	}
	e := w.open[n-1]
	w.open = w.open[:n-1]
	if e.name == "td" {
		bad := false
		w.each(func(s *way) { bad, s.cell = bad || s.cell == 'w', 0 })
		if bad {
			w.fault("a cell may hold white space alone: then it is not :empty, and a phone shows its label")
		}
	}
	switch {
	case e.display.block:
		w.edge()
	case e.display.atom:
		w.each(func(s *way) { *s = way{inline: true, cell: s.cell} })
	}
}

func (w *walk) list(tree *parse.Tree, l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		w.node(tree, n)
	}
}

func (w *walk) node(tree *parse.Tree, n parse.Node) {
	before := w.here
	w.here = func() string {
		at, what := tree.ErrorContext(n)
		return fmt.Sprintf("%s %.60q", at, what)
	}
	defer func() { w.here = before }()
	switch n := n.(type) {
	case *parse.TextNode:
		w.text(string(n.Text))
	case *parse.ActionNode:
		w.action(n.Pipe)
	case *parse.IfNode:
		w.branch(tree, n.BranchNode, false)
	case *parse.WithNode:
		w.branch(tree, n.BranchNode, false)
	case *parse.RangeNode:
		w.branch(tree, n.BranchNode, true)
	case *parse.TemplateNode:
		if part := w.trees[n.Name]; part != nil && !w.inTag {
			w.depth++
			if w.depth < 20 {
				w.list(part, part.Root)
			}
			w.depth--
		}
	}
}

func (w *walk) action(pipe *parse.PipeNode) {
	if w.inTag || len(pipe.Decl) > 0 {
		return
	}
	if words := pipe.Cmds[0].Args; len(pipe.Cmds) == 1 && len(words) == 1 {
		switch word := words[0].(type) {
		case *parse.StringNode:
			w.text(html.EscapeString(word.Text))
			return
		case *parse.FieldNode, *parse.VariableNode, *parse.DotNode: // may be empty
			kept := w.ways
			w.inline()
			for s := range kept {
				if s.cell != 0 {
					w.ways[s] = true
				}
			}
			return
		}
	}
	w.inline()
}

// branch goes both ways; a range goes round until nothing new is seen.
func (w *walk) branch(tree *parse.Tree, n parse.BranchNode, round bool) {
	start := w.ways
	w.list(tree, n.ElseList)
	after := maps.Clone(w.ways)
	w.ways = start
	for i := 0; i == 0 || round && i < 4; i++ {
		w.list(tree, n.List)
		for s := range w.ways {
			after[s] = true
		}
	}
	w.ways = after
}

// faultsOf walks one template, as "main" or "layout.html", with the parts it may call.
func faultsOf(trees map[string]*parse.Tree, root string, styles []styled) []string {
	w := &walk{styles: styles, trees: trees, ways: map[way]bool{{}: true}, found: map[string]bool{}, here: func() string { return root }}
	w.list(trees[root], trees[root].Root)
	var out []string
	for f := range w.found {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

// parseTemplates reads files into one set, as the program does.
func parseTemplates(t *testing.T, names ...string) map[string]*parse.Tree {
	t.Helper()
	out := map[string]*parse.Tree{}
	for _, name := range names {
		raw, err := os.ReadFile("../templates/" + name)
		if err != nil {
			t.Fatal(err)
		}
		addTemplates(t, out, name, string(raw))
	}
	return out
}

func addTemplates(t *testing.T, out map[string]*parse.Tree, name, text string) {
	t.Helper()
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	parsed := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", parsed); err != nil {
		t.Fatal(err)
	}
	for defined, part := range parsed {
		out[defined] = part
	}
	out[name] = tree
}

func templateFiles(t *testing.T, ext string, dirs ...string) []string {
	t.Helper()
	var out []string
	root := os.DirFS("../templates")
	for _, dir := range dirs {
		err := fs.WalkDir(root, dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && path.Ext(name) == ext {
				out = append(out, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestNoNewLineIsSeen(t *testing.T) {
	styles := readStyles(t, slices.DeleteFunc(templateFiles(t, ".css", "static/css"), func(name string) bool { return strings.HasSuffix(name, "/print.css") })...)
	shared := templateFiles(t, ".html", "layout", "questions")
	for _, page := range templateFiles(t, ".html", "pages") {
		for _, f := range faultsOf(parseTemplates(t, append(slices.Clone(shared), page)...), "base", styles) {
			t.Errorf("%s: %s", page, f)
		}
	}
	style := readStyles(t, "mail/mail.css")
	for _, mail := range templateFiles(t, ".html", "mail") {
		if mail != "mail/layout.html" {
			for _, f := range faultsOf(parseTemplates(t, "mail/layout.html", mail), "mail/layout.html", style) {
				t.Errorf("%s: %s", mail, f)
			}
		}
	}
}

// TestTheWalkItself: what must be found, and what must not.
func TestTheWalkItself(t *testing.T) {
	styles := parseStyles(`.row { display: flex; gap: 1px; } .row a, .tag { display: inline-flex; }
		.hint { color: red; display: block; } @media (min-width: 1px) { .wide { display: flex; } }`)
	for _, c := range []struct{ name, text, want string }{
		{"words", "<p>a\nb</p>", "space"},
		{"elements", "<p><b>a</b>\n<i>b</i></p>", "space"},
		{"one way of two", "<p>a\n{{if .X}}<div>b</div>{{end}}\n{{.Y}}</p>", "space"},
		{"the next round", "<p>{{range .X}}{{.}}\n{{end}}</p>", "space"},
		{"within a part", `{{define "part"}}<b>x</b>` + "\n" + `{{end}}<p>{{template "part"}}{{.Y}}</p>`, "space"},
		{"at some widths", "<div class=\"wide\"><a>a</a>\n<a>b</a></div>", "space"},
		{"boxes in the line", "<p><button>a</button>\n<button>b</button></p>", "space"},
		{"kept", "<p class=\"pre\">\n{{.X}}</p>", "kept"},
		{"cell", "<table><tr><td>\n{{range .X}}<div>a</div>{{end}}</td></tr></table>", "cell"},
		{"cell of a field", "<table><tr><td>\n{{.X}}</td></tr></table>", "cell"},
		{"not closed", "<p><b>a</p>", "closes nothing"},
		{"a space", "<p>a b</p>", ""},
		{"edges", "<div>\n<p>\na\n</p>\n<p>b</p>\n</div>", ""},
		{"trimmed", "<p>a\n{{- if .X}} b{{end -}}\n<b>c</b></p>", ""},
		{"a written space", "<p>a\n{{- \" \"}}<b>c</b></p>", ""},
		{"row", "<div class=\"row\">\n<a>a</a>\n{{if .X}}<a>b</a>{{end}}\n<a>c</a>\n</div>", ""},
		{"block by style", "<p>a\n<b class=\"hint\">b</b></p>", ""},
		{"within a button", "<p><button>\na\n</button> b</p>", ""},
		{"hidden", "<form>\n<input type=\"hidden\" name=\"x\">\n<button>a</button></form>", ""},
		{"within a tag", "<p\nid=\"x\"\n{{if .X}}hidden{{end}}\n>a</p>", ""},
		{"cell of messages", "<table><tr><td>\n{{t \"x\"}}\n</td></tr></table>", ""},
		{"cell trimmed", "<table><tr><td>\n{{- range .X}}\n<div>a</div>\n{{- end -}}\n</td></tr></table>", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			trees := map[string]*parse.Tree{}
			addTemplates(t, trees, "it", c.text)
			got := strings.Join(faultsOf(trees, "it", styles), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("%q gives %q, want %q", c.text, got, c.want)
			}
		})
	}
}

// TestTemplateLinesAreShort: two columns of code fit beside each other, and a
// difference shows what changed.
func TestTemplateLinesAreShort(t *testing.T) {
	var names []string
	for _, ext := range []string{".html", ".txt", ".css", ".js"} {
		names = append(names, templateFiles(t, ext, "layout", "pages", "questions", "mail", "static/css", "static/js")...)
	}
	for _, name := range names {
		raw, err := os.ReadFile("../templates/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(raw), "\n") {
			if n := len([]rune(line)); n > 140 {
				t.Errorf("templates/%s:%d has %d columns, more than 140", name, i+1, n)
			}
		}
	}
}
