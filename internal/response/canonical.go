package response

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
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

// Digest is the SHA-256, in hex, of the submission's canonical form. Its time is the one
// that the database gives back, which keeps milliseconds.
func (s Submission) Digest() string {
	c := canonical{Assignment: s.Assignment, Revision: s.Revision, Answers: s.Answers, Covered: s.Covered,
		Statement: s.Declaration.Statement, Text: s.Declaration.Text, Name: s.Declaration.Name, Role: s.Declaration.Role,
		SubmittedAt: s.SubmittedAt.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano)}
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

// Altered tells whether the submission is not what was declared: whoever shows or
// prints it says so.
func (s Submission) Altered() bool { return s.Digest() != s.SHA256 }

// Relied gives the certificates and files of the submission, with what was found of
// them since. One that is not among those of now is as it was then: pages, papers and
// scores know the same ones.
func (s Submission) Relied(now []evidence.Evidence) []evidence.Evidence {
	out := slices.Clone(s.Evidence)
	for i := range out {
		for _, e := range now {
			if e.ID == out[i].ID {
				out[i] = e
			}
		}
	}
	return out
}

// Standing is the certificate that stands in for a question's answer, nil when none
// does.
func (s Submission) Standing(question string, now []evidence.Evidence) *evidence.Evidence {
	if !s.Answers[question].Empty() {
		return nil
	}
	all := s.Relied(now)
	i := slices.IndexFunc(all, func(e evidence.Evidence) bool { return e.ID == s.Covered[question] })
	if i < 0 {
		return nil
	}
	return &all[i]
}
