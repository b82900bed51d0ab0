package internal

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
)

// dispatch are the parts whose work it is to choose another part by a word of a rule's
// row, or a colour by a component's own word. Everywhere else the view decides.
var dispatch = []string{"notice", "question-input", "question-files", "question", "question-maturity", "question-single",
	"question-multiple", "question-common", "question-plain-value", "question-values", "evidence-field", "supplier-field"}

// decisionsOf lists what a template decides that its view should: it asks for a role,
// compares with a word, or lists words in an order of its own.
func decisionsOf(tree *parse.Tree) []string {
	var out []string
	add := func(n parse.Node, what string) {
		at, _ := tree.ErrorContext(n)
		out = append(out, fmt.Sprintf("%s %s: %s", at, what, n))
	}
	eachNode(tree.Root, func(n parse.Node) {
		switch n := n.(type) {
		case *parse.FieldNode, *parse.VariableNode:
			if strings.HasSuffix(n.String(), ".Viewer.Roles") {
				add(n, "asks for a role, not for a permission")
			}
		case *parse.CommandNode:
			name, ok := n.Args[0].(*parse.IdentifierNode)
			words := slices.ContainsFunc(n.Args[1:], func(arg parse.Node) bool { return isWord(arg) })
			switch {
			case ok && (name.Ident == "eq" || name.Ident == "ne" || name.Ident == "has") && words:
				add(n, "compares with a word")
			case ok && name.Ident == "list" && (words || slices.ContainsFunc(n.Args[1:], isNumber)):
				add(n, "lists in an order of its own")
			}
		}
	})
	return out
}

func isWord(n parse.Node) bool {
	_, ok := n.(*parse.StringNode)
	return ok
}

func isNumber(n parse.Node) bool {
	_, ok := n.(*parse.NumberNode)
	return ok
}

// eachNode visits a node and everything in it.
func eachNode(n parse.Node, visit func(parse.Node)) {
	visit(n)
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				eachNode(child, visit)
			}
		}
	case *parse.ActionNode:
		eachNode(n.Pipe, visit)
	case *parse.IfNode:
		eachBranch(n.BranchNode, visit)
	case *parse.WithNode:
		eachBranch(n.BranchNode, visit)
	case *parse.RangeNode:
		eachBranch(n.BranchNode, visit)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			eachNode(n.Pipe, visit)
		}
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			eachNode(c, visit)
		}
	case *parse.CommandNode:
		for _, arg := range n.Args {
			eachNode(arg, visit)
		}
	}
}

func eachBranch(n parse.BranchNode, visit func(parse.Node)) {
	eachNode(n.Pipe, visit)
	eachNode(n.List, visit)
	if n.ElseList != nil {
		eachNode(n.ElseList, visit)
	}
}

func TestTemplatesDecideNothing(t *testing.T) {
	for _, file := range templateFiles(t, ".html", "layout", "pages", "questions", "mail") {
		for name, tree := range parseTemplates(t, file) {
			if slices.Contains(dispatch, name) || name == file && !strings.HasPrefix(file, "mail/layout") {
				continue // text between the parts is nowhere
			}
			for _, d := range decisionsOf(tree) {
				t.Errorf("templates/%s %s: let the view carry it under a name", file, d)
			}
		}
	}
}

func TestTheDecisionsThemselves(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{{if eq .State "open"}}x{{end}}`, "compares"},
		{`{{if or .X (ne (str .State) "open")}}x{{end}}`, "compares"},
		{`{{template "part" dict "On" (eq .State "open")}}`, "compares"},
		{`{{if has (list "owner" "buyer") .Viewer.Roles}}x{{end}}`, "role"},
		{`{{range list 1 2 3}}x{{end}}`, "order"},
		{`{{if .X}}{{else}}{{range list "a"}}x{{end}}{{end}}`, "order"},
		{`{{$root := .}}{{if $root.Viewer.Roles}}x{{end}}`, "role"},
		{`{{if .Viewer.Can "campaigns.edit"}}x{{end}}`, ""},
		{`{{$v := 1}}{{if eq .Value $v}}x{{end}}{{if gt .Page 1}}y{{end}}`, ""},
		{`{{template "steps" dict "Steps" (list (t "a") (t "b"))}}`, ""},
		{`{{roles .Membership.Roles}}`, ""},
	} {
		tree := parse.New("it")
		tree.Mode = parse.SkipFuncCheck
		if _, err := tree.Parse(c.text, "", "", map[string]*parse.Tree{}); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(decisionsOf(tree), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s gives %q, want %q", c.text, got, c.want)
		}
	}
}
