// Package shape tells which fields a record has, as the database keeps it, and gives them.
package shape

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Paths gives every path that a record knows, with * for the keys of a map and ** for
// what lies below a record that holds its own kind.
func Paths(record any) []string { return paths(reflect.TypeOf(record), "") }

func paths(t reflect.Type, before string, within ...reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	switch {
	case slices.Contains(within, t):
		return []string{before + "**"}
	case t.Kind() == reflect.Map:
		return append([]string{before + "*"}, paths(t.Elem(), before+"*.", within...)...)
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
			out = append(out, paths(f.Type, before, within...)...)
		default:
			if name == "" {
				name = strings.ToLower(f.Name) // as the driver does
			}
			out = append(append(out, before+name), paths(f.Type, before+name+".", within...)...)
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

// Has tells whether one of the paths is the field that a query names.
func Has(paths []string, field string) bool {
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

// Without is a record's fields but one, for a change that names that one in its filter.
func Without(record any, field string) any {
	raw, err := bson.Marshal(record)
	if err != nil {
		return record // the driver will say what is wrong with it
	}
	var fields bson.D
	if err := bson.Unmarshal(raw, &fields); err != nil {
		return record
	}
	return slices.DeleteFunc(fields, func(f bson.E) bool { return f.Key == field })
}

// Omitted lists the fields of a record that are not stored when they are empty.
func Omitted(of reflect.Type) []string {
	var out []string
	for f := range of.Fields() {
		if name, options, _ := strings.Cut(f.Tag.Get("bson"), ","); options == "omitempty" {
			out = append(out, name)
		}
	}
	return out
}
