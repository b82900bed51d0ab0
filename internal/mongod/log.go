package mongod

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
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

// lastWords is what mongod's log says last of an error, as ": words", or nothing.
func (s *Server) lastWords() string {
	raw, err := os.ReadFile(s.cfg.path("mongod.log"))
	if err != nil {
		return ""
	}
	const tail = 64 << 10
	lines := bytes.Split(raw[max(0, len(raw)-tail):], []byte("\n"))
	for i := len(lines) - 1; i >= 0; i-- {
		var line struct {
			Severity string `json:"s"`
			Message  string `json:"msg"`
			Attr     struct {
				Error any `json:"error"`
			} `json:"attr"`
		}
		if json.Unmarshal(lines[i], &line) != nil || line.Severity != "E" && line.Severity != "F" {
			continue
		}
		if line.Attr.Error != nil {
			return fmt.Sprintf(": %s: %v", line.Message, line.Attr.Error)
		}
		return ": " + line.Message
	}
	return ""
}
