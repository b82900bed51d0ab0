package audittest

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"time"
)

// Parts gives a record with one of its parts changed, for each of them but those that are
// named: what a person can change, an entry must tell. A part of a part is "Contact.Name".
func Parts[T any](was T, but ...string) iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for _, p := range partsOf(reflect.TypeFor[T](), part{}, but) {
			is := reflect.New(reflect.TypeFor[T]()).Elem()
			is.Set(reflect.ValueOf(was))
			at := is.FieldByIndex(p.at)
			at.Set(another(p.name, at))
			if !yield(p.name, is.Interface().(T)) {
				return
			}
		}
	}
}

type part struct {
	name string
	at   []int
}

func partsOf(t reflect.Type, of part, but []string) []part {
	var all []part
	for i := range t.NumField() {
		f := t.Field(i)
		p := part{of.name + f.Name, append(slices.Clone(of.at), i)}
		switch {
		case slices.Contains(but, p.name):
		case f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[time.Time]():
			p.name += "."
			all = append(all, partsOf(f.Type, p, but)...)
		default:
			all = append(all, p)
		}
	}
	return all
}

// another is a value that differs from one.
func another(name string, v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		out.SetString(v.String() + "x")
	case reflect.Bool:
		out.SetBool(!v.Bool())
	case reflect.Int:
		out.SetInt(v.Int() + 1)
	case reflect.Slice:
		return reflect.Append(v.Slice3(0, v.Len(), v.Len()), another(name, reflect.New(v.Type().Elem()).Elem()))
	case reflect.Struct:
		return reflect.ValueOf(v.Interface().(time.Time).AddDate(0, 0, 1))
	default:
		panic(fmt.Sprintf("audittest: nobody knows how to change %s, a %s", name, v.Type()))
	}
	return out
}
