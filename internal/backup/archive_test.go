package backup_test

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"tsunagi/internal/backup"
)

// document is one as the archive has it: its length first, and nothing behind its end.
func document(content string) []byte {
	raw := binary.LittleEndian.AppendUint32(nil, uint32(len(content)+5))
	return append(append(raw, content...), 0)
}

var begun = time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)

// noise cannot be packed: a bit of it that is another makes other noise.
func noise(size int) string {
	from, out := rand.NewPCG(1, 2), make([]byte, 0, size+8)
	for len(out) < size {
		out = binary.LittleEndian.AppendUint64(out, from.Uint64())
	}
	return string(out)
}

// archive has some of everything, more than one part of documents among it.
func archive(t testing.TB, passphrase string, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := backup.NewWriter(&out, passphrase, backup.Manifest{ID: "B1", Product: "1.0", Schema: 7, Database: "tsunagi", Begun: begun})
	if err != nil {
		t.Fatal(err)
	}
	steps := []error{
		w.Anchors(5, strings.NewReader("heads and what was noted since")),
		w.Put(backup.Documents, "suppliers", document("架空商事")), w.Put(backup.Documents, "suppliers", document("二番")),
		w.Put(backup.Documents, "suppliers", document("xxxxxxxxxxxx"+noise(size))), w.Put(backup.Documents, "suppliers", document("yyyyyyyyyyyy"+noise(size))),
		w.Put(backup.Documents, "files.chunks", document("piece")),
		w.Put(backup.Changed, "suppliers", document("後の二番")), w.Put(backup.Gone, "suppliers", document("一番")),
		w.Secret("server.key", []byte("secret of 32 bytes")), w.Secret("trail.keys", nil),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	secrets, err := w.Close(backup.End{Point: begun.Add(time.Minute), Documents: map[string]int64{"suppliers": 3, "files.chunks": 1}})
	if err != nil || !slices.Equal(secrets, []string{"server.key", "trail.keys"}) {
		t.Fatal(secrets, err)
	}
	return out.Bytes()
}

// story tells what a reader was given.
func story(raw []byte, passphrase string) (string, backup.End, error) {
	var told strings.Builder
	m, end, err := backup.Read(bytes.NewReader(raw), passphrase, backup.Taker{
		Manifest: func(m backup.Manifest) error { fmt.Fprintf(&told, "%s %d;", m.ID, m.Schema); return nil },
		Anchors:  func(r io.Reader) error { raw, err := io.ReadAll(r); fmt.Fprintf(&told, "anchors %s;", raw); return err },
		Documents: func(kind backup.Kind, of string, docs [][]byte) error {
			fmt.Fprintf(&told, "%s %s", kind, of)
			for _, d := range docs {
				fmt.Fprintf(&told, " %.12s", d[4:len(d)-1])
			}
			told.WriteString(";")
			return nil
		},
		Secret: func(name string, content []byte) error {
			fmt.Fprintf(&told, "secret %s %d;", name, len(content))
			return nil
		},
	})
	_ = m
	return told.String(), end, err
}

const want = "B1 7;anchors heads;documents suppliers 架空商事 二番 xxxxxxxxxxxx;documents suppliers yyyyyyyyyyyy;documents files.chunks piece;" +
	"changed suppliers 後の二番;gone suppliers 一番;secret server.key 18;secret trail.keys 0;"

func TestAnArchiveIsReadAsItWasWritten(t *testing.T) {
	for name, passphrase := range map[string]string{"plain": "", "encrypted": "雨が降る日は家で本を読む"} {
		t.Run(name, func(t *testing.T) {
			raw := archive(t, passphrase, 3<<20)
			told, end, err := story(raw, passphrase)
			if err != nil || told != want {
				t.Errorf("read %s, %v\nwant %s", told, err, want)
			}
			if end.Total() != 4 || !end.Point.Equal(begun.Add(time.Minute)) || len(end.Secrets) != 2 {
				t.Errorf("ends with %+v", end)
			}
			if passphrase == "" {
				return
			}
			if bytes.Contains(raw, []byte("架空商事")) || bytes.Contains(raw, []byte("server.key")) {
				t.Error("what is in it can be read without the passphrase")
			}
			if _, _, err := story(raw, ""); !errors.Is(err, backup.ErrPassphrase) {
				t.Errorf("without the passphrase: %v", err)
			}
			if _, _, err := story(raw, "another"); !errors.Is(err, backup.ErrWrong) {
				t.Errorf("with another passphrase: %v", err)
			}
		})
	}
}

// TestAnArchiveThatIsNotWholeIsRefused: wherever it is cut, and whatever is another.
func TestAnArchiveThatIsNotWholeIsRefused(t *testing.T) {
	plain, sealed := archive(t, "", 500), archive(t, "x", 500)
	for name, raw := range map[string][]byte{"plain": plain, "encrypted": sealed} {
		for _, part := range []float64{0.3, 0.99} {
			_, _, err := story(raw[:int(part*float64(len(raw)))], "x")
			if err == nil || !errors.Is(err, backup.ErrCut) && !errors.Is(err, backup.ErrDamaged) {
				t.Errorf("%s, cut after %v: %v", name, part, err)
			}
		}
		if _, _, err := story(raw[:len(raw)-1], "x"); err == nil {
			t.Errorf("%s, without its last byte: no error", name)
		}
		tries := map[string]int{"plain": 60, "encrypted": 2}[name] // a try of a passphrase is dear
		for at := 300; at < len(raw); at += 1 + len(raw)/tries {
			other := bytes.Clone(raw)
			other[at] ^= 0x10
			if told, _, err := story(other, "x"); err == nil {
				t.Errorf("%s, byte %d is another: no error; %s", name, at, told)
			}
		}
	}
	for name, raw := range map[string][]byte{"nothing": nil, "text": []byte("something else"), "a word": []byte("age")} {
		if _, _, err := story(raw, ""); !errors.Is(err, backup.ErrNoArchive) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnArchiveTakesNoMoreMemoryThanItsSecretsMay: what is small when it is packed may be
// large, and secrets are kept in memory until they are written.
func TestAnArchiveTakesNoMoreMemoryThanItsSecretsMay(t *testing.T) {
	var out bytes.Buffer
	w, err := backup.NewWriter(&out, "", backup.Manifest{})
	for n := range 200 {
		err = errors.Join(err, w.Secret(fmt.Sprintf("secret-%d", n), nil))
	}
	if _, e := w.Close(backup.End{}); errors.Join(err, e) != nil {
		t.Fatal(err, e)
	}
	taken := 0
	_, _, err = backup.Read(&out, "", backup.Taker{Secret: func(string, []byte) error { taken++; return nil }})
	if !errors.Is(err, backup.ErrDamaged) || taken > 64 {
		t.Errorf("%d secrets were taken, %v", taken, err)
	}
}

// TestAPartThatFillsADiskIsRefused before it is read: nothing stands behind its size.
func TestAPartThatFillsADiskIsRefused(t *testing.T) {
	for _, part := range []tar.Header{{Name: backup.AnchorsFile, Size: 1 << 40, Typeflag: tar.TypeReg}, {Name: backup.AnchorsFile, Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}} {
		var out bytes.Buffer
		packed, err := zstd.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		to := tar.NewWriter(packed)
		err = to.WriteHeader(&tar.Header{Name: "manifest.json", Size: 2, Typeflag: tar.TypeReg})
		_, e := to.Write([]byte("{}"))
		if err = errors.Join(err, e, to.WriteHeader(&part), packed.Close()); err != nil {
			t.Fatal(err)
		}
		taken := false
		_, _, err = backup.Read(&out, "", backup.Taker{Anchors: func(io.Reader) error { taken = true; return nil }})
		if !errors.Is(err, backup.ErrDamaged) || taken {
			t.Errorf("a part of %d bytes and kind %q: taken %v, %v", part.Size, part.Typeflag, taken, err)
		}
	}
}

// TestWhoTakesMayStop: an error of the taker's is given as it is.
func TestWhoTakesMayStop(t *testing.T) {
	full := errors.New("no room")
	_, _, err := backup.Read(bytes.NewReader(archive(t, "", 500)), "", backup.Taker{Documents: func(backup.Kind, string, [][]byte) error { return full }})
	if !errors.Is(err, full) || errors.Is(err, backup.ErrDamaged) {
		t.Errorf("error %v", err)
	}
}

func FuzzReadAnArchive(f *testing.F) {
	raw := archive(f, "", 500)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add([]byte("age-encryption.org/v1\n-> scrypt AAAA 16\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if told, _, err := story(raw, "x"); err == nil && told == "" {
			t.Error("nothing was read, and nothing said")
		}
	})
}
