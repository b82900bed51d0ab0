package app

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"regexp"
	"strings"

	"tsunagi/internal/audit"
)

// FindAnchors reads the anchors in a file that somebody kept: a copy of the file beside the
// data, lines of it, or a mail, saved whole or pasted, also quoted. What is plainly no anchor
// is passed over; a line that begins as one and cannot be read is told at the end, as
// ErrNoAnchor, and so is a file without any.
func FindAnchors(path string, visit func(audit.Anchor) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	find := &finding{path: path, visit: visit}
	err = find.file(f)
	if err == nil && find.found == 0 && len(find.unread) == 0 {
		err = fmt.Errorf("%w: %s has no line of the trail's head at all", ErrNoAnchor, path)
	}
	return errors.Join(append(find.unread, err)...)
}

// maxSaved bounds a mail that is read, with what is attached to it, and maxLine a line.
const (
	maxSaved = 32 << 20
	maxLine  = 1 << 20
)

// finding is one search for anchors.
type finding struct {
	path   string
	visit  func(audit.Anchor) error
	found  int
	unread []error
}

// file reads mails part by part, and anything else line by line.
func (s *finding) file(f io.ReadSeeker) error {
	text := bufio.NewReader(f)
	if start, _ := text.Peek(len(separator)); string(start) == separator {
		return s.mailbox(text)
	}
	m, err := mail.ReadMessage(io.LimitReader(text, maxSaved))
	if err == nil && m.Header.Get("Mime-Version") != "" {
		return s.part(textproto.MIMEHeader(m.Header), m.Body)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return s.lines(f)
}

// separator begins each mail of a mailbox file.
const separator = "From "

// mailbox reads a file of several mails, as mail programs write a folder.
func (s *finding) mailbox(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxSaved+1))
	if err == nil && len(raw) > maxSaved {
		err = errors.New("the file of mails is larger than 32 MB: save the mails one by one")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	for one := range bytes.SplitSeq(raw, []byte("\n"+separator)) {
		_, one, _ = bytes.Cut(one, []byte("\n")) // the rest of the line that separates
		if err := s.file(bytes.NewReader(one)); err != nil {
			return err
		}
	}
	return nil
}

// part reads the plain texts in a part of a mail, as deep as it goes.
func (s *finding) part(header textproto.MIMEHeader, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	switch strings.ToLower(header.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	switch {
	case kind == "text/plain":
		return s.lines(body)
	case kind == "message/rfc822": // a mail that is forwarded as a file
		m, err := mail.ReadMessage(body)
		if err != nil {
			return fmt.Errorf("%s: read the mail in it: %w", s.path, err)
		}
		return s.part(textproto.MIMEHeader(m.Header), m.Body)
	case !strings.HasPrefix(kind, "multipart/"):
		return nil
	}
	for parts := multipart.NewReader(body, params["boundary"]); ; {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.part(p.Header, p)
		}
		if err != nil {
			return fmt.Errorf("%s: read the mail: %w", s.path, err)
		}
	}
}

// begins is how an anchor begins, and the marks of quotation before it.
var (
	begins = regexp.MustCompile(`^\d{4}-\d\d-\d\dT`)
	quoted = ">|\ufeff \t\u3000\u00a0"
)

func (s *finding) lines(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		text := strings.TrimLeft(lines.Text(), quoted)
		if !begins.MatchString(text) {
			continue
		}
		a, err := audit.ParseAnchor(text)
		if err != nil {
			s.unread = append(s.unread, fmt.Errorf("%w: %s: %.80q: %w", ErrNoAnchor, s.path, text, err))
			continue
		}
		s.found++
		if err := s.visit(a); err != nil {
			return fmt.Errorf("%s: %w", s.path, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	return nil
}
