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

// tooLarge are packages and types that are over the limit still, with what they must
// not grow beyond. The list only gets shorter: what fits again must leave it.
var tooLarge = map[string]int{
	"internal/mongodb.Campaigns": 60,
}

// judgeSizes tells what is over its limit, or stands in the list without need.
func judgeSizes(sizes, excepted map[string]int, limit func(name string) int) []string {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		size, most := sizes[name], limit(name)
		allowed, listed := excepted[name]
		switch {
		case listed && size <= most:
			wrong = append(wrong, name+" fits again: take it from the list")
		case listed && size > allowed, !listed && size > most:
			wrong = append(wrong, name+" is too large")
		}
	}
	for name := range excepted {
		if _, there := sizes[name]; !there {
			wrong = append(wrong, name+" is gone: take it from the list")
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
	for _, wrong := range judgeSizes(sizes, tooLarge, limitOf) {
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
		size     int
		excepted map[string]int
		wrong    int
	}{
		"fits":          {40, nil, 0},
		"over":          {41, nil, 1},
		"excepted":      {45, map[string]int{"p.T": 50}, 0},
		"grown":         {51, map[string]int{"p.T": 50}, 1},
		"excepted idly": {30, map[string]int{"p.T": 50}, 1},
		"gone":          {30, map[string]int{"p.U": 50}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := judgeSizes(map[string]int{"p.T": tt.size}, tt.excepted, limitOf); len(got) != tt.wrong {
				t.Errorf("got %q, want %d", got, tt.wrong)
			}
		})
	}
}
