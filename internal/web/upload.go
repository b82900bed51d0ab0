package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/fault"
)

// Upload is the file that came with a form.
type Upload struct {
	*os.File

	Name string // as the browser calls it
	Sum  string // the SHA-256 of what it holds
}

// The most that the fields beside a file may take together, and how many they may be.
const (
	uploadFields     = 256 << 10
	uploadFieldCount = 200
)

// TakeUpload reads a form with a file: its fields are then had from c.PostForm, and the
// file, nil when none was chosen, must be closed. The file is nowhere to be found under a
// name: whatever breaks off, an upload, a handler or the whole process, the system takes
// back what was written. Errors: that of a body that is too large (TooLarge); Invalid when a
// field is no text, or there are too many; any other says that it broke off (BrokeOff).
func TakeUpload(c *gin.Context, field string) (*Upload, error) {
	r := c.Request
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) { // a form without a file, read as any other
		r.MultipartForm = nil
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read an upload: %w", err)
	}
	values, file, err := readParts(parts, field)
	r.MultipartForm, r.PostForm = &multipart.Form{Value: values}, values
	wait(c)
	if err == nil {
		err = tidied(values)
	}
	if err != nil {
		if file != nil {
			_ = file.Close()
		}
		return nil, err
	}
	if file != nil {
		c.Set(keyFile, keptFile{field, file.Name})
	}
	return file, nil
}

// BrokeOff tells whether an upload failed because the body did not come to its end, and it
// was not we who ended it.
func BrokeOff(err error) bool {
	return err != nil && !fault.Judged(TooLarge(err)) && fault.KindOf(err) != fault.Unavailable
}

func readParts(parts *multipart.Reader, field string) (values url.Values, file *Upload, err error) {
	values = url.Values{}
	for room, n := int64(uploadFields), 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return values, file, nil
		}
		if err == nil && n == uploadFieldCount {
			err = fault.New(fault.Invalid, "fault.json")
		}
		if err != nil {
			return values, file, err
		}
		if part.FormName() == field && part.FileName() != "" && file == nil {
			if file, err = receive(part); err != nil {
				return values, file, err
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, room+1))
		if room -= int64(len(value)); err == nil && room < 0 {
			err = &http.MaxBytesError{Limit: uploadFields}
		}
		if err != nil {
			return values, file, err
		}
		if part.FileName() == "" {
			values.Add(part.FormName(), string(value))
		}
	}
}

// receive keeps a part in a file without a name.
func receive(part *multipart.Part) (*Upload, error) {
	f, err := os.CreateTemp("", "tsunagi-upload-")
	if err != nil {
		return nil, fmt.Errorf("keep an upload: %w", err)
	}
	up := &Upload{File: f, Name: part.FileName()}
	if err := os.Remove(f.Name()); err != nil {
		return up, fmt.Errorf("keep an upload: %w", err)
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, sum), part); err != nil {
		return up, err
	}
	up.Sum = hex.EncodeToString(sum.Sum(nil))
	_, err = f.Seek(0, io.SeekStart)
	return up, err
}
