package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// What may be wrong with an archive, each in words for who restores.
var (
	ErrNoArchive    = errors.New("this is no backup of Tsunagi")
	ErrPassphrase   = errors.New("the backup is encrypted: give its passphrase by --passphrase-file or TSUNAGI_BACKUP_PASSPHRASE")
	ErrWrong        = errors.New("the passphrase is not the one of this backup")
	ErrCut          = errors.New("the backup is cut off: it was not written to its end, or not copied whole. Take another copy of it, or an older one")
	ErrDamaged      = errors.New("the backup is damaged: its content is not what was written. Take another copy of it, or an older one")
	errNewerFormat  = errors.New("the backup has a form that this program does not know: restore it with the version that made it, or a newer one")
	errNoDocuments  = fmt.Errorf("%w: a part holds no documents", ErrDamaged)
	errUnknownPart  = fmt.Errorf("%w: a part has a name that none has", ErrDamaged)
	errTooLarge     = fmt.Errorf("%w: a part is larger than any can be", ErrDamaged)
	errAfterTheEnd  = fmt.Errorf("%w: something follows the end", ErrDamaged)
	errNoManifest   = fmt.Errorf("%w: it does not begin with its manifest", ErrDamaged)
	errManySecrets  = fmt.Errorf("%w: it has more secrets than there are", ErrDamaged)
	errUnsafeSecret = fmt.Errorf("%w: a secret has a name that none has", ErrDamaged)
)

// Taker is given what an archive holds, in its order. What is nil is passed over, but for
// being checked.
type Taker struct {
	Manifest  func(m Manifest) error
	Anchors   func(content io.Reader) error
	Documents func(kind Kind, collection string, docs [][]byte) error
	Secret    func(name string, content []byte) error
}

const (
	largestText   = 1 << 20          // of a manifest or a secret
	mostSecrets   = 64               // who restores keeps them in memory
	largestPart   = segment + 17<<20 // a document has 16 MB at most, and stands alone then
	ageBegins     = "age-encryption.org/"
	zstdBegins    = "\x28\xb5\x2f\xfd"
	largestHeads  = 1 << 30  // of the trail: a line for each time that they were noted
	largestWindow = 64 << 20 // that a packed archive may ask us to remember
)

// Read reads an archive to its end, and checks all of it: what was given to the taker counts
// only when there is no error.
func Read(from io.Reader, passphrase string, to Taker) (Manifest, End, error) {
	plain, done, err := open(from, passphrase)
	if err != nil {
		return Manifest{}, End{}, err
	}
	defer done()
	r := reader{tar: tar.NewReader(plain), taker: to}
	if err := r.all(); err != nil {
		return r.manifest, r.end, meaning(err)
	}
	_, err = io.Copy(io.Discard, struct{ io.Reader }{plain}) // what checks the rest: the end of age and of zstd
	return r.manifest, r.end, meaning(err)
}

// open undoes encryption and packing.
func open(from io.Reader, passphrase string) (io.Reader, func(), error) {
	begins := bufio.NewReaderSize(from, 1<<16)
	head, _ := begins.Peek(len(ageBegins))
	if string(head) == ageBegins {
		if passphrase == "" {
			return nil, nil, ErrPassphrase
		}
		who, err := age.NewScryptIdentity(passphrase)
		if err != nil {
			return nil, nil, err
		}
		who.SetMaxWorkFactor(hardest)
		plain, err := age.Decrypt(begins, who)
		if err != nil {
			if none := new(age.NoIdentityMatchError); errors.As(err, &none) {
				return nil, nil, ErrWrong
			}
			return nil, nil, fmt.Errorf("%w (%w)", ErrDamaged, err)
		}
		begins = bufio.NewReaderSize(plain, 1<<16)
		if head, err = begins.Peek(len(zstdBegins)); err != nil {
			return nil, nil, meaning(err)
		}
	}
	if !strings.HasPrefix(string(head), zstdBegins) {
		return nil, nil, ErrNoArchive
	}
	packed, err := zstd.NewReader(begins, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(largestWindow))
	if err != nil {
		return nil, nil, fmt.Errorf("unpack the backup: %w", err)
	}
	return packed, packed.Close, nil
}

// meaning tells in our words what a reader of ours has found.
func meaning(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrCut), errors.Is(err, ErrDamaged), errors.Is(err, errNewerFormat), errors.As(err, new(taken)):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return ErrCut
	}
	return fmt.Errorf("%w (%w)", ErrDamaged, err)
}

// taken is an error of who takes: it says nothing of the archive.
type taken struct{ error }

func (t taken) Unwrap() error { return t.error }

func given(err error) error {
	if err != nil {
		return taken{err}
	}
	return nil
}

type reader struct {
	tar      *tar.Reader
	taker    Taker
	manifest Manifest
	end      End
	secrets  []string
}

// all reads part after part.
func (r *reader) all() error {
	sum, ended := sha256.New(), false
	for n := 0; ; n++ {
		head, err := r.tar.Next()
		switch {
		case errors.Is(err, io.EOF) && ended:
			return nil
		case errors.Is(err, io.EOF):
			return ErrCut
		case err != nil:
			return err
		case ended:
			return errAfterTheEnd
		case (n == 0) != (head.Name == manifestFile):
			return errNoManifest
		case head.Name == endFile:
			ended = true
			if err := r.finish(head, hex.EncodeToString(sum.Sum(nil))); err != nil {
				return err
			}
			continue
		}
		begin(sum, head.Name, head.Size)
		if err := r.part(head, io.TeeReader(r.tar, sum)); err != nil {
			return err
		}
	}
}

// finish reads the end, and compares what it says with what was read.
func (r *reader) finish(head *tar.Header, sum string) error {
	if err := r.text(head, r.tar, &r.end); err != nil {
		return err
	}
	if r.end.SHA256 != sum || strings.Join(r.end.Secrets, "/") != strings.Join(r.secrets, "/") {
		return ErrDamaged
	}
	return nil
}

func (r *reader) text(head *tar.Header, from io.Reader, v any) error {
	raw, err := whole(head, from, largestText)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, head.Name, err)
	}
	return nil
}

// whole reads a part that must be small.
func whole(head *tar.Header, from io.Reader, most int64) ([]byte, error) {
	if head.Size > most {
		return nil, errTooLarge
	}
	raw := make([]byte, head.Size)
	_, err := io.ReadFull(from, raw)
	return raw, err
}

var named = regexp.MustCompile(`^(documents|changed|gone)/\d{6,}\.(.+)\.bson$`)

// part gives one part to the taker.
func (r *reader) part(head *tar.Header, from io.Reader) error {
	switch secret, isSecret := strings.CutPrefix(head.Name, secretsDir); {
	case head.Typeflag != tar.TypeReg:
		return errUnknownPart
	case head.Size > largestHeads:
		return errTooLarge
	case head.Name == manifestFile:
		return r.begin(head, from)
	case head.Name == AnchorsFile:
		if r.taker.Anchors != nil {
			if err := given(r.taker.Anchors(from)); err != nil {
				return err
			}
		}
		_, err := io.Copy(io.Discard, from)
		return err
	case isSecret:
		return r.secret(head, secret, from)
	}
	m := named.FindStringSubmatch(head.Name)
	if m == nil {
		return errUnknownPart
	}
	raw, err := whole(head, from, largestPart)
	if err != nil {
		return err
	}
	docs, err := split(raw)
	if err != nil || r.taker.Documents == nil {
		return err
	}
	return given(r.taker.Documents(Kind(m[1]), m[2], docs))
}

func (r *reader) begin(head *tar.Header, from io.Reader) error {
	if err := r.text(head, from, &r.manifest); err != nil {
		return err
	}
	if r.manifest.Format > Format {
		return errNewerFormat
	}
	if r.taker.Manifest == nil {
		return nil
	}
	return given(r.taker.Manifest(r.manifest))
}

func (r *reader) secret(head *tar.Header, name string, from io.Reader) error {
	if name == "" || name != path.Base(name) || name[0] == '.' {
		return errUnsafeSecret
	}
	if len(r.secrets) == mostSecrets {
		return errManySecrets
	}
	raw, err := whole(head, from, largestText)
	if err != nil {
		return err
	}
	r.secrets = append(r.secrets, name)
	if r.taker.Secret == nil {
		return nil
	}
	return given(r.taker.Secret(name, raw))
}

// split cuts documents apart that stand one after another: each begins with its length.
func split(raw []byte) ([][]byte, error) {
	var docs [][]byte
	for len(raw) > 0 {
		if len(raw) < 5 {
			return nil, errNoDocuments
		}
		n := binary.LittleEndian.Uint32(raw)
		if n < 5 || uint64(n) > uint64(len(raw)) || raw[n-1] != 0 {
			return nil, errNoDocuments
		}
		docs, raw = append(docs, bytes.Clone(raw[:n])), raw[n:]
	}
	return docs, nil
}
