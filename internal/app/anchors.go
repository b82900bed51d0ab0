package app

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"tsunagi/internal/audit"
)

// AnchorsPath is the file beside the data to which the heads of the trail are noted.
func AnchorsPath(data string) string { return filepath.Join(data, "trail.anchors") }

// anchors are noted to a file and to the log. Nothing is ever taken away from the file:
// each line proves what those around it do not, and whoever could shorten it could hide
// something. It grows by a hundred bytes every ten minutes in which an organisation's trail
// moved, so by five megabytes a year at most, and is read line by line. A line counts for
// ever, also in a file that was moved elsewhere (audit verify --anchor).
type anchors struct {
	path string // empty: to the log alone
	log  *slog.Logger
}

// Add implements work.Anchors.
func (s anchors) Add(a audit.Anchor) error {
	s.log.Info("head of the audit trail", "anchor", a.Line())
	if s.path == "" {
		return nil
	}
	f, err := os.OpenFile(s.path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("note the head of the audit trail: %w", err)
	}
	torn, err := endsInside(f)
	if err == nil {
		line := a.Line() + "\n"
		if torn {
			line = "\n" + line
		}
		_, err = f.WriteString(line)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("note the head of the audit trail: %w", err)
	}
	return nil
}

// endsInside tells whether a file ends in the middle of a line, as a full disk or a lost
// supply of power leaves it.
func endsInside(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false, err
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return last[0] != '\n', err
}

// Each implements work.Anchors.
func (s anchors) Each(visit func(audit.Anchor) error) error {
	if s.path == "" {
		return nil
	}
	err := EachAnchor(s.path, visit)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case errors.Is(err, ErrNoAnchor): // the others are read; audit verify names it
		s.log.Warn("the file of the trail's heads has a line that cannot be read", "error", err)
		return nil
	}
	return err
}

// EachAnchor reads a file of anchors, one a line; empty lines and those that begin with
// # are passed over. Lines that are no anchor are told together at the end: one that was
// torn off keeps none of the others from being read.
func EachAnchor(path string, visit func(audit.Anchor) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	var unread []error
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if text := lines.Text(); text == "" || text[0] == '#' {
			continue
		}
		a, err := audit.ParseAnchor(lines.Text())
		if err != nil {
			unread = append(unread, fmt.Errorf("%w: %s, line %d: %w", ErrNoAnchor, path, n, err))
			continue
		}
		if err := visit(a); err != nil {
			return fmt.Errorf("%s, line %d: %w", path, n, err)
		}
	}
	return errors.Join(append(unread, lines.Err())...)
}

// ErrNoAnchor says that a line of a file of anchors is none.
var ErrNoAnchor = errors.New("a line that is no head of the trail")
