package supplier

import (
	"context"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// Import is a list that was uploaded, with what was chosen about it. It waits for a day
// to be taken in; afterwards it is kept for a month, so that it can be taken back.
type Import struct {
	ID        string `bson:"_id"`
	Org       string `bson:"org_id"`
	Name      string `bson:"name"` // of the file
	Encoding  string `bson:"encoding,omitempty"`
	Sheet     string `bson:"sheet,omitempty"` // that was chosen
	Packed    bool   `bson:"packed,omitempty"`
	Table     int    `bson:"table,omitempty"` // how often it was read; 0: what is kept is of an earlier version
	Layout    `bson:",inline"`
	Shapes    []string  `bson:"shapes,omitempty"` // what it looks like, in each encoding in which it was read
	Preview   *Preview  `bson:"preview,omitempty"`
	Started   bool      `bson:"started"`
	Result    *Result   `bson:"result,omitempty"`
	Undone    *Undone   `bson:"undone,omitempty"`
	Carried   int       `bson:"carried,omitempty"` // how many open requests were sent to the addresses that it brought
	Undoing   bool      `bson:"undoing,omitempty"` // it is or was taken back
	By        string    `bson:"by"`
	CreatedAt time.Time `bson:"created_at"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// Stage is the message key of how far an import is.
func (i Import) Stage() string {
	switch {
	case i.Undoing:
		return "suppliers.recent-undone"
	case i.Started:
		return "suppliers.recent-started"
	}
	return "suppliers.recent-waiting"
}

// Result counts what an import did.
type Result struct {
	Counts  Counts         `bson:"counts"`
	ByField map[Column]int `bson:"by_field,omitempty"`
}

// How long things are kept.
const (
	keepUploads = 24 * time.Hour       // a list that is not taken in
	keepImports = 30 * 24 * time.Hour  // one that is
	keepShapes  = 730 * 24 * time.Hour // how a list is read, from its last use
)

// Reading is a list as it was read from a file.
type Reading struct {
	Rows       []Row
	Width      int
	Sheet      string
	Sheets     []string
	Encoding   string // empty: it is a workbook
	Hidden     int    // rows that the sheet does not show
	Unreadable int    // characters
	Table      []byte // what is to be kept of it; nil where it was kept before
}

// List is a list as it was uploaded.
type List struct {
	Name string // of the file
	File []byte
	Reading
	// Reread reads it in another encoding.
	Reread func(encoding string) (Reading, error)
}

// Begin keeps an uploaded list, read as one of its shape was before, or as is guessed.
// Invalid when nothing stands below the header.
func (s *Service) Begin(ctx context.Context, v access.Viewer, l List) (Import, error) {
	if err := may(v); err != nil {
		return Import{}, err
	}
	i := Import{ID: s.newID(), Org: v.Org, Name: l.Name, Packed: true, Table: 1, By: v.Name, CreatedAt: s.now(), ExpiresAt: s.now().Add(keepUploads)}
	reading := l.Reading
	shape, err := s.recall(ctx, v, &i, reading)
	if err != nil {
		return i, err
	}
	if shape.Encoding != "" && shape.Encoding != reading.Encoding && l.Reread != nil {
		if other, err := l.Reread(shape.Encoding); err == nil {
			i.Encoding, reading = shape.Encoding, other
			if _, err := s.recall(ctx, v, &i, reading); err != nil {
				return i, err
			}
		}
	}
	if err := s.look(ctx, v, &i, reading); err != nil {
		return i, err
	}
	return i, s.store.SaveUpload(ctx, i, l.File, reading.Table)
}

// recall chooses the layout that lists of this shape had, or guesses one.
func (s *Service) recall(ctx context.Context, v access.Viewer, i *Import, r Reading) (Shape, error) {
	var keys []string
	for key := range shapes(r.Rows) {
		keys = append(keys, key)
	}
	known, err := s.Shapes(ctx, v, keys)
	if err != nil {
		return Shape{}, err
	}
	i.Layout = Guess(r.Rows)
	layout, shape, ok := remembered(r.Rows, known)
	if ok && (layout.Header >= 0 || i.Header == AskHeader) {
		i.Layout = layout
	}
	i.seen(r)
	return shape, nil
}

// seen notes what a list looks like as it is read now.
func (i *Import) seen(r Reading) {
	if key := i.shapeOf(r.Rows); key != "" && len(i.Shapes) < 5 {
		i.Shapes = append(i.Shapes, key)
	}
}

// ProposeSheet chooses the sheet of a workbook that looks most like a list: one whose
// shape is known before any that is guessed.
func (s *Service) ProposeSheet(ctx context.Context, v access.Viewer, sheets [][]Row) (int, error) {
	var keys []string
	at := map[string]int{}
	for n, rows := range sheets {
		for key, layout := range shapes(rows) {
			if _, twice := at[key]; !twice && layout.Header >= 0 {
				keys, at[key] = append(keys, key), n
			}
		}
	}
	known, err := s.Shapes(ctx, v, keys)
	if err != nil {
		return 0, err
	}
	best := -1
	for _, shape := range known {
		if n := at[shape.Key]; best < 0 || n < best {
			best = n
		}
	}
	if best >= 0 {
		return best, nil
	}
	return Propose(sheets), nil
}

// Body splits rows into the header and what stands below it.
func (i Import) Body(rows []Row) (header Row, body []Row) { return i.split(rows) }

// Judge says what becomes of the rows of an import, given what the directory holds.
func (i Import) Judge(rows []Row, known Known) ([]Verdict, Counts) {
	return Judge(i.sheet(rows), known)
}

func (i Import) sheet(rows []Row) Sheet {
	header, body := i.split(rows)
	return Sheet{Header: header, Rows: body, Mapping: i.Mapping, Text: i.Preview != nil && i.Preview.Encoding != ""}
}

// Asks lists what the rows of an import may mean.
func (i Import) Asks(rows []Row) Asked { return i.sheet(rows).Asks() }

// Lacking tells what must be chosen before a list can be taken in.
func (i Import) Lacking(width int) fault.Fields {
	var f fault.Fields
	if i.Header == AskHeader {
		f.Add("header", "fault.supplier.header")
	}
	return append(f, i.Mapping.Check(width)...)
}

// look judges a list as it is read now, and keeps what a page shows of that.
func (s *Service) look(ctx context.Context, v access.Viewer, i *Import, r Reading) error {
	if _, body := i.split(r.Rows); len(body) == 0 {
		var f fault.Fields
		f.Add("file", "fault.supplier.no-rows")
		return f.Err()
	}
	p := previewOf(*i, r)
	i.Preview = p
	sheet := i.sheet(r.Rows)
	if len(i.Lacking(r.Width)) > 0 {
		return nil
	}
	directory, err := s.Directory(ctx, v)
	if err != nil {
		return err
	}
	known, err := s.Meant(ctx, v, sheet.Asks())
	if err != nil {
		return err
	}
	p.State = directory.State
	verdicts, counts := Judge(sheet, NewKnown(known))
	p.look(sheet, verdicts, counts)
	return nil
}

// previewOf is what can be said of a list before its rows are judged.
func previewOf(i Import, r Reading) *Preview {
	p := &Preview{Width: r.Width, Sheet: r.Sheet, Sheets: r.Sheets, Encoding: r.Encoding}
	header, body := i.split(r.Rows)
	p.show(r.Rows, header, body)
	for _, w := range []Warning{{Kind: WarnHidden, Count: r.Hidden}, {Kind: WarnUnreadable, Count: r.Unreadable}, {Kind: WarnSheets, Count: len(r.Sheets) - 1}} {
		if w.Count > 0 {
			p.Warnings = append(p.Warnings, w)
		}
	}
	return p
}

// Look says what is shown of a list whose rows were judged.
func (i Import) Look(r Reading, verdicts []Verdict, counts Counts) Preview {
	p := previewOf(i, r)
	p.look(i.sheet(r.Rows), verdicts, counts)
	return *p
}

// Look judges a list again that was judged when the directory was another.
func (s *Service) Look(ctx context.Context, v access.Viewer, i Import, r Reading) (Import, error) {
	return i, s.look(ctx, v, &i, r)
}

// Choose keeps what a person chose about a list that is not yet taken in, and remembers
// it for lists that look the same. Conflict when it is taken in already. anew: the list
// was read in another way than before, which shows other columns.
func (s *Service) Choose(ctx context.Context, v access.Viewer, i Import, r Reading, anew bool) (Import, error) {
	if err := may(v); err != nil {
		return i, err
	}
	table := []byte(nil)
	if anew {
		i.Table++
		table = r.Table
		if _, err := s.recall(ctx, v, &i, r); err != nil {
			return i, err
		}
	}
	if err := s.look(ctx, v, &i, r); err != nil {
		return i, err
	}
	if err := s.store.SaveChoice(ctx, v, i, table); err != nil {
		return i, err
	}
	return i, s.remember(ctx, v, i, r)
}

// remember keeps how a list is read, for those that look the same.
func (s *Service) remember(ctx context.Context, v access.Viewer, i Import, r Reading) error {
	if len(i.Lacking(r.Width)) > 0 {
		return nil
	}
	i.seen(r)
	var all []Shape
	given := map[string]bool{}
	for _, key := range i.Shapes {
		if !given[key] {
			all = append(all, Shape{ID: v.Org + ":" + key, Org: v.Org, Key: key, Mapping: i.Mapping, Encoding: i.Encoding, ExpiresAt: s.now().Add(keepShapes)})
		}
		given[key] = true
	}
	if len(all) == 0 {
		return nil
	}
	return s.store.SaveShapes(ctx, all)
}

// ErrLookAgain says that the directory changed after a list was judged: what it does may
// be something else than was shown.
var ErrLookAgain = fault.New(fault.Invalid, "fault.supplier.look-again")

// Start queues the job that takes the list in; Conflict when it was started before. The
// preview must be what a person saw. From then on the list is kept for a month: its
// faulty rows are fetched afterwards, and it may be taken back.
func (s *Service) Start(ctx context.Context, v access.Viewer, i Import, seen int64) error {
	if err := may(v); err != nil {
		return err
	}
	if err := i.Lacking(i.Preview.Width).Err(); err != nil {
		return err
	}
	directory, err := s.Directory(ctx, v)
	if err != nil {
		return err
	}
	if directory.State != seen && !i.Started {
		return ErrLookAgain
	}
	i.ExpiresAt = s.now().Add(keepImports)
	e := audit.New(v, s.newID(), s.now(), ActionUploaded, i.Ref())
	return s.store.StartImport(ctx, v, i, i.Preview.Rows, e)
}

// Undo queues the job that takes an import back; Conflict when that was asked before.
func (s *Service) Undo(ctx context.Context, v access.Viewer, i Import) error {
	if err := may(v); err != nil {
		return err
	}
	if i.Result == nil {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	i.ExpiresAt = s.now().Add(keepImports)
	e := audit.New(v, s.newID(), s.now(), ActionUndoing, i.Ref())
	return s.store.UndoImport(ctx, v, i, i.Result.Counts.New+i.Result.Counts.Changed, e)
}

// Exported is the entry of the trail about a download of suppliers' data: of the
// directory, or of the rows of an import.
func Exported(v access.Viewer, id string, now time.Time, format string, of audit.Ref) audit.Entry {
	return audit.New(v, id, now, ActionExported, of, audit.Detail{Key: "format", Value: format})
}

// Ref names an import in the trail.
func (i Import) Ref() audit.Ref { return audit.Ref{Kind: "import", ID: i.ID, Name: i.Name} }
