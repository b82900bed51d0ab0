package response

// Covered is the value under which Counts counts a certificate that stood in for an
// answer.
const Covered = "covered"

// Counts says, by question key and value, how many suppliers answered so.
type Counts map[string]map[string]int
