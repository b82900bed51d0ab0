package typeset

import "testing"

func FuzzClean(f *testing.F) {
	for _, s := range []string{"普通", "𠮷👨‍👩‍👧1️⃣", "か\u3099", "\xff\x00\u202e", "辻󠄀", "a\tb\r\nc"} {
		f.Add(s)
	}
	faces := testFaces(f)
	f.Fuzz(func(t *testing.T, s string) {
		got := faces.Clean(s).Text
		for _, r := range got {
			if r != '\n' && !faces.Has(r) {
				t.Fatalf("Clean(%q) = %q: cannot be printed: %q", s, got, r)
			}
		}
		if again := faces.Clean(got); again.Text != got || again.Unknown {
			t.Fatalf("Clean is not stable: %q, then %q", got, again.Text)
		}
	})
}
