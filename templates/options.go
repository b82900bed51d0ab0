package templates

import (
	"fmt"
	"reflect"

	"tsunagi/internal/locale"
)

// option is one of several choices of a form.
type option struct{ Value, Label, Hint string }

// options put the values of a rule into words: their labels and hints are the messages
// of prefix and value. It fails when values are no list.
func options(p *locale.Printer, values any, prefix, hints string) ([]option, error) {
	list := reflect.ValueOf(values)
	if list.Kind() != reflect.Slice {
		return nil, fmt.Errorf("options: %T is not a list", values)
	}
	out := make([]option, list.Len())
	for i := range out {
		value := fmt.Sprint(list.Index(i))
		out[i] = option{Value: value, Label: p.T(prefix + value)}
		if hints != "" {
			out[i].Hint = p.T(hints + value)
		}
	}
	return out, nil
}
