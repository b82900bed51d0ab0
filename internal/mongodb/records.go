package mongodb

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// paths gives every path that a record knows, with * for the keys of a map and ** for
// what lies below a record that holds its own kind.
func (c content) paths() []string {
	return append(slices.Clone(c.beside), pathsOf(reflect.TypeOf(c.record), "")...)
}

func pathsOf(t reflect.Type, before string, within ...reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	switch {
	case slices.Contains(within, t):
		return []string{before + "**"}
	case t.Kind() == reflect.Map:
		return append([]string{before + "*"}, pathsOf(t.Elem(), before+"*.", within...)...)
	case t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]():
		return nil
	}
	var out []string
	within = append(slices.Clip(within), t)
	for f := range t.Fields() {
		name, flags, _ := strings.Cut(f.Tag.Get("bson"), ",")
		switch {
		case !f.IsExported() && !f.Anonymous || name == "-":
		case flags == "inline":
			out = append(out, pathsOf(f.Type, before, within...)...)
		default:
			if name == "" {
				name = strings.ToLower(f.Name) // as the driver does
			}
			out = append(append(out, before+name), pathsOf(f.Type, before+name+".", within...)...)
		}
	}
	return out
}

// positions are parts of a path that name an item of a list.
var positions = regexp.MustCompile(`\.(\$|\d+)(\.|$)`)

// parts splits a path, without what names an item of a list.
func parts(path string) []string {
	return strings.Split(strings.TrimSuffix(positions.ReplaceAllString(path, "$2"), "."), ".")
}

// has tells whether one of the paths is the field that a query names.
func has(paths []string, field string) bool {
	if slices.Contains(paths, field) { // nearly always
		return true
	}
	asked := parts(field)
	return slices.ContainsFunc(paths, func(path string) bool {
		above, deep := strings.CutSuffix(path, "**")
		return deep && strings.HasPrefix(field, above) ||
			slices.EqualFunc(parts(path), asked, func(known, part string) bool { return known == "*" || known == part })
	})
}

// checkFields fails when a query names a field, or an index holds one, that the
// records of its collection do not have: a name that was changed in one place alone
// would find nothing, and say nothing.
func checkFields(contents map[string]content) error {
	for _, collection := range slices.Sorted(maps.Keys(contents)) {
		paths := contents[collection].paths()
		for _, field := range contents[collection].asked {
			if !has(paths, field) {
				return fmt.Errorf("queries of %s name the field %q, which its records do not have: "+
					"a tag of the record and the constant in fields.go say different things", collection, field)
			}
		}
		for _, model := range indexes()[collection] {
			for _, key := range model.Keys.(bson.D) {
				if !has(paths, key.Key) {
					return fmt.Errorf("an index of %s holds the field %q, which its records do not have", collection, key.Key)
				}
			}
		}
	}
	return nil
}
