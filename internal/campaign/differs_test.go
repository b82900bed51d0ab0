package campaign

import (
	"testing"

	"tsunagi/internal/supplier"
)

func TestDiffers(t *testing.T) {
	s := supplier.Supplier{Email: "new@example.jp"}
	for _, tt := range []struct {
		name string
		a    Assignment
		s    supplier.Supplier
		want bool
	}{
		{"the address was corrected", Assignment{Response: NotStarted, Email: "old@example.jp"}, s, true},
		{"there was none", Assignment{Response: Returned}, s, true},
		{"the same in capitals", Assignment{Response: Answering, Email: "New@Example.JP"}, s, false},
		{"it has answered", Assignment{Response: Submitted, Email: "old@example.jp"}, s, false},
		{"it has declined", Assignment{Response: Declined, Email: "old@example.jp"}, s, false},
		{"the supplier named somebody", Assignment{Response: Answering, Email: "jiro@example.jp", Former: &Former{}}, s, false},
		{"the directory has none", Assignment{Response: NotStarted, Email: "old@example.jp"}, supplier.Supplier{}, false},
	} {
		if got := Differs(tt.a, tt.s); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}
