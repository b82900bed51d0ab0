package questionnaire

import "slices"

// Same tells whether two answers say the same.
func (a Answer) Same(b Answer) bool {
	return a.Value == b.Value && a.Note == b.Note && slices.Equal(a.Values, b.Values)
}
