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
	"slices"
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
	"tsunagi/internal/watch"
	"tsunagi/internal/watch/metrics"
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
	MetricsToken   string                // by which /metrics is read; "": not at all where pages are served
	Version        string                // of the program
	Free           func() (int64, error) // bytes left on the disk of the data; nil: nobody looks
	Elsewhere      bool                  // the database is not ours: its disk is asked for, too
	MinFree        int64                 // below it nothing is begun that takes much room
	Pictures       evidence.Engine       // looks into foreign files; nil: they stay unchecked, and are not shown
	Backups        Schedule              // of backups that are made by themselves
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
	Rescue         *org.Rescue
	Suppliers      *supplier.Service
	Campaigns      *campaign.Service
	Links          *campaign.Links
	Ledger         *campaign.Ledger
	Responses      *response.Service
	Evidence       *evidence.Service
	Jobs           *jobs.Runner
	Sender         *mail.Sender
	Questionnaires []questionnaire.Questionnaire
	Coverage       questionnaire.Coverage
	Web            *web.Server
	health         *health
	keyLock        sync.Mutex // of ServerKey, which may be rotated
	hold           *hold
	counter        *watch.Counter
	Metrics        *metrics.Metrics
	Errors         *watch.Errors // the last ones of this process
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
	kept := new(watch.Errors)
	cfg.Log = kept.Of(cfg.Log)
	built, err := builtIn()
	if err != nil {
		return nil, err
	}
	db, err := mongodb.Open(ctx, cfg.database())
	if err != nil {
		return nil, err
	}
	a := &App{Config: cfg, DB: db, Catalog: built.catalog, Questionnaires: slices.Clone(built.questionnaires), Coverage: built.coverage}
	a.health, a.hold, a.Errors = &health{app: a, since: cfg.Now()}, &hold{app: a}, kept
	a.counter = &watch.Counter{Count: a.count, Every: countEvery, Now: time.Now}
	a.Metrics = metrics.New(cfg.Version, a.Gauges)
	db.Lost = a.Metrics.Lost
	for _, step := range []func() error{func() error { return a.loadKeys(ctx) }, func() error { return a.wire(built) },
		func() error { return a.adoptTrail(ctx) },
		func() error { return tellRestored(ctx, a) }} {
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

// content is what the program has in itself: texts, pages, questionnaires, the typeface of
// reports.
type content struct {
	catalog        *locale.Catalog
	pages          *templates.Set
	questionnaires []questionnaire.Questionnaire
	coverage       questionnaire.Coverage
	fonts          *report.Fonts
}

// builtIn reads it, once for all installations of a process; what is damaged stops the
// start.
var builtIn = sync.OnceValues(func() (c content, err error) {
	if c.catalog, err = locale.Load(templates.FS); err != nil {
		return c, fmt.Errorf("read messages: %w", err)
	}
	if c.pages, err = templates.Parse(c.catalog); err != nil {
		return c, fmt.Errorf("parse pages: %w", err)
	}
	if c.questionnaires, err = questionnaire.Load(templates.FS); err != nil {
		return c, fmt.Errorf("read questionnaires: %w", err)
	}
	if c.coverage, err = questionnaire.LoadCoverage(templates.FS); err != nil {
		return c, fmt.Errorf("read what certificates cover: %w", err)
	}
	c.fonts, err = report.NewFonts(templates.FontRegular, templates.FontBold)
	return c, err
})

func (a *App) wire(built content) error {
	a.Accounts = org.NewService(a.DB.Accounts(), a.Now, NewID, a.passwordCost())
	a.Rescue = org.NewRescue(a.DB.Accounts(), a.Now, NewID)
	renderer, err := mail.NewRenderer(mail.RendererConfig{Templates: templates.FS, Base: a.Base, Keys: a.Keys, From: a.MailFrom,
		Words: func(lang string) mail.Words { return a.Catalog.For(lang) }})
	if err != nil {
		return err
	}
	outbox, campaigns := a.DB.Outbox(), mongodb.Campaigns{DB: a.DB}
	suppliers := mongodb.Suppliers{DB: a.DB}
	a.Suppliers = supplier.NewService(suppliers, a.Now, NewID)
	a.Campaigns = campaign.NewService(campaigns, a.Accounts, a.Now, NewID)
	a.Links = campaign.NewLinks(a.Campaigns, mongodb.Batches{Campaigns: campaigns})
	a.Ledger = campaign.NewLedger(outbox, a.Now, NewID)
	a.Evidence = evidence.NewService(mongodb.Evidence{DB: a.DB}, a.Pictures, a.Now, NewID)
	a.Evidence.Low = a.low
	a.Responses = response.NewService(mongodb.Responses{DB: a.DB}, a.Campaigns, a.Evidence, a.Now, NewID)
	documents := a.DB.Documents()
	maker := report.Maker{Snapshots: documents, Fonts: built.fonts, Catalog: a.Catalog,
		Records: report.Records{Campaigns: campaigns, Submissions: a.DB.Reports(), Entries: mongodb.Audit{DB: a.DB}}}
	if a.Jobs, err = jobs.NewRunner(a.DB.Jobs(), a.kinds(maker), a.Now, a.Log); err != nil {
		return err
	}
	a.Jobs.Hold = a.low
	a.Sender = mail.NewSender(outbox, renderer, mail.SenderConfig{Server: a.MailServer, Mailbox: a.mailbox(), Rate: a.MailRate,
		Connections: a.MailParallel, Now: a.Now, Log: a.Log, Told: a.Metrics.Mail})
	a.DB.WakeBy(a.Sender.Wake, a.Jobs.Wake)
	a.Web, err = a.pages(built.pages, built.fonts, renderer)
	return err
}

// ServeHTTP implements http.Handler.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.Web.ServeHTTP(w, r) }

// Close ends the database connections.
func (a *App) Close(ctx context.Context) error { return a.DB.Close(ctx) }
