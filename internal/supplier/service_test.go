package supplier

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"tsunagi/internal/access"
	"tsunagi/internal/audit"
	"tsunagi/internal/fault"
)

// memory is a directory that keeps what it is given, for one viewer.
type memory struct {
	Reader
	suppliers []Supplier
	shapes    []Shape
	state     int64
	saved     Import
	entries   []audit.Entry
	total     int
}

func (m *memory) Directory(context.Context, access.Viewer) (Directory, error) {
	return Directory{Total: len(m.suppliers), State: m.state}, nil
}

func (m *memory) Meant(context.Context, access.Viewer, Asked) ([]Supplier, error) {
	return m.suppliers, nil
}

func (m *memory) Get(_ context.Context, _ access.Viewer, id string) (Supplier, error) {
	i := slices.IndexFunc(m.suppliers, func(s Supplier) bool { return s.ID == id })
	if i < 0 {
		return Supplier{}, fault.New(fault.NotFound, "fault.not-found")
	}
	return m.suppliers[i], nil
}

func (m *memory) Shapes(_ context.Context, _ access.Viewer, keys []string) ([]Shape, error) {
	return slices.DeleteFunc(slices.Clone(m.shapes), func(s Shape) bool { return !slices.Contains(keys, s.Key) }), nil
}

func (m *memory) SaveShapes(_ context.Context, shapes []Shape) error {
	m.shapes = append(m.shapes, shapes...)
	return nil
}

func (m *memory) SaveUpload(_ context.Context, i Import, _, _ []byte) error {
	m.saved = i
	return nil
}

func (m *memory) SaveChoice(_ context.Context, _ access.Viewer, i Import, _ []byte) error {
	m.saved = i
	return nil
}

func (m *memory) StartImport(_ context.Context, _ access.Viewer, i Import, total int, e audit.Entry) error {
	entries.Note(e)
	m.saved, m.total, m.entries = i, total, append(m.entries, e)
	return nil
}

func (m *memory) UndoImport(ctx context.Context, v access.Viewer, i Import, total int, e audit.Entry) error {
	return m.StartImport(ctx, v, i, total, e)
}

func (m *memory) Insert(_ context.Context, s Supplier, e audit.Entry) error {
	if slices.ContainsFunc(m.suppliers, func(other Supplier) bool { return other.Code == s.Code }) {
		return fault.New(fault.Conflict, "fault.conflict")
	}
	entries.Note(e)
	m.suppliers, m.entries = append(m.suppliers, s), append(m.entries, e)
	return nil
}

func (m *memory) Update(_ context.Context, _ access.Viewer, s Supplier, e audit.Entry) error {
	i := slices.IndexFunc(m.suppliers, func(other Supplier) bool { return other.ID == s.ID })
	entries.Note(e)
	m.suppliers[i], m.entries = s, append(m.entries, e)
	return nil
}

var (
	clerk   = access.Viewer{Kind: access.Member, Org: "o1", User: "u1", Name: "調 達子", Roles: []access.Role{access.Buyer}}
	auditor = access.Viewer{Kind: access.Member, Org: "o1", User: "u2", Name: "監査 一郎", Roles: []access.Role{access.Auditor}}
)

func rules(m *memory) *Service {
	n := 0
	return NewService(m, func() time.Time { return time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC) },
		func() string { n++; return "id" + strconv.Itoa(n) })
}

func TestSaveASupplier(t *testing.T) {
	m := &memory{}
	s := rules(m)
	one := Supplier{Code: "S0001", Name: "架空精工", Lang: "ja", Lane: LaneMail, Email: "mihon@example.jp"}
	if _, err := s.Save(t.Context(), auditor, one); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("an auditor: %v", err)
	}
	if _, err := s.Save(t.Context(), clerk, Supplier{Code: "S0002"}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("without a name: %v", err)
	}
	added, err := s.Save(t.Context(), clerk, one)
	if err != nil || added.ID == "" || added.Org != "o1" || added.Revision != 1 || len(added.Search) == 0 {
		t.Fatalf("added %+v, %v", added, err)
	}
	if _, err := s.Save(t.Context(), clerk, one); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a code that is taken: %v", err)
	}
	added.Phone = "000-0000-0000"
	if _, err := s.Save(t.Context(), clerk, added); err != nil {
		t.Fatal(err)
	}
	last := m.entries[len(m.entries)-1]
	want := []audit.Detail{{Key: "code", Value: "S0001"}, {Key: "supplier.phone", Value: "—" + audit.Became + "000-0000-0000"}}
	if last.Action != ActionChanged || !slices.Equal(last.Details, want) {
		t.Errorf("the trail says %+v", last)
	}
	if _, err := s.Save(t.Context(), clerk, Supplier{ID: "other", Code: "S3", Name: "架空", Lang: "ja", Lane: LaneMail}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an unknown one: %v", err)
	}
}

// listed reads lines as a file of one sheet.
func listed(lines ...string) Reading {
	rows := table(lines...)
	return Reading{Rows: rows, Width: widest(rows), Encoding: "UTF-8", Hidden: 1}
}

func known(code, name, number string) Supplier {
	s := Supplier{ID: code, Code: code, Name: name, CorporateNumber: number, Lang: "ja", Lane: LaneMail, Email: "mihon@example.jp", Revision: 1}
	_ = s.Prepare()
	return s
}

// A list is judged when it comes, chosen about, remembered for the next one, taken in
// when the directory is what it was, and taken back once.
func TestAListIsJudgedChosenRememberedAndTakenBack(t *testing.T) {
	m := &memory{suppliers: []Supplier{known("A1", "架空精工", "8999990000001"), known("A2", "見本商会", ""), known("A3", "例示工業", "")}}
	s := rules(m)
	list := listed("取引先コード|会社名|電話番号", "A1|別の会社|", "a2|もう別の会社|", "A4|新しい会社|03-0000-0000")
	if _, err := s.Begin(t.Context(), auditor, List{Name: "a.csv", Reading: list}); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("an auditor: %v", err)
	}
	if _, err := s.Begin(t.Context(), clerk, List{Name: "a.csv", Reading: listed("取引先コード|会社名|電話番号")}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a header alone: %v", err)
	}
	i, err := s.Begin(t.Context(), clerk, List{Name: "a.csv", Reading: list})
	if err != nil || !i.Preview.Judged || i.Stage() != "suppliers.recent-waiting" {
		t.Fatalf("%+v, %v", i, err)
	}
	if c := i.Preview.Counts; c.New != 1 || c.Changed != 2 || i.Preview.ByField[ColumnName] != 2 {
		t.Errorf("counts %+v, by field %v", c, i.Preview.ByField)
	}
	var kinds []string
	for _, w := range i.Preview.Warnings {
		kinds = append(kinds, w.Kind)
		if w.Key() != "suppliers.warning."+w.Kind || w.Args()["Count"] != w.Count {
			t.Errorf("the warning %+v is said as %s, %v", w, w.Key(), w.Args())
		}
	}
	if want := []string{WarnHidden, WarnNoMail, WarnNames, WarnAlike}; !slices.Equal(kinds, want) {
		t.Errorf("warnings %q, want %q", kinds, want)
	}
	change := i.Preview.Changes[0].Fields[0]
	if change.Key() != "supplier.name" || change.Detail() != "架空精工"+audit.Became+"別の会社" {
		t.Errorf("%s: %s", change.Key(), change.Detail())
	}

	i.Mapping = Mapping{ColumnCode: 0}
	if _, err := s.Choose(t.Context(), clerk, i, list, false); err != nil || len(m.shapes) != 0 {
		t.Errorf("without a name it is not remembered: %v, %v", m.shapes, err)
	}
	if err := s.Start(t.Context(), clerk, i, 0); fault.KindOf(err) != fault.Invalid {
		t.Errorf("started without a name: %v", err)
	}
	i.Mapping = Mapping{ColumnCode: 0, ColumnName: 1}
	if i, err = s.Choose(t.Context(), clerk, i, list, true); err != nil || i.Table != 2 || len(m.shapes) != 1 {
		t.Fatalf("%+v, %v", i, err)
	}
	again, err := s.Begin(t.Context(), clerk, List{Name: "b.csv", Reading: listed("取引先コード|会社名|電話番号", "B1|次の会社|")})
	if err != nil || again.Mapping[ColumnName] != 1 || again.Preview.Counts.New != 1 {
		t.Errorf("the next one: %+v, %v", again, err)
	}

	m.state = 7
	if err := s.Start(t.Context(), clerk, i, 0); !errors.Is(err, ErrLookAgain) {
		t.Errorf("the directory is another: %v", err)
	}
	if err := s.Start(t.Context(), auditor, i, 7); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("an auditor starts: %v", err)
	}
	if err := s.Undo(t.Context(), clerk, i); fault.KindOf(err) != fault.Conflict {
		t.Errorf("taken back before it is in: %v", err)
	}
	if err := s.Start(t.Context(), clerk, i, 7); err != nil || m.total != 3 {
		t.Errorf("started for %d rows, %v", m.total, err)
	}
	i.Started, i.Result = true, &Result{Counts: Counts{New: 1, Changed: 2}}
	if err := s.Undo(t.Context(), clerk, i); err != nil || m.entries[len(m.entries)-1].Action != ActionUndoing {
		t.Errorf("taken back: %v, %v", m.entries, err)
	}
	if i.Stage() != "suppliers.recent-started" {
		t.Errorf("it is %s", i.Stage())
	}
	i.Undoing = true
	if i.Stage() != "suppliers.recent-undone" {
		t.Errorf("it is %s", i.Stage())
	}
}

// Of several sheets the one whose shape is known is read, else the one that looks most
// like a list; a list whose encoding was chosen once is read in it again.
func TestWhatIsKnownIsReadSo(t *testing.T) {
	m := &memory{}
	s := rules(m)
	cover, list, odd := table("2026年度", "取引先一覧"), table("取引先コード|会社名|メールアドレス", "A1|架空精工|a1@example.jp"), table("記号|呼び名", "A1|架空精工")
	if n, err := s.ProposeSheet(t.Context(), clerk, [][]Row{cover, list, odd}); err != nil || n != 1 {
		t.Errorf("sheet %d, %v", n, err)
	}
	i := Import{ID: "i", Encoding: "EUC-JP", Layout: Layout{Header: 0, Mapping: Mapping{ColumnCode: 0, ColumnName: 1}}}
	if _, err := s.Choose(t.Context(), clerk, i, Reading{Rows: odd, Width: 2, Encoding: "EUC-JP"}, false); err != nil {
		t.Fatal(err)
	}
	if n, err := s.ProposeSheet(t.Context(), clerk, [][]Row{cover, list, odd}); err != nil || n != 2 {
		t.Errorf("the known sheet: %d, %v", n, err)
	}
	asked := ""
	next, err := s.Begin(t.Context(), clerk, List{Name: "c.csv", Reading: Reading{Rows: odd, Width: 2, Encoding: "CP932"},
		Reread: func(encoding string) (Reading, error) {
			asked = encoding
			return Reading{Rows: odd, Width: 2, Encoding: encoding}, nil
		}})
	if err != nil || asked != "EUC-JP" || next.Encoding != "EUC-JP" || next.Mapping[ColumnName] != 1 {
		t.Errorf("read again in %q: %+v, %v", asked, next, err)
	}
}
