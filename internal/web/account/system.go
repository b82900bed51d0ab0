package account

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"tsunagi/internal/access"
	"tsunagi/internal/fault"
	"tsunagi/internal/locale"
	"tsunagi/internal/org"
	"tsunagi/internal/watch"
	"tsunagi/internal/web"
)

// system tells how the whole installation is, and tries its mail server.
type system interface {
	System(ctx context.Context) watch.System
	TestMail(ctx context.Context, to string) error
}

// systemPages are for whoever sees to the whole installation.
type systemPages struct {
	*web.Frame
	accounts *org.Service
	system   system
}

func (s systemPages) routes() []web.Route {
	return []web.Route{
		web.Get("/system", web.Needs(access.ManageSystem), s.show),
		web.Post("/system/mail", web.Needs(access.ManageSystem), s.testMail),
	}
}

// systemPage is the installation as the page shows it.
type systemPage struct {
	watch.System
	Email  string // of who is signed in
	Parts  []part
	Queues []queue
}

// part is a row of how a part is.
type part struct {
	watch.Part
	Lines []string // what there is to say of it
}

// queue is a row of what waits.
type queue struct {
	Kind   string // of jobs; "" of mails
	State  string
	Number string
	Since  time.Time // since when the one that waits the longest could have been taken; zero where none is due
}

func (s systemPages) show(c *gin.Context) error {
	return s.Render(c, "users/system", s.page(c))
}

func (s systemPages) page(c *gin.Context) systemPage {
	found, words := s.system.System(c.Request.Context()), s.Catalog.For(web.Lang(c))
	p := systemPage{System: found}
	if account, ok := web.Account(c); ok {
		p.Email = account.User.Email
	}
	for _, of := range found.Health.Parts {
		p.Parts = append(p.Parts, part{of, lines(of, found, words)})
	}
	for _, d := range append(found.Figures.Mails, found.Figures.Jobs...) {
		q := queue{Kind: d.Kind, State: d.State, Number: words.Number(int(d.N))}
		if d.N >= watch.MostCounted {
			q.Number = words.T("system.or-more", "N", q.Number)
		}
		if d.State == watch.Due && d.N > 0 {
			q.Since = found.At.Add(-d.Age)
		}
		p.Queues = append(p.Queues, q)
	}
	return p
}

// lines say what there is to say of a part.
func lines(p watch.Part, found watch.System, words *locale.Printer) (out []string) {
	say := func(key string, args ...any) { out = append(out, words.T(key, args...)) }
	wrong := p.State == watch.Warning || p.State == watch.Failing
	switch p.Name {
	case watch.Disk:
		for _, name := range []string{"data", "database"} {
			if free, known := found.Free[name]; known {
				say("system.disk."+name, "Size", words.FileSize(free))
			}
		}
		if wrong {
			say("system.disk-do")
		}
	case watch.Database:
		if found.SizeKnown {
			say("system.size", "Size", words.FileSize(found.Size))
		}
		if wrong {
			say("system.database-do")
		}
	case watch.Backup:
		if b := found.Figures.Backup; b.Known {
			say("system.backup-last", "At", words.DateTime(found.At.Add(-b.Age)), "Size", words.FileSize(b.Size))
		} else if p.State == watch.Unset {
			say("system.backup-none")
		}
		if found.Figures.Backup.Failed {
			say("system.backup-failed")
		}
	case watch.Mail:
		if cause := found.Figures.Cause; cause != "" {
			say("sending.cause." + cause)
		} else if wrong { // the one other thing that keeps mail back
			say("system.mail-held")
		} else if found.Mailbox {
			say("system.mailbox")
		} else if found.MailServer == "" {
			say("system.mail-none")
		}
	default:
		if wrong {
			say("system.warn." + p.Name)
		}
	}
	return out
}

// mailWithin is how long a test mail may take.
const mailWithin = 30 * time.Second

// testMail sends a mail to the own address alone, and says what the mail server said.
func (s systemPages) testMail(c *gin.Context) error {
	to := web.To("/system")
	u, err := s.accounts.TestMail(c.Request.Context(), web.Viewer(c))
	switch {
	case err != nil:
	case s.Mode != web.Production && !s.MailSet:
		to = to.Refuse("system.mail-kept")
	case !s.MailSet:
		to = to.Refuse("system.mail-none")
	default:
		ctx, cancel := context.WithTimeout(c.Request.Context(), mailWithin)
		defer cancel()
		if refused := s.system.TestMail(ctx, u.Email); refused != nil {
			to = to.Refuse("system.mail-refused", fault.Args{"Words": refused.Error()})
		} else {
			to = to.Say("system.mail-taken", fault.Args{"Email": u.Email})
		}
	}
	return s.Answer(c, err, func(problem error) error {
		return s.RenderProblem(c, "app", "users/system", s.page(c), problem)
	}, to)
}
