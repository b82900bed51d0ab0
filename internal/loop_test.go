package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// What a page changes is answered in one loop, web's Answer: done leads on, a judged
// error is shown again with everything typed, any other goes up. So no room of pages
// judges an error by its kind, and every handler of a POST ends in the loop. Two are
// told apart by what they do: what speaks to a script answers by c.JSON, and what only
// shows something, which must not stand in an address, is called show….

// judging are the kinds that the loop judges; a page may make such an error, no more.
var judging = []string{"Invalid", "TooLarge", "TooMany", "Judged"}

// pages are the files of one room of pages, read for what their handlers do.
type pages struct {
	methods map[string][]*ast.FuncDecl
	posts   []string // the handlers of POST
	faults  []string
}

func (p *pages) read(file *ast.File) {
	made := map[ast.Expr]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			p.methods[n.Name.Name] = append(p.methods[n.Name.Name], n)
		case *ast.CallExpr:
			switch {
			case isSelector(n.Fun, "fault", "New"):
				made[n.Args[0]] = true
			case isSelector(n.Fun, "web", "Post"):
				if handler, ok := n.Args[2].(*ast.SelectorExpr); ok {
					p.posts = append(p.posts, handler.Sel.Name)
				}
			}
		case *ast.SelectorExpr:
			if !made[n] && slices.ContainsFunc(judging, func(kind string) bool { return isSelector(n, "fault", kind) }) {
				p.faults = append(p.faults, "fault."+n.Sel.Name+" is judged by a page: let web's Answer do it")
			}
		}
		return true
	})
}

func isSelector(e ast.Expr, of, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == of
}

// calls lists what a handler calls, by name, itself or by methods of its room.
func (p *pages) calls(handler string, seen map[string]bool) map[string]bool {
	for _, method := range p.methods[handler] {
		ast.Inspect(method.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if s, ok := call.Fun.(*ast.SelectorExpr); ok && !seen[s.Sel.Name] {
					seen[s.Sel.Name] = true
					p.calls(s.Sel.Name, seen)
				}
			}
			return true
		})
	}
	return seen
}

// wrong lists what is not answered in the loop.
func (p *pages) wrong() []string {
	out := p.faults
	for _, handler := range p.posts {
		calls := p.calls(handler, map[string]bool{})
		if !calls["Answer"] && !calls["JSON"] && !strings.HasPrefix(handler, "show") {
			out = append(out, handler+" does not end in web's Answer")
		}
		if calls["Redirect"] {
			out = append(out, handler+" leads on by itself: let web's Answer do it")
		}
	}
	return out
}

func TestPagesAnswerInOneLoop(t *testing.T) {
	rooms := map[string]*pages{}
	eachGoFile(t, func(dir, name string, file *ast.File, _ *token.FileSet) {
		if !strings.HasPrefix(dir, "internal/web/") || strings.HasSuffix(name, "_test.go") {
			return
		}
		if rooms[dir] == nil {
			rooms[dir] = &pages{methods: map[string][]*ast.FuncDecl{}}
		}
		rooms[dir].read(file)
	})
	for dir, room := range rooms {
		if len(room.posts) == 0 {
			t.Errorf("%s: no handler of a POST was found", dir)
		}
		for _, wrong := range room.wrong() {
			t.Errorf("%s: %s", dir, wrong)
		}
	}
}

func TestTheLoopItself(t *testing.T) {
	const routes = `package x
func (s p) routes() []web.Route { return []web.Route{web.Get("/a", g, s.page), web.Post("/a", g, s.change)} }
func (s p) page(c *gin.Context) error { return web.Redirect(c, "/") }
`
	for _, tt := range []struct{ name, change, want string }{
		{"the loop", `{ err := s.rule.Change(); return s.Answer(c, err, nil, web.To("/a")) }`, ""},
		{"by another method", `{ return s.done(c) } ; func (s p) done(c *gin.Context) error { return s.Answer(c, nil, nil, web.To("/a")) }`, ""},
		{"a script", `{ c.JSON(200, x); return nil }`, ""},
		{"an error that is made", `{ return s.Answer(c, fault.New(fault.Invalid, "x"), nil, web.To("/a")) }`, ""},
		{"another kind", `{ if fault.KindOf(err) == fault.Conflict { return gone }; return s.Answer(c, err, nil, web.To("/a")) }`, ""},
		{"a page of its own", `{ return s.Render(c, "a", nil) }`, "does not end"},
		{"judged", `{ if fault.KindOf(err) == fault.Invalid { return again }; return s.Answer(c, err, nil, web.To("/a")) }`, "judged by a page"},
		{"judged by a switch", `{ switch k { case fault.TooMany: return again }; return s.Answer(c, err, nil, web.To("/a")) }`, "judged by a page"},
		{"asked", `{ if fault.Judged(err) { return again }; return s.Answer(c, err, nil, web.To("/a")) }`, "judged by a page"},
		{"a way of its own", `{ if x { return s.page(c) }; return s.Answer(c, err, nil, web.To("/a")) }`, "leads on by itself"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file, err := parser.ParseFile(token.NewFileSet(), "x.go", routes+"func (s p) change(c *gin.Context) error "+strings.ReplaceAll(tt.change, " ; ", "\n"), 0)
			if err != nil {
				t.Fatal(err)
			}
			room := &pages{methods: map[string][]*ast.FuncDecl{}}
			room.read(file)
			if got := strings.Join(room.wrong(), "\n"); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("gives %q, want %q", got, tt.want)
			}
		})
	}
}
