// Package app wires the rooms together: stores, rules, pages, and the workers
// behind them. The command and the tests run the same wiring.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/jobs"
	"tsunagi/internal/locale"
	"tsunagi/internal/mail"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/org"
	"tsunagi/internal/process"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/report"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
	"tsunagi/internal/token"
	"tsunagi/internal/web"
	"tsunagi/internal/work"
	"tsunagi/templates"
)

// Config is what an installation is set to.
type Config struct {
	DatabaseURI    string
	DatabaseName   string
	Base           *url.URL
	Mode           web.Mode
	Secrets        string // folder of the server key, unless that is given
	ServerKey      []byte
	TrailKeys      audit.Keys
	AnchorFile     string // to which the heads of the trail are noted; empty: to the log alone
	TrustedProxies []string
	MailServer     *mail.Server // nil: mails stay queued, but in the demo and in tests go to the built-in mailbox
	MailFrom       string
	MailRate       float64
	MailParallel   int
	Now            func() time.Time
	Log            *slog.Logger
	NoMigration    bool                  // refuses data of an older version, where others would migrate them
	Trouble        func() error          // why the managed database is away, in its own words; nil func: it is not ours to know
	Process        *process.Process      // this one among those that share the data folder; nil in tests
	Free           func() (int64, error) // bytes left on the disk of the data; nil: nobody looks
	Elsewhere      bool                  // the database is not ours: its disk is asked for, too
	MinFree        int64                 // below it nothing is begun that takes much room
	Pictures       evidence.Engine       // looks into foreign files; nil: they stay unchecked, and are not shown
	PasswordCost   org.Cost              // zero: org.FullCost; tests, which sign in all the time, take less
}

func (c Config) passwordCost() org.Cost {
	if c.PasswordCost == (org.Cost{}) {
		return org.FullCost
	}
	return c.PasswordCost
}

// App is a wired installation.
type App struct {
	Config
	DB             *mongodb.DB
	Keys           *token.Keys
	Catalog        *locale.Catalog
	Accounts       *org.Service
	Suppliers      *supplier.Service
	Campaigns      *campaign.Service
	Responses      *response.Service
	Evidence       *evidence.Service
	Jobs           *jobs.Runner
	Sender         *mail.Sender
	Questionnaires []questionnaire.Questionnaire
	Coverage       questionnaire.Coverage
	Web            *web.Server
	health         *health
}

// Now is the clock of records: UTC in whole milliseconds, as MongoDB keeps them.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// NewID makes a sortable id.
func NewID() string { return ulid.Make().String() }

// New opens the database and wires everything. Nothing runs yet.
func New(ctx context.Context, cfg Config) (*App, error) {
	if cfg.Now == nil {
		cfg.Now = Now
	}
	catalog, err := locale.Load(templates.FS)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	pages, err := templates.Parse(catalog)
	if err != nil {
		return nil, fmt.Errorf("parse pages: %w", err)
	}
	db, err := mongodb.Open(ctx, cfg.database())
	if err != nil {
		return nil, err
	}
	a := &App{Config: cfg, DB: db, Catalog: catalog}
	a.health = &health{app: a}
	for _, step := range []func() error{func() error { return a.loadKeys(ctx) }, a.loadContent, func() error { return a.wire(pages) },
		func() error { return a.adoptTrail(ctx) }} {
		if err := step(); err != nil {
			return nil, errors.Join(err, db.Close(context.WithoutCancel(ctx)))
		}
	}
	return a, nil
}

// loadKeys makes the keys of links and sessions out of the one of the data.
func (a *App) loadKeys(ctx context.Context) (err error) {
	if a.ServerKey, err = a.serverKey(ctx, a.DB); err != nil {
		return err
	}
	a.Keys, err = token.NewKeys(a.ServerKey)
	return err
}

func (c Config) database() mongodb.Config {
	return mongodb.Config{URI: c.DatabaseURI, Name: c.DatabaseName, Now: c.Now, NewID: NewID, Trail: c.TrailKeys, Orders: work.Orders{}, Log: c.Log, NoMigration: c.NoMigration, Holder: c.holder()}
}

// holder names this process in its leases.
func (c Config) holder() string {
	if c.Process == nil {
		return ""
	}
	return c.Process.ID
}

// loadContent reads the built-in questionnaires.
func (a *App) loadContent() (err error) {
	if a.Questionnaires, err = questionnaire.Load(templates.FS); err != nil {
		return fmt.Errorf("read questionnaires: %w", err)
	}
	a.Coverage, err = questionnaire.LoadCoverage(templates.FS)
	return err
}

func (a *App) wire(pages *templates.Set) error {
	a.Accounts = org.NewService(a.DB.Accounts(), a.Now, NewID, a.passwordCost())
	renderer, err := mail.NewRenderer(mail.RendererConfig{Templates: templates.FS, Base: a.Base, Keys: a.Keys, From: a.MailFrom,
		Words: func(lang string) mail.Words { return a.Catalog.For(lang) }})
	if err != nil {
		return err
	}
	outbox, campaigns := a.DB.Outbox(), mongodb.Campaigns{DB: a.DB}
	suppliers := mongodb.Suppliers{DB: a.DB}
	a.Suppliers = supplier.NewService(suppliers, a.Now, NewID)
	a.Campaigns = campaign.NewService(campaigns, a.Accounts, a.Now, NewID)
	a.Evidence = evidence.NewService(mongodb.Evidence{DB: a.DB}, a.Pictures, a.Now, NewID)
	a.Evidence.Low = a.low
	a.Responses = response.NewService(mongodb.Responses{DB: a.DB}, a.Campaigns, a.Evidence, a.Now, NewID)
	fonts, err := loadFonts()
	if err != nil {
		return err
	}
	documents := a.DB.Documents()
	maker := report.Maker{Snapshots: documents, Fonts: fonts, Catalog: a.Catalog,
		Records: report.Records{Campaigns: campaigns, Submissions: a.DB.Reports(), Entries: mongodb.Audit{DB: a.DB}}}
	if a.Jobs, err = jobs.NewRunner(a.DB.Jobs(), a.kinds(maker), a.Now, a.Log); err != nil {
		return err
	}
	a.Jobs.Hold = a.low
	a.Sender = mail.NewSender(outbox, renderer, mail.SenderConfig{Server: a.MailServer, Mailbox: a.Mode != web.Production, Rate: a.MailRate,
		Connections: a.MailParallel, Now: a.Now, Log: a.Log})
	a.DB.WakeBy(a.Sender.Wake, a.Jobs.Wake)
	a.Web, err = a.pages(pages, fonts, renderer)
	return err
}

// loadFonts reads the typeface of reports, once for all installations of a process; a
// damaged file stops the start.
var loadFonts = sync.OnceValues(func() (*report.Fonts, error) {
	return report.NewFonts(templates.FontRegular, templates.FontBold)
})

// ServeHTTP implements http.Handler.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.Web.ServeHTTP(w, r) }

// Close ends the database connections.
func (a *App) Close(ctx context.Context) error { return a.DB.Close(ctx) }
