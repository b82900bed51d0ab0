package mongodb_test

import (
	"fmt"
	"testing"

	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb/dbtest"
)

func TestMain(m *testing.M) { mongodtest.Run(watched{m}) }

// watched are the tests, and after them a look at everything that they made the
// stores ask.
type watched struct{ tests *testing.M }

func (w watched) Run() int {
	code := w.tests.Run()
	for _, problem := range problems(dbtest.Asked()) {
		fmt.Println("FAIL:", problem)
		code = max(code, 1)
	}
	return code
}
