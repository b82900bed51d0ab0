package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"tsunagi/internal/evidence"
	"tsunagi/internal/picture"
)

// errShown says that a file holds no fault and yet cannot be shown as a picture.
var errShown = errors.New("cannot be shown")

type decoder struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var decoders = map[string]decoder{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/png":  {png.DecodeConfig, png.Decode},
	"image/webp": {webp.DecodeConfig, webp.Decode},
}

// photo is an image file, judged by its first bytes.
type photo struct {
	raw  []byte
	with decoder
	exif exif
}

// newPhoto judges the size of an image before a pixel of it is read.
func newPhoto(kind string, raw []byte) (photo, error) {
	p := photo{raw: raw}
	var ok bool
	if p.with, ok = decoders[kind]; !ok {
		return p, errShown
	}
	p.exif = readExif(kind, raw)
	config, err := p.with.config(bytes.NewReader(raw))
	if err != nil {
		return p, fmt.Errorf("%w: %w", errBroken, err)
	}
	if config.Width < 1 || config.Height < 1 {
		return p, errBroken
	}
	if int64(config.Width)*int64(config.Height) > picture.MaxPixels {
		return p, errShown
	}
	return p, nil
}

func (p photo) marks() []evidence.Mark {
	if p.exif.position {
		return []evidence.Mark{evidence.Position}
	}
	return nil
}

// draw decodes the image, makes it fit into a box, and turns it as the camera says.
func (p photo) draw(box image.Point) (image.Image, error) {
	m, err := p.with.decode(bytes.NewReader(p.raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	if p.exif.turned > 4 { // lies on its side
		box.X, box.Y = box.Y, box.X
	}
	return turn(fit(m, box), p.exif.turned), nil
}

// fit makes an image small enough for a box, on white; it is never made larger.
func fit(m image.Image, box image.Point) *image.RGBA {
	size := m.Bounds().Size()
	scale := min(1, float64(box.X)/float64(size.X), float64(box.Y)/float64(size.Y))
	to := image.Rect(0, 0, max(1, int(float64(size.X)*scale)), max(1, int(float64(size.Y)*scale)))
	if twice := image.Rect(0, 0, to.Dx()*2, to.Dy()*2); size.X > 2*twice.Dx() {
		half := image.NewRGBA(twice) // in two steps: all pixels of a large one would take seconds
		draw.ApproxBiLinear.Scale(half, twice, m, m.Bounds(), draw.Src, nil)
		m = half
	}
	out := image.NewRGBA(to)
	draw.Draw(out, to, image.NewUniform(color.White), image.Point{}, draw.Src)
	if m.Bounds().Size() == to.Size() {
		draw.Draw(out, to, m, m.Bounds().Min, draw.Over)
	} else {
		draw.BiLinear.Scale(out, to, m, m.Bounds(), draw.Over, nil)
	}
	return out
}

// turn gives an image as its EXIF orientation (1 to 8) wants it seen.
func turn(m *image.RGBA, orientation int) *image.RGBA {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	var from func(x, y int) (int, int)
	switch orientation {
	case 2:
		from = func(x, y int) (int, int) { return w - 1 - x, y }
	case 3:
		from = func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }
	case 4:
		from = func(x, y int) (int, int) { return x, h - 1 - y }
	case 5:
		from = func(x, y int) (int, int) { return y, x }
	case 6:
		from = func(x, y int) (int, int) { return y, h - 1 - x }
	case 7:
		from = func(x, y int) (int, int) { return w - 1 - y, h - 1 - x }
	case 8:
		from = func(x, y int) (int, int) { return w - 1 - y, x }
	default:
		return m
	}
	size := image.Rect(0, 0, w, h)
	if orientation > 4 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			fx, fy := from(x, y)
			copy(out.Pix[out.PixOffset(x, y):][:4], m.Pix[m.PixOffset(fx, fy):][:4])
		}
	}
	return out
}
