// Package templates holds what people see, embedded in the program: pages, mails,
// questionnaires, messages, styles, scripts and fonts. Every page is parsed at
// start, in every language.
package templates

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"mime"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"tsunagi/internal/locale"
	"tsunagi/internal/questionnaire"
)

// FS holds the embedded files.
//
//go:embed layout pages mail all:questions all:questionnaires static locales
var FS embed.FS

// The faces that papers are set in. They stay in the program's own pages, where a
// copy out of FS would take 8 MB of memory. Nobody may write to them.
var (
	//go:embed fonts/BIZUDGothic_400Regular.ttf
	FontRegular []byte
	//go:embed fonts/BIZUDGothic_700Bold.ttf
	FontBold []byte
)

// Set is every page in every language, and the static files.
type Set struct {
	mu     sync.Mutex
	bases  map[string]shared             // by language
	names  map[string]string             // file of each page, by page
	pages  map[string]*template.Template // by language + "/" + page, made when first asked for
	assets map[string]asset
	terms  questionnaire.Glossary
}

// shared is what the pages of a language are made of: layout, components and
// question partials, and the functions that they call. It is copied from, and never
// run itself.
type shared struct {
	parts *template.Template
	funcs template.FuncMap
}

type asset struct {
	File
	hash string
}

// File is a static file: as it is, and packed with gzip where that is shorter.
type File struct {
	Body, Packed []byte
	Kind         string
}

// Parse reads every page with the layout, the components and the question
// partials. It fails on the first that does not parse.
func Parse(catalog *locale.Catalog) (*Set, error) {
	s := &Set{bases: map[string]shared{}, names: map[string]string{}, pages: map[string]*template.Template{}, assets: map[string]asset{}}
	if err := s.readAssets(); err != nil {
		return nil, err
	}
	var err error
	if s.terms, err = questionnaire.LoadGlossary(FS); err != nil {
		return nil, err
	}
	pages, err := files("pages", ".html")
	if err != nil {
		return nil, err
	}
	for _, lang := range locale.Languages {
		base, err := parseShared(s.funcs(catalog.For(lang)))
		if err != nil {
			return nil, err
		}
		s.bases[lang] = base
		for _, name := range pages {
			s.names[strings.TrimSuffix(strings.TrimPrefix(name, "pages/"), ".html")] = name
			// Parsed to find faults at start, and let go: most are never asked for.
			if _, err := base.page(name); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

func parseFile(t *template.Template, name string) error {
	raw, err := FS.ReadFile(name)
	if err != nil {
		return err
	}
	if _, err := t.New(name).Parse(string(raw)); err != nil {
		return fmt.Errorf("template %s: %w", name, err)
	}
	return nil
}

func files(dir, suffix string) ([]string, error) {
	var out []string
	err := fs.WalkDir(FS, dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(name, suffix) {
			out = append(out, name)
		}
		return err
	})
	return out, err
}

// page gives a page of a language, nil when there is none.
func (s *Set) page(lang, name string) (*template.Template, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.pages[lang+"/"+name]; t != nil {
		return t, nil
	}
	base, file := s.bases[lang], s.names[name]
	if base.parts == nil || file == "" {
		return nil, fmt.Errorf("no page %q in %q", name, lang)
	}
	t, err := base.page(file)
	if err == nil {
		s.pages[lang+"/"+name] = t
	}
	return t, err
}

// Execute renders a page with its layout. Nothing is written when it fails.
func (s *Set) Execute(w io.Writer, lang, page string, data any) error {
	return s.Fragment(w, lang, page, "base", data)
}

// Fragment renders one named block of a page.
func (s *Set) Fragment(w io.Writer, lang, page, block string, data any) error {
	t, err := s.page(lang, page)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, block, data); err != nil {
		return fmt.Errorf("render %s: %w", page, err)
	}
	_, err = buf.WriteTo(w)
	return err
}

func (s *Set) readAssets() error {
	names, err := files("static", "")
	if err != nil {
		return err
	}
	for _, name := range names {
		raw, err := FS.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, "static/")
		if s.assets[name], err = newAsset(name, raw); err != nil {
			return err
		}
	}
	return s.bindImports()
}

// newAsset is a file with its address and its packed form.
func newAsset(name string, raw []byte) (asset, error) {
	packed, err := pack(raw)
	if err != nil {
		return asset{}, fmt.Errorf("pack %s: %w", name, err)
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if path.Ext(name) == ".js" {
		kind = "text/javascript; charset=utf-8"
	}
	sum := sha256.Sum256(raw)
	return asset{File{raw, packed, kind}, hex.EncodeToString(sum[:6])}, nil
}

// Asset is the address of a static file. It changes with the content, so that
// browsers may keep the file for ever.
func (s *Set) Asset(name string) (string, error) {
	a, ok := s.assets[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return "/static/" + a.hash + "/" + name, nil
}

// Static gives a file by its address.
func (s *Set) Static(hash, name string) (File, bool) {
	a, ok := s.assets[name]
	return a.File, ok && a.hash == hash
}

// pack is a file packed once, at the start; nil when that makes it no shorter.
func pack(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil || out.Len() >= len(raw) {
		return nil, err
	}
	return out.Bytes(), nil
}

// imported finds what a script of ours imports.
var imported = regexp.MustCompile(`(?m)^(import .* from ")\./([a-z]+\.js)(";)$`)

// bindImports gives what a script imports by its address, which changes with its content:
// then the script's own does too. A module that is imported stands alone.
func (s *Set) bindImports() error {
	bound := map[string]asset{}
	for name, a := range s.assets {
		if path.Ext(name) != ".js" || strings.HasPrefix(name, "vendor/") || !bytes.Contains(a.Body, []byte("\nimport ")) {
			continue
		}
		body := a.Body
		for _, found := range imported.FindAllSubmatch(a.Body, -1) {
			module := path.Join(path.Dir(name), string(found[2]))
			other, ok := s.assets[module]
			if !ok || bytes.Contains(other.Body, []byte("\nimport ")) {
				return fmt.Errorf("%s imports %s, which is not there or imports another module itself", name, module)
			}
			body = bytes.Replace(body, found[0], slices.Concat(found[1], []byte("/static/"+other.hash+"/"+module), found[3]), 1)
		}
		if bytes.Contains(body, []byte(`from ".`)) {
			return errors.New(name + " imports in a way that cannot be bound: one line, import … from \"./name.js\";")
		}
		var err error
		if bound[name], err = newAsset(name, body); err != nil {
			return err
		}
	}
	maps.Copy(s.assets, bound)
	return nil
}
