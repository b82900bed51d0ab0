package sandbox

import (
	"bytes"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"tsunagi/internal/evidence"
)

// TestNoiseTakesNoMoreRoom: the largest picture of the worst page is small enough to be kept
// a thousand times.
func TestNoiseTakesNoMoreRoom(t *testing.T) {
	m := image.NewRGBA(image.Rectangle{Max: boxes[evidence.Large]})
	random := rand.NewChaCha8([32]byte{1})
	if _, err := random.Read(m.Pix); err != nil {
		t.Fatal(err)
	}
	raw, err := encode(m)
	if err != nil || len(raw) > maxPicture {
		t.Errorf("it takes %d bytes, %v, want %d at most", len(raw), err, maxPicture)
	}
	if again, err := jpeg.Decode(bytes.NewReader(raw)); err != nil || again.Bounds() != m.Bounds() {
		t.Errorf("it cannot be read again: %v", err)
	}
}
