package mail

import (
	"context"
	"time"

	"tsunagi/internal/fault"
	"tsunagi/internal/notify"
)

// Reader puts stored messages into words for the built-in mailbox.
type Reader struct {
	Records  Records
	Renderer *Renderer
	Now      func() time.Time
}

// Read renders a stored message from the records as they are now. NotFound when
// a record that it was about is gone.
func (r Reader) Read(ctx context.Context, m notify.Message) (notify.Mail, error) {
	letters, err := collect(ctx, r.Records, []notify.Message{m})
	if err != nil {
		return notify.Mail{}, err
	}
	if !letters[0].complete() {
		return notify.Mail{}, fault.New(fault.NotFound, "fault.not-found")
	}
	out, err := r.Renderer.Render(letters[0], r.Now())
	if err != nil {
		return notify.Mail{}, fault.New(fault.NotFound, "fault.not-found").Because(err)
	}
	return out, nil
}

// Subjects gives the subject of each message, empty where a record is gone.
func (r Reader) Subjects(ctx context.Context, messages []notify.Message) ([]string, error) {
	letters, err := collect(ctx, r.Records, messages)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(letters))
	for i, l := range letters {
		if mail, err := r.Renderer.Render(l, r.Now()); err == nil {
			out[i] = mail.Subject
		}
	}
	return out, nil
}
