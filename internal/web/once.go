package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/once"
)

// FieldOnce is the field of a form that holds the key made with it.
const FieldOnce = "once"

// posts keeps what became of forms.
type posts interface {
	Posted(ctx context.Context, key string) (once.Posted, bool, error)
	Answered(ctx context.Context, key, path, said string) error
}

const keyOnce = "once"

// Once sees to it that a form has one effect, however often it is posted with the same
// content. True when it has had it: then the browser was sent where it was sent then. A
// form with a file adds what the file holds.
func (f *Frame) Once(c *gin.Context, file string) (bool, error) {
	made := c.Request.PostForm.Get(FieldOnce)
	if f.Posts == nil || made == "" {
		return false, nil
	}
	v := Viewer(c)
	sum := sha256.New()
	for _, part := range []string{v.Org, v.User, v.Assignment, c.Request.URL.Path, file, c.Request.PostForm.Encode()} {
		sum.Write([]byte(url.QueryEscape(part) + "\n"))
	}
	key := hex.EncodeToString(sum.Sum(nil))
	c.Set(keyOnce, key)
	c.Request = c.Request.WithContext(once.With(c.Request.Context(), key))
	return f.posted(c)
}

// posted sends the browser where it was sent when the form had its effect; false when it
// has had none, or is being answered still.
func (f *Frame) posted(c *gin.Context) (bool, error) {
	_, done, err := f.led(c)
	return done, err
}

// led is posted, and tells as well whether the form has had its effect at all.
func (f *Frame) led(c *gin.Context) (had, done bool, err error) {
	key := c.GetString(keyOnce)
	if key == "" {
		return false, false, nil
	}
	p, had, err := f.Posts.Posted(c.Request.Context(), key)
	if err != nil || !had || p.Path == "" {
		return had, false, err
	}
	if p.Said != "" {
		var n notice
		if json.NewDecoder(strings.NewReader(p.Said)).Decode(&n) == nil {
			n.count()
			f.leaveNotice(c, n)
		}
	}
	return true, true, goOn(c, p.Path)
}

// The first of two clicks is answered within moments of its effect; one that is not was
// cut off.
const (
	beforeWait = 20 * time.Millisecond
	beforeMost = 100
)

// before tells whether a form that was refused now has had its effect by an earlier post,
// whose refusal it is then: one's own first click. It waits for the answer of the first,
// and done says that the browser was sent there. Whoever had the effect by this very post,
// and failed after it, is told so.
func (f *Frame) before(c *gin.Context) (had, done bool, err error) {
	if once.Key(c.Request.Context()) == "" {
		return false, false, nil
	}
	for range beforeMost {
		if had, done, err = f.led(c); err != nil || done || !had {
			return had, done, err
		}
		select {
		case <-c.Request.Context().Done():
			return false, false, c.Request.Context().Err()
		case <-time.After(beforeWait):
		}
	}
	return had, false, nil
}

// answered notes where a form that had its effect has led.
func (f *Frame) answered(c *gin.Context, to Next) {
	key := c.GetString(keyOnce)
	if key == "" {
		return
	}
	said := ""
	if to.said != nil {
		if raw, err := json.Marshal(to.said); err == nil {
			said = string(raw)
		}
	}
	if err := f.Posts.Answered(context.WithoutCancel(c.Request.Context()), key, to.path, said); err != nil {
		f.Log.Warn("note where a form led", "error", err) // it had its effect: a second post finds that
	}
}
