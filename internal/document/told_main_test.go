package document

import (
	"testing"

	"tsunagi/internal/audit/audittest"
)

// Watched are those that the tests of this room make: each tells old → new of what it
// changed, and each action of the room is among them.
var Watched audittest.Watch

func TestMain(m *testing.M) { Watched.Run(m, "document") }
