// Package locale words what people read: messages in Japanese and English,
// plurals, and dates as they are written in Japan.
package locale

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"

	"tsunagi/internal/fault"
	"tsunagi/internal/tidy"
)

// Languages are the languages of the interface. The first stands in where a person's
// own is not among them.
var Languages = []string{"ja", "en"}

// Catalog holds every message in every language.
type Catalog struct {
	printers map[string]*Printer
	keys     map[string]bool
}

// Load reads locales/<language>/<feature>.yaml: flat keys, a text or a map of
// plural forms each. It fails on a key given twice or missing in one language.
func Load(files fs.FS) (*Catalog, error) {
	bundle := i18n.NewBundle(language.Japanese)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	c := &Catalog{printers: map[string]*Printer{}, keys: map[string]bool{}}
	byLang := map[string]map[string]bool{}
	for _, lang := range Languages {
		keys, err := loadLanguage(bundle, files, lang)
		if err != nil {
			return nil, err
		}
		byLang[lang] = keys
		c.printers[lang] = &Printer{Lang: lang, localizer: i18n.NewLocalizer(bundle, lang), keys: keys}
	}
	c.keys = byLang[Languages[0]]
	if missing := difference(byLang); len(missing) > 0 {
		return nil, fmt.Errorf("messages in one language only: %s", strings.Join(missing, ", "))
	}
	return c, nil
}

func loadLanguage(bundle *i18n.Bundle, files fs.FS, lang string) (map[string]bool, error) {
	names, err := fs.Glob(files, path.Join("locales", lang, "*.yaml"))
	if err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var messages map[string]any
		if err := yaml.Unmarshal(raw, &messages); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for key, value := range messages {
			if keys[key] {
				return nil, fmt.Errorf("%s: the key %s is given twice", name, key)
			}
			keys[key] = true
			m, err := message(key, value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if err := bundle.AddMessages(language.MustParse(lang), m); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, key, err)
			}
		}
	}
	return keys, nil
}

func message(key string, value any) (*i18n.Message, error) {
	switch v := value.(type) {
	case string:
		if v == "" { // an empty text would be taken for a missing one, and said in another language
			v = `{{""}}`
		}
		return &i18n.Message{ID: key, Other: v}, nil
	case map[string]any:
		one, _ := v["one"].(string)
		other, ok := v["other"].(string)
		if !ok {
			return nil, fmt.Errorf("%s has no form \"other\"", key)
		}
		return &i18n.Message{ID: key, One: one, Other: other}, nil
	}
	return nil, fmt.Errorf("%s is neither a text nor plural forms", key)
}

func difference(byLang map[string]map[string]bool) []string {
	var out []string
	for lang, keys := range byLang {
		for other, theirs := range byLang {
			for key := range keys {
				if !theirs[key] {
					out = append(out, fmt.Sprintf("%s (in %s, not in %s)", key, lang, other))
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// For gives the printer of a language, Japanese for one that we do not have.
func (c *Catalog) For(lang string) *Printer {
	if p := c.printers[lang]; p != nil {
		return p
	}
	return c.printers[Languages[0]]
}

// Has tells whether there is such a message.
func (c *Catalog) Has(key string) bool { return c.keys[key] }

// Keys lists every message key, sorted.
func (c *Catalog) Keys() []string {
	out := make([]string, 0, len(c.keys))
	for k := range c.keys {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Printer words messages, dates and numbers in one language.
type Printer struct {
	Lang      string
	localizer *i18n.Localizer
	keys      map[string]bool
}

// unknown encloses the key of a message that does not exist; tests look for it.
const unknown = "⟦"

// T words a message. Arguments are pairs of name and value, or one fault.Args;
// "Count" chooses the plural form, and a time is said as its date.
func (p *Printer) T(key string, args ...any) string {
	if !p.keys[key] {
		return unknown + key + "⟧"
	}
	data := arguments(args)
	for name, value := range data {
		if day, ok := value.(time.Time); ok {
			data[name] = p.Date(day)
		}
	}
	cfg := &i18n.LocalizeConfig{MessageID: key, TemplateData: data, TemplateParser: parser{}}
	if n, ok := data["Count"]; ok {
		cfg.PluralCount = n
		if i, ok := n.(int); ok {
			data["Count"] = p.Number(i)
		}
	}
	out, err := p.localizer.Localize(cfg)
	if err != nil && out == "" {
		return unknown + key + "⟧"
	}
	return out
}

// parser reads messages. No message writes 様 or 御中 after a name: {{person .Name}} and
// its kin do, which know what was typed already.
type parser struct{}

var words = template.TextParser{Funcs: map[string]any{
	"name": tidy.Name, "person": tidy.Person, "organization": tidy.Organization, "addressee": tidy.Addressee,
}}

// Cacheable: what the messages call is the same every time.
func (parser) Cacheable() bool { return true }

func (parser) Parse(text, left, right string) (template.ParsedTemplate, error) {
	return words.Parse(text, left, right)
}

func arguments(args []any) map[string]any {
	data := map[string]any{}
	if len(args) == 1 {
		switch m := args[0].(type) {
		case fault.Args:
			for k, v := range m {
				data[k] = v
			}
			return data
		case map[string]any:
			for k, v := range m {
				data[k] = v
			}
			return data
		}
	}
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			data[name] = args[i+1]
		}
	}
	return data
}

// Fault words an error for the person who sees it. An error that nobody worded
// gets the message of its kind; what it holds stays in the log.
func (p *Printer) Fault(err error) string {
	key, args := faultKey(err)
	if !p.keys[key] {
		key = "fault." + fault.KindOf(err).String()
	}
	return p.T(key, args)
}

// FieldFault words what is wrong with one field.
func (p *Printer) FieldFault(f fault.Field) string { return p.T(f.Key, f.Args) }

// Explain words an error with all its fields, for the command line.
func (p *Printer) Explain(err error) string {
	out := p.Fault(err)
	for _, f := range fault.FieldsOf(err) {
		out += "\n  " + f.Name + ": " + p.FieldFault(f)
	}
	return out
}
