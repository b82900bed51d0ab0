package desk

import "testing"

// TestBurdenIsNeverNothing: few suppliers take minutes, and not "about 0 hours".
func TestBurdenIsNeverNothing(t *testing.T) {
	for _, tt := range []struct {
		minutes, amount int
		key             string
	}{
		{10, 10, "rehearsal.burden-minutes"},
		{40, 40, "rehearsal.burden-minutes"},
		{119, 119, "rehearsal.burden-minutes"},
		{120, 2, "rehearsal.burden-hours"},
		{149, 2, "rehearsal.burden-hours"},
		{150, 3, "rehearsal.burden-hours"},
		{20 * 3000, 1000, "rehearsal.burden-hours"},
	} {
		if key, amount := burden(tt.minutes); key != tt.key || amount != tt.amount {
			t.Errorf("%d minutes are %s %d, want %s %d", tt.minutes, key, amount, tt.key, tt.amount)
		}
	}
}
