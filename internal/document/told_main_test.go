package document

import (
	"testing"

	"tsunagi/internal/audit/audittest"
)

// Entries are those that the tests of this room make: each tells old → new of what it
// changed, and each action of the room is among them.
var Entries audittest.Watch

func TestMain(m *testing.M) { Entries.Run(m, "document") }
