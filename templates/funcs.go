package templates

import (
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"tsunagi/internal/calendar"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
)

// funcs are what templates may call, in one language. None of them gives HTML:
// what data holds is always escaped.
func (s *Set) funcs(p *locale.Printer) template.FuncMap {
	return template.FuncMap{
		"t":      func(key string, args ...any) string { return p.T(key, args...) },
		"detail": p.Detail,
		// word joins a prefix and a value to a message key: state names and the like.
		"word":       func(prefix string, value any) string { return p.T(prefix + fmt.Sprint(value)) },
		"notice":     func(key string, args fault.Args) string { return p.T(key, args) },
		"lang":       func() string { return p.Lang },
		"roles":      p.Roles,
		"date":       onTime(p.Date),
		"shortdate":  onTime(p.ShortDate),
		"datetime":   onTime(p.DateTime),
		"deadline":   onTime(p.Deadline),
		"day":        onTime(p.Day),
		"month":      onTime(p.Month),
		"eradate":    onTime(p.EraDate),
		"isodate":    onTime(func(t time.Time) string { return t.In(calendar.Tokyo).Format(time.RFC3339) }),
		"daysleft":   p.DaysLeft,
		"number":     p.Number,
		"filesize":   p.FileSize,
		"dict":       dict,
		"list":       func(v ...any) []any { return v },
		"asset":      s.Asset,
		"fault":      func(err error) string { return p.Fault(err) },
		"faults":     func(err error) []fault.Field { return fault.FieldsOf(err) },
		"faultLine":  func(f fault.Field, names map[string]any) string { return faultLine(p, f, names) },
		"fieldError": func(problem any, name string) string { return fieldError(p, problem, name) },
		"answer": func(q questionnaire.Question, a questionnaire.Answer) string {
			return questionnaire.AnswerText(q, a, p.Lang)
		},
		"terms": func(q questionnaire.Question) []questionnaire.Term { return s.terms.Of(q, p.Lang) },
		// tag is how a state is shown: the argument of the component of that name.
		"tag":     func(of any) (tag, error) { return tagOf(p, of) },
		"options": func(values any, prefix, hints string) ([]option, error) { return options(p, values, prefix, hints) },
		"formkey": rand.Text, // by which what is posted has one effect
		"add":     func(a, b int) int { return a + b },
		"sub":     func(a, b int) int { return a - b },
		"join":    func(parts []string, sep string) string { return strings.Join(parts, sep) },
		"has":     has,
		"query":   query,
		"str":     func(v any) string { return fmt.Sprint(v) },
	}
}

// onTime lets a date be given as a time or as a pointer that may be nil.
func onTime(f func(time.Time) string) func(any) (string, error) {
	return func(v any) (string, error) {
		switch t := v.(type) {
		case nil:
			return "", nil
		case time.Time:
			if t.IsZero() {
				return "", nil
			}
			return f(t), nil
		case *time.Time:
			if t == nil || t.IsZero() {
				return "", nil
			}
			return f(*t), nil
		}
		return "", fmt.Errorf("%T is not a time", v)
	}
}

// dict makes the argument of a component out of pairs of name and value.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: a name without a value")
	}
	out := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// fieldError words what is wrong with a field, "" when nothing is.
func fieldError(p *locale.Printer, problem any, name string) string {
	err, ok := problem.(error) // a component's dict holds an untyped nil when nothing is wrong
	if !ok {
		return ""
	}
	for _, f := range fault.FieldsOf(err) {
		if f.Name == name {
			return p.FieldFault(f)
		}
	}
	return ""
}

// faultLine words an entry of a summary: what is wrong, after the name of the field, unless
// the words say it already. names are message keys by the names of fields.
func faultLine(p *locale.Printer, f fault.Field, names map[string]any) string {
	text := p.FieldFault(f)
	key, ok := names[f.Name].(string)
	if !ok {
		return text
	}
	if name := p.T(key); !strings.Contains(text, name) {
		return p.T("common.problem-field", "Name", name, "Text", text)
	}
	return text
}

// has tells whether a list holds a value, compared as text.
func has(list any, value any) bool {
	want := fmt.Sprint(value)
	switch l := list.(type) {
	case []string:
		for _, v := range l {
			if v == want {
				return true
			}
		}
	case []any:
		for _, v := range l {
			if fmt.Sprint(v) == want {
				return true
			}
		}
	case []int:
		for _, v := range l {
			if fmt.Sprint(v) == want {
				return true
			}
		}
	}
	return false
}

// query changes one parameter of a query string: for pages and sorting, which
// keep the filters.
func query(raw, name string, value any) (string, error) {
	q, err := url.ParseQuery(raw)
	if err != nil {
		q = url.Values{}
	}
	if v := fmt.Sprint(value); v == "" {
		q.Del(name)
	} else {
		q.Set(name, v)
	}
	return "?" + q.Encode(), nil
}
