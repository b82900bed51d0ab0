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
	for name, file := range map[string][]byte{"xlsx": book.Bytes(), "csv": []byte("code;name\n1;\"a\nb\"\n\n2;c\n")} {
		t.Run(name, func(t *testing.T) {
			read, err := Read(file, name, Options{})
			if err != nil {
				t.Fatal(err)
			}
			packed, err := pack(read)
			if err != nil {
				t.Fatal(err)
			}
			again, err := unpack(packed)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(read, again); diff != "" {
				t.Errorf("not the same (-read +unpacked):\n%s", diff)
			}
		})
	}
}

func TestUnpackRefusesWhatIsNoTable(t *testing.T) {
	if _, err := unpack([]byte("code,name")); err == nil {
		t.Error("a text was unpacked")
	}
}
