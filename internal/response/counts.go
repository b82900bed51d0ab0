package response

// Covered is counted like a value where a certificate stood in for an answer.
const Covered = "covered"

// Counts says, by question key and value, how many suppliers answered so.
type Counts map[string]map[string]int
