package audit

import (
	"strings"
	"testing"
)

func TestKeysAreReadAsTheyAreWritten(t *testing.T) {
	got, err := ParseKeys("\n" + ours.Text() + "\r\n")
	if err != nil || got.Text() != ours.Text() {
		t.Fatalf("%v, %v", got, err)
	}
	line := strings.TrimSpace(Keys{NewKey("k1")}.Text())
	for name, text := range map[string]string{
		"nothing": " \n", "no secret": "k1", "too much": line + " x", "a short secret": "k1 c2hvcnQ=", "no base64": "k1 ***", "twice": line + "\n" + line,
	} {
		if _, err := ParseKeys(text); err == nil || strings.Contains(err.Error(), strings.Fields(line)[1]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheNoteThatTheTrailHasBegun(t *testing.T) {
	for _, c := range []struct {
		name, note string
		want       bool
	}{
		{"ours", ours.Begun(), true}, {"of a retired key", ours[:1].Begun(), true}, {"theirs", theirs.Begun(), false},
		{"none", "", false}, {"anything", "k1 x", false},
	} {
		if got := ours.HasBegun(c.note); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// A proof of one thing is none of another with the same fields.
func TestPurposesNeverMix(t *testing.T) {
	h := Head{Org: "o", Seq: 1, Hash: "x"}
	h.Proof = ours.prove(ofSeal, h.write)
	if ours.LacksHead(h) != Forged {
		t.Error("a seal's proof passes for a head's")
	}
}
