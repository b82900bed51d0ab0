package mongodb_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"tsunagi/internal/access"
	"tsunagi/internal/evidence"
	"tsunagi/internal/mongod/mongodtest"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/mongodb/dbtest"
)

// pausing is a reader that stops for a while in the middle.
type pausing struct {
	io.Reader
	after int
	pause time.Duration
}

func (p *pausing) Read(b []byte) (int, error) {
	if p.after--; p.after == 0 {
		time.Sleep(p.pause)
	}
	return p.Reader.Read(b[:min(len(b), 4096)])
}

// A file over a slow line takes longer than any one command to the database may.
func TestSlowTransfersAreNotCutOff(t *testing.T) {
	const patience, pause = time.Second, 1300 * time.Millisecond
	name := "t" + ulid.Make().String()
	for _, uri := range []string{mongodtest.URI(t), mongodtest.URI(t) + "&timeoutMS=1000"} { // the first makes the indexes
		db, err := mongodb.Open(t.Context(), mongodb.Config{URI: uri, Name: name, Now: time.Now, NewID: newULID, Trail: dbtest.Keys})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close(t.Context()) })
		if uri == mongodtest.URI(t) {
			t.Cleanup(func() { _ = db.Drop(t.Context()) })
			continue
		}
		files := mongodb.Evidence{DB: db}
		whole := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // several pieces
		if err := files.Put(t.Context(), "F1", "登録証.pdf", &pausing{bytes.NewReader(whole), 3, pause}); err != nil {
			t.Fatalf("an upload of more than %s: %v", patience, err)
		}
		e := evidence.Evidence{Org: "o1", File: &evidence.File{ID: "F1", SHA256: fmt.Sprintf("%x", sha256.Sum256(whole))}}
		stream, err := files.Open(t.Context(), access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Roles: []access.Role{access.Reviewer}}, e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(&pausing{stream, 3, pause})
		if err != nil || !bytes.Equal(got, whole) {
			t.Errorf("a download of more than %s: %d bytes of %d, %v", patience, len(got), len(whole), err)
		}
		if err := stream.Close(); err != nil {
			t.Error(err)
		}
	}
}
