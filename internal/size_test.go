package internal

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

const (
	maxPackageLines = 5000 // without tests
	maxMethods      = 40   // of one type
)

// judgeSizes tells what is over its limit.
func judgeSizes(sizes map[string]int) []string {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		if sizes[name] > limitOf(name) {
			wrong = append(wrong, name+" is too large")
		}
	}
	return wrong
}

func limitOf(name string) int {
	if strings.Contains(name, ".") {
		return maxMethods
	}
	return maxPackageLines
}

func TestPackagesAndTypesStaySmall(t *testing.T) {
	sizes := map[string]int{}
	eachGoFile(t, func(dir, name string, file *ast.File, set *token.FileSet) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		sizes[dir] += set.File(file.Pos()).LineCount()
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil && len(f.Recv.List) == 1 {
				sizes[dir+"."+receiver(f.Recv.List[0].Type)]++
			}
		}
	})
	for _, wrong := range judgeSizes(sizes) {
		t.Errorf("%s (%d lines a package, %d methods a type at most)", wrong, maxPackageLines, maxMethods)
	}
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func TestTheSizesThemselves(t *testing.T) {
	for name, tt := range map[string]struct {
		sizes map[string]int
		wrong int
	}{
		"fits":         {map[string]int{"p": maxPackageLines, "p.T": maxMethods}, 0},
		"a large type": {map[string]int{"p": 100, "p.T": maxMethods + 1}, 1},
		"a large room": {map[string]int{"p": maxPackageLines + 1, "p.T": 1}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := judgeSizes(tt.sizes); len(got) != tt.wrong {
				t.Errorf("got %q, want %d", got, tt.wrong)
			}
		})
	}
}
