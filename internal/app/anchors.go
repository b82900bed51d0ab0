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

// anchors are noted to a file, of which nothing is ever taken away, and to the log.
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
	f, err := os.OpenFile(s.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("note the head of the audit trail: %w", err)
	}
	_, err = f.WriteString(a.Line() + "\n")
	return errors.Join(err, f.Close())
}

// Each implements work.Anchors.
func (s anchors) Each(visit func(audit.Anchor) error) error {
	if s.path == "" {
		return nil
	}
	err := EachAnchor(s.path, visit)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// EachAnchor reads a file of anchors, one a line; empty lines and those that begin with
// # are passed over.
func EachAnchor(path string, visit func(audit.Anchor) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if text := lines.Text(); text == "" || text[0] == '#' {
			continue
		}
		a, err := audit.ParseAnchor(lines.Text())
		if err == nil {
			err = visit(a)
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", path, n, err)
		}
	}
	return lines.Err()
}
