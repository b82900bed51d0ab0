package supplier

import (
	"cmp"
	"context"
	"strings"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// Audit actions about suppliers.
const (
	ActionAdded    audit.Action = "supplier.added"
	ActionChanged  audit.Action = "supplier.changed"
	ActionUploaded audit.Action = "import.started"
	ActionImported audit.Action = "import.batch"
)

// Filter narrows the directory.
type Filter struct {
	Search Query
	Tag    string
	Tier   *Tier
	Ended  *bool
	Page   int // from 1
	Size   int
}

// Directory is what lists tell of the whole directory.
type Directory struct {
	Total int      `bson:"total"`
	Tags  []string `bson:"tags"` // in use, or in use until a moment ago
}

// Reader is what pages read directly.
type Reader interface {
	List(ctx context.Context, v access.Viewer, f Filter) ([]Supplier, bool, error)
	Get(ctx context.Context, v access.Viewer, id string) (Supplier, error)
	// Directory tells of the whole directory, without counting it.
	Directory(ctx context.Context, v access.Viewer) (Directory, error)
	ByCodes(ctx context.Context, v access.Viewer, codes []string) (map[string]Supplier, error)
	Import(ctx context.Context, v access.Viewer, id string) (Import, error)
	// Upload reads again what was kept of an import.
	Upload(ctx context.Context, v access.Viewer, i Import) ([]byte, error)
}

// Store keeps suppliers and imports. Changes and their entries are one transaction.
type Store interface {
	Reader
	Insert(ctx context.Context, s Supplier, e audit.Entry) error
	Update(ctx context.Context, v access.Viewer, s Supplier, e audit.Entry) error
	SaveUpload(ctx context.Context, i Import, kept []byte) error
	SaveChoice(ctx context.Context, v access.Viewer, i Import) error
	StartImport(ctx context.Context, v access.Viewer, i Import, total int, e audit.Entry) error
}

// Import is a list that was uploaded, with what was chosen about it. It is kept for
// a day after its upload, and for another after its start.
type Import struct {
	ID        string    `bson:"_id"`
	Org       string    `bson:"org_id"`
	Name      string    `bson:"name"` // of the file
	Encoding  string    `bson:"encoding,omitempty"`
	Packed    bool      `bson:"packed,omitempty"` // what is kept is the table that was read, not the file
	Header    int       `bson:"header"`           // index of the header's row; −1: none was found
	Mapping   Mapping   `bson:"mapping"`
	Started   bool      `bson:"started"`
	By        string    `bson:"by"`
	CreatedAt time.Time `bson:"created_at"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// keepImports is how long an upload waits to be taken in.
const keepImports = 24 * time.Hour

// Service is the rules about the directory.
type Service struct {
	Reader
	store Store
	now   func() time.Time
	newID func() string
}

// NewService wires the rules to a store.
func NewService(store Store, now func() time.Time, newID func() string) *Service {
	return &Service{Reader: store, store: store, now: now, newID: newID}
}

func may(v access.Viewer) error {
	if !v.Can(access.EditSuppliers) {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	return nil
}

// Save adds a supplier (without id) or changes one. Invalid when a field does not
// hold or the code is taken; Conflict when somebody else changed it since.
func (s *Service) Save(ctx context.Context, v access.Viewer, sup Supplier) (Supplier, error) {
	if err := may(v); err != nil {
		return sup, err
	}
	if f := sup.Prepare(); len(f) > 0 {
		return sup, f.Err()
	}
	now := s.now()
	sup.Org, sup.UpdatedAt = v.Org, now
	sup.Revision++
	if sup.ID != "" {
		known, err := s.Get(ctx, v, sup.ID)
		if err != nil {
			return sup, err
		}
		return sup, s.store.Update(ctx, v, sup, entry(v, s.newID(), ActionChanged, sup, differences(known, sup)...))
	}
	sup.ID, sup.CreatedAt = s.newID(), now
	err := s.store.Insert(ctx, sup, entry(v, s.newID(), ActionAdded, sup))
	if fault.KindOf(err) == fault.Conflict {
		var f fault.Fields
		f.Add(string(ColumnCode), "fault.supplier.code-taken", fault.Args{"Code": sup.Code})
		return sup, f.Err()
	}
	return sup, err
}

// entry is the trail's entry of a change.
func entry(v access.Viewer, id string, action audit.Action, sup Supplier, more ...audit.Detail) audit.Entry {
	details := append([]audit.Detail{{Key: "code", Value: sup.Code}}, more...)
	return audit.New(v, id, sup.UpdatedAt, action, audit.Ref{Kind: "supplier", ID: sup.ID, Name: sup.Name}, details...)
}

// differences says of each field that changed what it was and what it is. The key of
// a detail is "supplier." and the column.
func differences(was, is Supplier) []audit.Detail {
	var out []audit.Detail
	for i := range fields {
		f := &fields[i]
		if before, after := f.get(&was), f.get(&is); before != after {
			out = append(out, audit.Detail{Key: "supplier." + string(f.Key), Value: brief(before) + audit.Became + brief(after)})
		}
	}
	return out
}

// brief is a value on one line, as far as the trail repeats it.
func brief(value string) string {
	short := []rune(oneLine(value))
	if len(short) > shown {
		short = append(short[:shown], '…')
	}
	return cmp.Or(string(short), "—")
}

// List is a list as it was uploaded.
type List struct {
	Name   string // of the file
	Rows   []Row
	Kept   []byte // what is kept of it: the file, or the table that was read from it
	Packed bool   // it is the table
}

// Begin keeps an uploaded list, with the header and columns that were guessed.
// Invalid when nothing stands below the header.
func (s *Service) Begin(ctx context.Context, v access.Viewer, l List) (Import, error) {
	if err := may(v); err != nil {
		return Import{}, err
	}
	i := Import{ID: s.newID(), Org: v.Org, Name: l.Name, Packed: l.Packed, By: v.Name, CreatedAt: s.now(), ExpiresAt: s.now().Add(keepImports)}
	i.Header, i.Mapping = GuessHeader(l.Rows)
	if _, body := i.Body(l.Rows); len(body) == 0 {
		var f fault.Fields
		f.Add("file", "fault.supplier.no-rows")
		return i, f.Err()
	}
	return i, s.store.SaveUpload(ctx, i, l.Kept)
}

// Choose notes what a person chose about a list that is not yet taken in.
func (s *Service) Choose(ctx context.Context, v access.Viewer, i Import) error {
	if err := may(v); err != nil {
		return err
	}
	return s.store.SaveChoice(ctx, v, i)
}

// Start queues the job that takes the list in; Conflict when it was started before.
// From then on the list is kept for a day again: it may have to wait its turn, and
// its faulty rows are fetched afterwards.
func (s *Service) Start(ctx context.Context, v access.Viewer, i Import, rows int) error {
	if err := may(v); err != nil {
		return err
	}
	i.ExpiresAt = s.now().Add(keepImports)
	e := audit.New(v, s.newID(), s.now(), ActionUploaded, audit.Ref{Kind: "import", ID: i.ID, Name: i.Name})
	return s.store.StartImport(ctx, v, i, rows, e)
}

// Body splits rows into the header and what stands below it.
func (i Import) Body(rows []Row) (header Row, body []Row) {
	if i.Header < 0 || i.Header >= len(rows) {
		return Row{}, rows
	}
	return rows[i.Header], rows[i.Header+1:]
}

// Codes lists the codes that rows give, for reading what is there already, and what
// each would be with the zeros that spreadsheets take from the front of numbers.
func (m Mapping) Codes(rows []Row) []string {
	index, ok := m[ColumnCode]
	if !ok {
		return nil
	}
	var out []string
	for _, r := range rows {
		code, wrong := parseCode(r.Cell(index))
		if wrong != nil || code == "" {
			continue
		}
		out = append(out, code)
		if !digitsOnly(code) || code[0] == '0' {
			continue
		}
		for zeros := 1; len(code)+zeros <= maxPadded; zeros++ {
			out = append(out, strings.Repeat("0", zeros)+code)
		}
	}
	return out
}

// maxPadded is the longest code of which lost zeros are noticed.
const maxPadded = 10
