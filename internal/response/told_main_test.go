package response

import (
	"testing"

	"tsunagi/internal/audit/audittest"
)

// entries are those that the tests of this room make: each tells old → new of what it
// changed, and each action of the room is among them.
var entries audittest.Watch

func TestMain(m *testing.M) { entries.Run(m, "response") }
