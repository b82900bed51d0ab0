package mongodb_test

import (
	"testing"

	"tsunagi/internal/mongod/mongodtest"
)

func TestMain(m *testing.M) { mongodtest.Run(m) }
