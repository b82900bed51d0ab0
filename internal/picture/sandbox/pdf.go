package sandbox

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"strings"
	"testing/fstest"
	"unicode"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	pdfium_errors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"tsunagi/internal/evidence"
	"tsunagi/internal/picture"
	"tsunagi/templates"
)

// wasmPages bounds the memory of PDFium: 256 MB.
const wasmPages = 4096

// reader reads PDFs. It reaches no file, no network and no clock of this machine.
type reader struct {
	pool     pdfium.Pool
	compiled wazero.CompilationCache
}

// newReader loads PDFium; its machine code is kept in a folder, so that only the very
// first start compiles it.
func newReader(ctx context.Context, folder string) (*reader, error) {
	compiled, err := wazero.NewCompilationCacheWithDir(folder)
	if err != nil {
		return nil, fmt.Errorf("keep what was compiled: %w", err)
	}
	pool, err := webassembly.Init(webassembly.Config{Context: ctx, MaxTotal: 1, MaxIdle: 0, Stdout: io.Discard, Stderr: io.Discard,
		FSConfig: wazero.NewFSConfig().WithFSMount(fonts(), "/"), // without one, PDFium would see every file of the machine
		RuntimeConfig: wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
			WithCompilationCache(compiled).WithMemoryLimitPages(wasmPages)})
	if err != nil {
		return nil, fmt.Errorf("load PDFium: %w", err)
	}
	return &reader{pool, compiled}, nil
}

// fonts are what PDFium finds for letters that a document does not bring along: ours, so
// that Japanese is drawn on every machine, and alike.
func fonts() fs.FS {
	return fstest.MapFS{
		"usr/share/fonts/BIZUDGothic-Regular.ttf": {Data: templates.FontRegular, Mode: 0o444},
		"usr/share/fonts/BIZUDGothic-Bold.ttf":    {Data: templates.FontBold, Mode: 0o444},
	}
}

// pdf is an opened document, in an instance of PDFium of its own: what a file spoils
// there is gone with it.
type pdf struct {
	pdfium.Pdfium
	doc   references.FPDF_DOCUMENT
	pages int
}

var (
	errLocked = errors.New("needs a password")
	errBroken = errors.New("cannot be opened")
	errPage   = errors.New("no such page")
)

// with opens a document, for as long as do takes.
func (r *reader) with(raw []byte, do func(pdf) error) error {
	instance, err := r.pool.GetInstance(startTime)
	if err != nil {
		return fmt.Errorf("start PDFium: %w", err)
	}
	defer func() { _ = instance.Close() }()
	opened, err := instance.OpenDocument(&requests.OpenDocument{File: &raw})
	switch {
	case errors.Is(err, pdfium_errors.ErrPassword), errors.Is(err, pdfium_errors.ErrSecurity):
		return errLocked
	case err != nil:
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	count, err := instance.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: opened.Document})
	if err != nil || count.PageCount < 1 {
		return errors.Join(errBroken, err)
	}
	return do(pdf{instance, opened.Document, count.PageCount})
}

// at names a page, from 1.
func (p pdf) at(page int) requests.Page {
	return requests.Page{ByIndex: &requests.PageByIndex{Document: p.doc, Index: page - 1}}
}

// marks looks for what a document holds beside its pages. PDFium writes it anew, with
// nothing locked or packed together, and that is what is searched.
func (p pdf) marks() []evidence.Mark {
	var names nameScan
	_, err := p.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{Document: p.doc, Flags: requests.SaveFlagRemoveSecurity, FileWriter: &names})
	found := names.marks()
	if err != nil { // cannot be written anew: what PDFium knows of it by itself
		if js, err := p.FPDFDoc_GetJavaScriptActionCount(&requests.FPDFDoc_GetJavaScriptActionCount{Document: p.doc}); err == nil && js.JavaScriptActionCount > 0 {
			found[evidence.Script] = true
		}
	}
	// Many programs write a list of files that is empty: only what is on it counts.
	if files, err := p.FPDFDoc_GetAttachmentCount(&requests.FPDFDoc_GetAttachmentCount{Document: p.doc}); err == nil && files.AttachmentCount > 0 {
		found[evidence.Embedded] = true
	}
	var out []evidence.Mark
	for _, m := range evidence.Marks {
		if found[m] {
			out = append(out, m)
		}
	}
	return out
}

// first tells whether the first page can be read at all.
func (p pdf) first() error {
	if _, err := p.FPDF_GetPageSizeByIndex(&requests.FPDF_GetPageSizeByIndex{Document: p.doc, Index: 0}); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return nil
}

// draw gives the picture of a page to use, for as long as use takes.
func (p pdf) draw(page int, box image.Point, use func(image.Image) error) error {
	if page < 1 || page > min(p.pages, evidence.PagesShown) {
		return errPage
	}
	res, err := p.RenderPageInPixels(&requests.RenderPageInPixels{Page: p.at(page), Width: box.X, Height: box.Y,
		RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT, RenderForm: true, Document: &p.doc})
	if err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	defer res.Cleanup()
	return use(res.Result.RenderedImage)
}

// text is what stands on a page, without what cannot be seen.
func (p pdf) text(page int) string {
	res, err := p.GetPageText(&requests.GetPageText{Page: p.at(page)})
	if err != nil {
		return "" // a page without a text is shown still
	}
	return plain(res.Text)
}

// plain is a text of foreign origin, with line breaks as ours, cut where it is long.
func plain(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n"), "\r", "\n")
	n := 0
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if n++; n > picture.MaxText || r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar) {
			return -1
		}
		return r
	}, text))
}
