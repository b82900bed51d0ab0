package table

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"tsunagi/internal/fault"
)

// delimiters are tried in this order; on a tie the first wins.
var delimiters = []rune{',', '\t', ';'}

func readCSV(data []byte, opts Options) (*Table, error) {
	text, enc, unreadable, err := decode(data, opts.Encoding)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(text, "\n") { // line ends of old Macs
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	text, comma, skipped := separator(text)
	b := builder{table: &Table{Format: CSV, Encoding: enc, Delimiter: comma, Unreadable: unreadable}}
	err = records(text, comma, func(number int, cells []string) error {
		return b.add(number+skipped, cells)
	})
	if err != nil {
		return nil, err
	}
	return b.table, nil
}

// separator finds the delimiter: the line "sep=;" that Excel writes and obeys, or
// the one that cuts the most rows into columns.
func separator(text string) (rest string, comma rune, skipped int) {
	first, after, _ := strings.Cut(text, "\n")
	if sep, ok := strings.CutPrefix(strings.ToLower(strings.Trim(first, "\r\" ")), "sep="); ok {
		for _, d := range delimiters {
			if sep == string(d) {
				return after, d, 1
			}
		}
	}
	return text, guessDelimiter(text), 0
}

// sampleRows are enough to tell the delimiter, titles above the header included.
const sampleRows = 50

var errEnough = errors.New("enough rows")

func guessDelimiter(text string) rune {
	sample := text[:min(len(text), 256<<10)]
	best, bestScore := delimiters[0], 0
	for _, d := range delimiters {
		rows, widths := 0, map[int]int{}
		_ = records(sample, d, func(_ int, cells []string) error {
			if rows++; rows > sampleRows {
				return errEnough
			}
			widths[len(cells)]++
			return nil
		})
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

// records calls each with every record and the row number that a spreadsheet
// shows: blank lines count, line breaks inside quotes do not.
func records(text string, comma rune, each func(number int, cells []string) error) error {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = comma, true, -1, true
	number, lastLine := 0, 0
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.New(fault.Invalid, "fault.sheet.broken").Because(err)
		}
		line, _ := r.FieldPos(0)
		number += line - lastLine
		lastLine, _ = r.FieldPos(len(cells) - 1)
		lastLine += strings.Count(cells[len(cells)-1], "\n")
		if err := each(number, cells); err != nil {
			return err
		}
	}
}
