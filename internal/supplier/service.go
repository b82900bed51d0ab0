package supplier

import (
	"cmp"
	"context"
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
	ActionUndoing  audit.Action = "import.undo"
	ActionUndone   audit.Action = "import.undone"
	ActionExported audit.Action = "supplier.exported"
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
	// State is raised with every change of a supplier by a person or a list.
	State int64 `bson:"state,omitempty"`
}

// Reader is what pages read directly.
type Reader interface {
	List(ctx context.Context, v access.Viewer, f Filter) ([]Supplier, bool, error)
	Get(ctx context.Context, v access.Viewer, id string) (Supplier, error)
	// Directory tells of the whole directory, without counting it.
	Directory(ctx context.Context, v access.Viewer) (Directory, error)
	ByCodes(ctx context.Context, v access.Viewer, codes []string) (map[string]Supplier, error)
	// Meant gives the suppliers that a list may mean, as far as it needs them.
	Meant(ctx context.Context, v access.Viewer, a Asked) ([]Supplier, error)
	// Each calls each with every supplier of the directory, by code.
	Each(ctx context.Context, v access.Viewer, each func(Supplier) error) error
	Import(ctx context.Context, v access.Viewer, id string) (Import, error)
	// Imports lists the newest ones, without their previews.
	Imports(ctx context.Context, v access.Viewer, n int) ([]Import, error)
	// Upload reads again the table that was kept of an import, Original the file.
	Upload(ctx context.Context, v access.Viewer, i Import) ([]byte, error)
	Original(ctx context.Context, v access.Viewer, i Import) ([]byte, error)
	// Parts lists what an import did, at most n parts after the one named.
	Parts(ctx context.Context, v access.Viewer, id, after string, n int) ([]Part, error)
	// Shapes gives how lists of these shapes were read.
	Shapes(ctx context.Context, v access.Viewer, keys []string) ([]Shape, error)
}

// Store keeps suppliers and imports. Changes and their entries are one transaction.
type Store interface {
	Reader
	Insert(ctx context.Context, s Supplier, e audit.Entry) error
	Update(ctx context.Context, v access.Viewer, s Supplier, e audit.Entry) error
	SaveUpload(ctx context.Context, i Import, file, table []byte) error
	// SaveChoice keeps what was chosen of a list that is not taken in; the table when it
	// was read anew.
	SaveChoice(ctx context.Context, v access.Viewer, i Import, table []byte) error
	SaveShapes(ctx context.Context, shapes []Shape) error
	StartImport(ctx context.Context, v access.Viewer, i Import, total int, e audit.Entry) error
	// UndoImport queues the job that takes an import back; Conflict when that was asked before.
	UndoImport(ctx context.Context, v access.Viewer, i Import, total int, e audit.Entry) error
}

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
	if f := sup.Promote(); len(f) > 0 {
		return sup, f.Err()
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
		changed := differences(known, sup)
		if len(changed) == 0 { // it stands as it is typed
			return known, nil
		}
		return sup, s.store.Update(ctx, v, sup, entry(v, s.newID(), ActionChanged, sup, changed...))
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
			change := f.changed(before, after)
			out = append(out, audit.Detail{Key: change.Key(), Value: change.Detail()})
		}
	}
	return out
}

// brief is a value on one line, as far as the trail repeats it.
func brief(value string) string { return briefly(value, shown) }

func briefly(value string, longest int) string {
	short := []rune(oneLine(value))
	if len(short) > longest {
		short = append(short[:longest], '…')
	}
	return cmp.Or(string(short), "—")
}
