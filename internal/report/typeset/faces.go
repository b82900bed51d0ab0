// Package typeset knows the fonts that reports are set in, and how lines are: which
// characters there are and how wide, what is printed for one that is missing, where
// Japanese may break, and how a small font is cut for a document. What a report
// says, and what makes a PDF of it, is no business of this package.
package typeset

import "fmt"

// Faces are the two faces that reports are set in. They are read-only: any number
// of goroutines may use them at once.
type Faces struct {
	Regular, Bold *Face
}

// NewFaces parses two TrueType fonts. It fails when one is damaged, lacks a table
// that a PDF needs, or has no TrueType outlines, and never panics. The faces keep
// the bytes, which nobody may write to any more.
func NewFaces(regular, bold []byte) (*Faces, error) {
	r, err := newFace(regular)
	if err != nil {
		return nil, fmt.Errorf("regular font: %w", err)
	}
	b, err := newFace(bold)
	if err != nil {
		return nil, fmt.Errorf("bold font: %w", err)
	}
	return &Faces{Regular: r, Bold: b}, nil
}

// Has tells whether both faces can show a character.
func (f *Faces) Has(r rune) bool { return f.Regular.Has(r) && f.Bold.Has(r) }

// Face is the bold face or the regular one.
func (f *Faces) Face(bold bool) *Face {
	if bold {
		return f.Bold
	}
	return f.Regular
}
