package supplier

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sampled is a supplier with a value in every field.
func sampled(t *testing.T) Supplier {
	t.Helper()
	var s Supplier
	for _, f := range Fields() {
		s.Put(f.Key, f.Sample)
	}
	if wrong := s.Prepare(); len(wrong) > 0 {
		t.Fatalf("the samples do not hold: %v", wrong)
	}
	return s
}

func TestEveryRowOfTheTable(t *testing.T) {
	seen := map[Column]bool{}
	s := sampled(t)
	for _, f := range Fields() {
		t.Run(string(f.Key), func(t *testing.T) {
			if f.Key == "" || seen[f.Key] {
				t.Error("a row without a key of its own")
			}
			seen[f.Key] = true
			if f.get == nil || f.set == nil || f.tidy == nil || f.Sample == "" {
				t.Fatal("the row is not whole")
			}
			if got := s.Value(f.Key); got != f.Sample {
				t.Errorf("the sample %q reads back as %q", f.Sample, got)
			}
			if (f.Control == Radios) != (len(f.Choices) > 0) {
				t.Error("radios without choices, or choices without radios")
			}
			for _, choice := range f.Choices {
				other := s
				other.Put(f.Key, choice)
				if wrong := other.Prepare(); len(wrong) > 0 || other.Value(f.Key) != choice {
					t.Errorf("the choice %q is kept as %q: %v", choice, other.Value(f.Key), wrong)
				}
			}
			if f.Search != nil {
				for _, text := range f.Search(f.Sample) {
					if !found(Keys{s.Search, s.Texts}, ParseQuery(text)) {
						t.Errorf("%q is not found", text)
					}
				}
			}
			if f.Limit > 0 {
				long := s
				long.Put(f.Key, strings.Repeat("ア", f.Limit+1))
				if wrong := long.Prepare(); len(wrong) != 1 || wrong[0].Name != string(f.Key) {
					t.Errorf("longer than %d: %v", f.Limit, wrong)
				}
			}
			var empty Supplier
			if missing := faulty(empty.Prepare(), f.Key); missing != (f.Missing != "" && f.Control != Radios) {
				t.Errorf("empty it is a fault: %v", missing)
			}
		})
	}
}

// A list with every column is imported, and changes nothing the second time; each
// column alone changes its field.
func TestEveryColumnIsImported(t *testing.T) {
	m, cells, s := everyColumn(t), make([]string, len(Columns)), sampled(t)
	for column, index := range m {
		cells[index] = s.Value(column)
	}
	verdicts, counts := judgeAll([]Row{{Number: 2, Cells: cells}}, everything, m, nil)
	if counts != (Counts{New: 1}) {
		t.Fatalf("new: %+v", verdicts)
	}
	got := verdicts[0].Supplier
	for _, column := range Columns {
		if got.Value(column) != s.Value(column) {
			t.Errorf("%s: %q, want %q", column, got.Value(column), s.Value(column))
		}
	}
	if _, counts := judgeAll([]Row{{Number: 2, Cells: cells}}, everything, m, map[string]Supplier{got.Code: got}); counts != (Counts{Same: 1}) {
		t.Errorf("a second time: %+v", counts)
	}
	bare := Supplier{Code: s.Code, Name: "例示", Lang: "ja", Lane: LaneMail, CorporateNumber: s.CorporateNumber}
	for _, column := range Columns[1:] {
		alone := make([]string, len(Columns))
		alone[m[ColumnCode]], alone[m[column]] = s.Code, s.Value(column)
		verdicts, _ := judgeAll([]Row{{Number: 2, Cells: alone}}, everything, m, map[string]Supplier{s.Code: bare})
		want := []Column{column}
		if bare.Value(column) == s.Value(column) {
			want = nil
		}
		if diff := cmp.Diff(want, verdicts[0].Changed); diff != "" || verdicts[0].Supplier.Value(column) != s.Value(column) {
			t.Errorf("%s alone: %s %v", column, diff, verdicts[0].Faults)
		}
	}
}

func TestDifferences(t *testing.T) {
	was := sampled(t)
	is := was
	if got := differences(was, is); got != nil {
		t.Errorf("of the same: %v", got)
	}
	is.Note, is.Lane, is.Tags = strings.Repeat("長", shown+1)+"\n", LaneMail, nil
	var got []string
	for _, d := range differences(was, is) {
		got = append(got, d.Key+": "+d.Value)
	}
	want := []string{"supplier.lane: paper → mail", "supplier.tags: 金属加工、物流 → —",
		"supplier.note: 年に1回、訪問している → " + strings.Repeat("長", shown) + "…"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Our own words for importance are understood; the importance that is shown already
// changes nothing, and 未判定 takes nothing away.
func TestImportanceFromOurOwnTables(t *testing.T) {
	yes := true
	for _, c := range []struct {
		name, cell string
		known      Supplier
		rank       Tier
		changed    bool
	}{
		{"not judged, as it is", "未判定", Supplier{}, TierUnknown, false},
		{"not rated, in English", "Not rated", Supplier{}, TierUnknown, false},
		{"not rated, as lists of ours said before", "Not judged", Supplier{}, TierUnknown, false},
		{"not judged, where the buyer has a rank", "未判定", Supplier{Rank: TierLow}, TierLow, false},
		{"high, by the questions", "高", Supplier{HoldsData: &yes}, TierUnknown, false},
		{"high, where the buyer says low", "High", Supplier{Rank: TierLow}, TierHigh, true},
		{"medium, nobody has judged", "中", Supplier{}, TierMedium, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.known.Code, c.known.Name = "A", "例示"
			c.known.Prepare()
			verdicts, counts := judge(map[string]Supplier{"A": c.known}, "コード|会社名|重要度", "A|例示|"+c.cell)
			got := c.known
			if counts.Changed == 1 {
				got = verdicts[0].Supplier
			}
			if counts.Faulty > 0 || got.Rank != c.rank || (counts.Changed == 1) != c.changed {
				t.Errorf("rank %d, %+v, want %d", got.Rank, counts, c.rank)
			}
		})
	}
}

func TestAColumnWithoutARow(t *testing.T) {
	if slices.Contains(Columns, "other") {
		t.Fatal("there is such a column")
	}
	defer func() {
		if recover() == nil {
			t.Error("a column without a row is taken")
		}
	}()
	Column("other").field()
}
