package web_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
	"tsunagi/internal/web"
)

// uploadBody is a form with two fields and a file, and its content type.
func uploadBody(t *testing.T, file []byte) (body []byte, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "登録証.pdf")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = w.WriteField("kind", "isms")
	}
	if err == nil {
		err = w.WriteField("scope", "全社")
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

func uploaded(body io.Reader, kind string) *gin.Context {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("POST", "/", body)
	c.Request.Header.Set("Content-Type", kind)
	return c
}

func TestTakeUpload(t *testing.T) {
	want := bytes.Repeat([]byte("%PDF-1.7 "), 1<<20)
	body, kind := uploadBody(t, want)
	c := uploaded(bytes.NewReader(body), kind)
	up, err := web.TakeUpload(c, "file")
	if err != nil || up == nil {
		t.Fatalf("TakeUpload: %v, %v", up, err)
	}
	got, err := io.ReadAll(up)
	if err != nil || !bytes.Equal(got, want) || up.Name != "登録証.pdf" {
		t.Errorf("%q: %d bytes, %v; want %d", up.Name, len(got), err, len(want))
	}
	if c.PostForm("kind") != "isms" || c.PostForm("scope") != "全社" {
		t.Errorf("the fields are %q and %q", c.PostForm("kind"), c.PostForm("scope"))
	}
	if err := up.Close(); err != nil {
		t.Error(err)
	}
	form := uploaded(strings.NewReader("kind=isms"), "application/x-www-form-urlencoded")
	if up, err := web.TakeUpload(form, "file"); up != nil || err != nil || form.PostForm("kind") != "isms" {
		t.Errorf("a form without a file: %v, %v, %q", up, err, form.PostForm("kind"))
	}
	large, kind := uploadBody(t, nil)
	large = bytes.Replace(large, []byte("全社"), bytes.Repeat([]byte("x"), 300<<10), 1)
	if _, err := web.TakeUpload(uploaded(bytes.NewReader(large), kind), "file"); fault.KindOf(web.TooLarge(err)) != fault.TooLarge {
		t.Errorf("fields of 300 kB: %v, want TooLarge", err)
	}
}

// watchedBody ends with an error, and looks into the folder of temporary files at each
// read.
type watchedBody struct {
	io.Reader

	look func()
}

func (b watchedBody) Read(p []byte) (int, error) {
	b.look()
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// TestABrokenUploadLeavesNothing cuts an upload off at many places: at no moment, not
// even while it comes in, does the folder of temporary files hold a name. So a process
// that is killed leaves nothing either.
func TestABrokenUploadLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	look := func() {
		names, err := os.ReadDir(folder)
		if err != nil || len(names) > 0 {
			t.Fatalf("the folder of temporary files holds %v, %v", names, err)
		}
	}
	body, kind := uploadBody(t, bytes.Repeat([]byte("%PDF-1.7 "), 1<<17))
	for at := 1; at < len(body); at += len(body)/40 + 1 {
		up, err := web.TakeUpload(uploaded(watchedBody{bytes.NewReader(body[:at]), look}, kind), "file")
		if err == nil || up != nil {
			t.Fatalf("cut off after %d bytes of %d: %v, %v", at, len(body), up, err)
		}
		look()
	}
}
