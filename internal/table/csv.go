package table

import "strings"

// delimiters are tried in this order; on a tie the first wins.
var delimiters = []rune{',', '\t', ';'}

func readCSV(data []byte, opts Options) (*Table, error) {
	text, enc, unreadable, err := decode(data, opts.Encoding)
	if err != nil {
		return nil, err
	}
	text, comma, skipped := separator(text)
	b := builder{table: &Table{Format: CSV, Encoding: enc, Delimiter: comma, Unreadable: unreadable}}
	s := splitter{text: text, comma: comma}
	for number := 1 + skipped; s.next(); number++ {
		if err := b.add(number, s.cells); err != nil {
			return nil, err
		}
		if s.swallows(b.table.Width) && len(b.table.Rows) > 0 {
			b.table.Rows[len(b.table.Rows)-1].Swallows = true
		}
	}
	return b.table, nil
}

// separator finds the delimiter: the line "sep=;" that Excel writes and obeys, or
// the one that cuts the most rows into columns.
func separator(text string) (rest string, comma rune, skipped int) {
	end := strings.IndexAny(text, "\r\n")
	if end < 0 {
		return text, guessDelimiter(text), 0
	}
	if sep, ok := strings.CutPrefix(strings.ToLower(strings.Trim(text[:end], "\" ")), "sep="); ok {
		for _, d := range delimiters {
			if sep == string(d) {
				return text[end+lineEnd(text[end:]):], d, 1
			}
		}
	}
	return text, guessDelimiter(text), 0
}

// sampleRows are enough to tell the delimiter, titles above the header included.
const sampleRows = 50

func guessDelimiter(text string) rune {
	sample := text[:min(len(text), 256<<10)]
	best, bestScore := delimiters[0], 0
	for _, d := range delimiters {
		widths := map[int]int{}
		s := splitter{text: sample, comma: d}
		for n := 0; n < sampleRows && s.next(); n++ {
			if len(s.cells) > 1 || s.cells[0] != "" {
				widths[len(s.cells)]++
			}
		}
		// The score of a delimiter is how many rows agree on a width, times that width.
		score := 0
		for width, n := range widths {
			if width > 1 {
				score = max(score, n*width)
			}
		}
		if score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// splitter cuts text into records, one at a time: a line is one, whichever way it ends,
// also a blank one; what is quoted may hold line ends. So the number of a record is that
// which a spreadsheet shows.
//
// A quote that is never closed is a sign like any other, so that no row after it is
// swallowed.
type splitter struct {
	text  string
	comma rune
	cells []string // of the present record; beyond one more than is allowed, only what holds something
	wild  int      // quotes that were looked for and not closed
}

const (
	maxQuoted = 4*maxCell + 64 // bytes between quotes: longer than any cell that is taken
	maxWild   = 200            // after so many open quotes nothing is quoted any more
)

// next reads a record; false at the end.
func (s *splitter) next() bool {
	s.cells = s.cells[:0]
	if s.text == "" {
		return false
	}
	for {
		cell, quoted := "", false
		if s.text != "" && s.text[0] == '"' {
			cell, quoted = s.quoted()
		}
		if !quoted {
			end := strings.IndexAny(s.text, string(s.comma)+"\r\n")
			if end < 0 {
				end = len(s.text)
			}
			cell, s.text = s.text[:end], s.text[end:]
		}
		s.take(cell)
		if n := lineEnd(s.text); n > 0 || s.text == "" {
			s.text = s.text[n:]
			return true
		}
		s.text = s.text[1:] // the delimiter
	}
}

// take adds a cell. Of cells beyond the limit one that holds something is enough to
// refuse the table, and none need be kept.
func (s *splitter) take(cell string) {
	switch {
	case len(s.cells) <= maxColumns:
		s.cells = append(s.cells, cell)
	case strings.TrimSpace(cell) != "":
		s.cells[maxColumns] = cell
	}
}

// quoted reads a quoted cell up to its closing quote, which a delimiter or the end of a
// line follows; false when there is none. Quotes inside that are not doubled are kept,
// but not below a line end: there they are another cell's, and this one was left open.
func (s *splitter) quoted() (string, bool) {
	if s.wild > maxWild {
		return "", false
	}
	within := s.text[:min(len(s.text), maxQuoted)]
	line := strings.IndexAny(within, "\r\n")
	for from := 1; from < len(within); from++ {
		at := strings.IndexByte(within[from:], '"')
		if at < 0 {
			break
		}
		from += at
		after := s.text[from+1:]
		switch {
		case after == "" || lineEnd(after) > 0 || strings.HasPrefix(after, string(s.comma)):
			s.text = after
			return strings.ReplaceAll(within[1:from], `""`, `"`), true
		case after[0] == '"':
			from++
		case line >= 0 && line < from:
			s.wild++
			return "", false
		}
	}
	s.wild++
	return "", false
}

// lineEnd is how many bytes at the start of text end a line; 0: none do.
func lineEnd(text string) int {
	switch {
	case strings.HasPrefix(text, "\r\n"):
		return 2
	case strings.HasPrefix(text, "\r"), strings.HasPrefix(text, "\n"):
		return 1
	}
	return 0
}

// swallows tells whether a cell holds what looks like rows of their own: a quote that was
// left open was closed by one further down.
func (s *splitter) swallows(width int) bool {
	if width < 3 {
		return false
	}
	for _, cell := range s.cells {
		if !strings.ContainsAny(cell, "\r\n") {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(cell, "\r", "\n")) {
			if strings.Count(line, string(s.comma)) >= width-1 {
				return true
			}
		}
	}
	return false
}
