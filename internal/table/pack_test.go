package table

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPackKeepsEverything(t *testing.T) {
	var book bytes.Buffer
	rows := [][]any{{"コード", "名前"}, {"00123", "架空㈱\n支店"}, {}, {"", "=1+1"}, {"a\u2028b", "\"<&>"}}
	if err := WriteXLSX(&book, "取引先", nil, Of(rows)); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"xlsx": book.Bytes(), "csv": []byte("code;name;x\n1;\"a\nb;c;d\"\n\n2;c\n")} {
		t.Run(name, func(t *testing.T) {
			read, err := Read(file, name, Options{})
			if err != nil {
				t.Fatal(err)
			}
			again, err := unpack(pack(read))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(read, again); diff != "" {
				t.Errorf("not the same (-read +unpacked):\n%s", diff)
			}
		})
	}
}

// What an earlier version kept is still read.
func TestUnpackJSON(t *testing.T) {
	got, err := unpack([]byte(`{"Format":"xlsx","Sheet":"S","Width":1,"Rows":[{"Number":3,"Cells":["a"]}]}`))
	if diff := cmp.Diff(&Table{Format: XLSX, Sheet: "S", Width: 1, Rows: []Row{line(3, "a")}}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestUnpackRefusesWhatIsNoTable(t *testing.T) {
	whole := pack(&Table{Rows: []Row{line(1, "a")}})
	for _, data := range [][]byte{[]byte("code,name"), nil, whole[:len(whole)-1]} {
		if _, err := unpack(data); err == nil {
			t.Errorf("%q was unpacked", data)
		}
	}
}
