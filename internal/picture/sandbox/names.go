package sandbox

import "tsunagi/internal/evidence"

// nameMarks tells of each PDF name (ISO 32000-1) what it marks. Only long names stand
// here: by chance none of them occurs in compressed data.
var nameMarks = map[string]evidence.Mark{
	"JavaScript":     evidence.Script, // 12.6.4.16; an action without this name does not run
	"Rendition":      evidence.Script, // 12.6.4.13: may hold a script
	"Launch":         evidence.Launch, // 12.6.4.5
	"SubmitForm":     evidence.Submit, // 12.7.5.2
	"ImportData":     evidence.Submit, // 12.7.5.4
	"EmbeddedFile":   evidence.Embedded,
	"FileAttachment": evidence.Embedded, // 12.5.6.15
	"RichMedia":      evidence.Embedded,
	"ByteRange":      evidence.Signed, // 12.8.1
}

// fieldTypes are the fields that are filled in; a signature is none of them.
var fieldTypes = map[string]bool{"Tx": true, "Btn": true, "Ch": true}

// longestName is how much of a name is looked at.
const longestName = 16

// nameScan is a writer that looks for names. It does not follow the structure of the
// document, which could be made to hide them.
type nameScan struct {
	found  map[evidence.Mark]bool
	name   []byte
	inName bool
	before string // the name before
}

// Write implements io.Writer.
func (s *nameScan) Write(p []byte) (int, error) {
	for _, c := range p {
		switch {
		case c == '/':
			s.end()
			s.inName, s.name = true, s.name[:0]
		case !s.inName:
		case c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
			if len(s.name) <= longestName {
				s.name = append(s.name, c)
			}
		default:
			s.end()
		}
	}
	return len(p), nil
}

// end judges a name that is complete.
func (s *nameScan) end() {
	if !s.inName {
		return
	}
	name := string(s.name)
	m, ok := nameMarks[name]
	if !ok && s.before == "FT" && fieldTypes[name] {
		m, ok = evidence.Fields, true
	}
	if ok {
		if s.found == nil {
			s.found = map[evidence.Mark]bool{}
		}
		s.found[m] = true
	}
	s.before, s.inName = name, false
}

// marks is what was found in all that was written.
func (s *nameScan) marks() map[evidence.Mark]bool {
	s.end()
	if s.found == nil {
		s.found = map[evidence.Mark]bool{}
	}
	return s.found
}
