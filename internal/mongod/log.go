package mongod

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"
)

// logLimit is the size at which mongod.log gives way to a new one; one older log
// is kept, so a server that runs for years does not fill the disk.
const logLimit = 32 << 20

// trimLog sets a log that has grown aside and tells whether it did.
func (s *Server) trimLog() (bool, error) {
	info, err := os.Stat(s.cfg.path("mongod.log"))
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() < logLimit {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at the server's log: %w", err)
	}
	return true, os.Rename(s.cfg.path("mongod.log"), s.cfg.path("mongod.log.1"))
}

// keepLogSmall sets a grown log aside, looking once an hour for as long as the server
// runs.
func (s *Server) keepLogSmall(process *os.Process, done <-chan struct{}) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			s.renewLog(process)
		}
	}
}

// renewLog sets a grown log aside; on the signal mongod opens a new one.
func (s *Server) renewLog(process *os.Process) {
	// A log that cannot be moved goes on growing where it is: no reason to stop.
	if trimmed, err := s.trimLog(); err == nil && trimmed {
		_ = process.Signal(syscall.SIGUSR1)
	}
}

// logSize is where the log of the next process begins.
func (s *Server) logSize() int64 {
	info, err := os.Stat(s.cfg.path("mongod.log"))
	if err != nil {
		return 0
	}
	return info.Size()
}

// lastWords is why the process of now failed, as its log has it, as ": words", or nothing.
func (s *Server) lastWords() string {
	raw, err := os.ReadFile(s.cfg.path("mongod.log"))
	if err != nil {
		return ""
	}
	if from := s.current().logFrom; from <= int64(len(raw)) { // else the log was renewed meanwhile
		raw = raw[from:]
	}
	if words := fatal(raw); words != "" {
		return ": " + words
	}
	return ""
}

// logLine is a line of mongod's log, as far as it tells of an error.
type logLine struct {
	Severity string `json:"s"`
	Message  string `json:"msg"`
	Attr     struct {
		Error   any `json:"error"`
		Reason  any `json:"reason"`
		Message any `json:"message"`
	} `json:"attr"`
}

// fatal is what the first fatal line of a log says: those that follow tell only that it
// gives up. Its cause often stands in the error before it. Without a fatal line the last
// error counts.
func fatal(log []byte) string {
	var cause *logLine
	for raw := range bytes.Lines(log) {
		if !bytes.Contains(raw, []byte(`"s":"E"`)) && !bytes.Contains(raw, []byte(`"s":"F"`)) {
			continue
		}
		line := new(logLine)
		switch err := json.Unmarshal(raw, line); {
		case err != nil:
		case line.Severity == "E":
			cause = line
		case line.Severity == "F" && line.detail() == "" && cause != nil:
			return line.words() + ": " + cause.words()
		case line.Severity == "F":
			return line.words()
		}
	}
	if cause == nil {
		return ""
	}
	return cause.words()
}

func (l *logLine) words() string {
	words := strings.Join(strings.Fields(l.Message), " ")
	if detail := l.detail(); detail != "" {
		words += ": " + detail
	}
	return words
}

// detail is the cause that a line names, a text or the parts of one.
func (l *logLine) detail() string {
	if parts, ok := l.Attr.Message.(map[string]any); ok { // of the storage engine
		for _, name := range []string{"error_str", "msg"} {
			if text, ok := parts[name].(string); ok {
				return text
			}
		}
	}
	for _, d := range []any{l.Attr.Message, l.Attr.Error, l.Attr.Reason} {
		if d == nil {
			continue
		}
		if parts, ok := d.(map[string]any); ok && parts["errmsg"] != nil {
			d = parts["errmsg"]
		}
		return strings.Join(strings.Fields(fmt.Sprint(d)), " ")
	}
	return ""
}
