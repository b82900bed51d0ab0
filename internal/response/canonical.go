package response

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
)

func itoa(n int) string { return strconv.Itoa(n) }

// SubmissionID is the deterministic id of a submission: submitting the same
// revision twice is impossible.
func SubmissionID(assignment string, revision int) string { return assignment + ":" + itoa(revision) }

// canonical is the form over which a submission is hashed: JSON with sorted keys,
// times in UTC, and nothing that changes later.
type canonical struct {
	Assignment  string                          `json:"assignment"`
	Revision    int                             `json:"revision"`
	Answers     map[string]questionnaire.Answer `json:"answers"`
	Covered     map[string]string               `json:"covered"`
	Evidence    []canonicalFile                 `json:"evidence"`
	Statement   string                          `json:"statement"`
	Text        string                          `json:"text"`
	Name        string                          `json:"name"`
	Role        string                          `json:"role"`
	SubmittedAt string                          `json:"submitted_at"`
}

type canonicalFile struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Number string `json:"number"`
	SHA256 string `json:"sha256"`
}

// Digest is the SHA-256, in hex, of the submission's canonical form.
func (s Submission) Digest() string {
	c := canonical{Assignment: s.Assignment, Revision: s.Revision, Answers: s.Answers, Covered: s.Covered,
		Statement: s.Declaration.Statement, Text: s.Declaration.Text, Name: s.Declaration.Name, Role: s.Declaration.Role,
		SubmittedAt: s.SubmittedAt.UTC().Format(time.RFC3339Nano)}
	// The database gives an empty map back as nil; both must have one digest.
	if c.Answers == nil {
		c.Answers = map[string]questionnaire.Answer{}
	}
	if c.Covered == nil {
		c.Covered = map[string]string{}
	}
	c.Evidence = []canonicalFile{}
	for _, e := range s.Evidence {
		f := canonicalFile{ID: e.ID, Kind: string(e.Kind), Number: e.Number}
		if e.File != nil {
			f.SHA256 = e.File.SHA256
		}
		c.Evidence = append(c.Evidence, f)
	}
	raw, err := json.Marshal(c) // maps are written with sorted keys
	if err != nil {
		panic("response: canonical form: " + err.Error()) // strings and ints always marshal
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Relied picks, as they are now, the certificates and files that the submission
// relied on: what was added or taken back for another revision is left out.
func (s Submission) Relied(now []evidence.Evidence) []evidence.Evidence {
	then := map[string]bool{}
	for _, e := range s.Evidence {
		then[e.ID] = true
	}
	var out []evidence.Evidence
	for _, e := range now {
		if then[e.ID] {
			out = append(out, e)
		}
	}
	return out
}
