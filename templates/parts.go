package templates

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"tsunagi/internal/questionnaire"
)

func parseShared(funcs template.FuncMap) (shared, error) {
	s := shared{empty(funcs), funcs}
	for _, dir := range []string{"layout", "questions"} {
		names, err := files(dir, ".html")
		if err != nil {
			return s, err
		}
		for _, name := range names {
			if err := parseFile(s.parts, name); err != nil {
				return s, err
			}
		}
	}
	_, err := s.parts.New("question-input").Parse(inputs())
	return s, err
}

// inputs is the part that shows the input of a question by its kind: "question-" and
// the kind is the part that each kind brings.
func inputs() string {
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(questionnaire.Kinds)) {
		fmt.Fprintf(&b, `{{if eq (str .Q.Kind) %q}}{{template "question-%s" .}}{{end}}`, kind, kind)
	}
	return b.String()
}

func empty(funcs template.FuncMap) *template.Template {
	return template.New("").Funcs(funcs).Option("missingkey=zero")
}

// page parses a page and copies the shared parts that it uses, directly or not, and
// no others: each page keeps its copy in memory once somebody asked for it, because
// escaping changes it.
func (s shared) page(file string) (*template.Template, error) {
	page := empty(s.funcs)
	if err := parseFile(page, file); err != nil {
		return nil, err
	}
	wanted := []string{"base"}
	for _, t := range page.Templates() {
		if t.Tree != nil {
			wanted = append(wanted, uses(t.Tree.Root)...)
		}
	}
	for len(wanted) > 0 {
		name := wanted[0]
		wanted = wanted[1:]
		if page.Lookup(name) != nil {
			continue
		}
		part := s.parts.Lookup(name)
		if part == nil {
			return nil, fmt.Errorf("template %s uses %q, which there is not", file, name)
		}
		if _, err := page.AddParseTree(name, part.Tree.Copy()); err != nil {
			return nil, fmt.Errorf("template %s: %w", file, err)
		}
		wanted = append(wanted, uses(part.Tree.Root)...)
	}
	return page, nil
}

// uses lists the templates that a piece of one calls.
func uses(node parse.Node) []string {
	switch n := node.(type) {
	case *parse.TemplateNode:
		return []string{n.Name}
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		var all []string
		for _, child := range n.Nodes {
			all = append(all, uses(child)...)
		}
		return all
	case *parse.IfNode:
		return branches(n.BranchNode)
	case *parse.RangeNode:
		return branches(n.BranchNode)
	case *parse.WithNode:
		return branches(n.BranchNode)
	}
	return nil
}

func branches(n parse.BranchNode) []string { return append(uses(n.List), uses(n.ElseList)...) }
