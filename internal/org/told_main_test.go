package org

import (
	"testing"

	"tsunagi/internal/audit/audittest"
)

// watched are those that the tests of this room make: each tells old → new of what it
// changed, and each action of the room is among them.
var watched audittest.Watch

func TestMain(m *testing.M) { watched.Run(m, "org") }
