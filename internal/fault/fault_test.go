package fault

import (
	"errors"
	"strings"
	"testing"
)

func TestTexts(t *testing.T) {
	long := strings.Repeat("長", 11)
	tests := []struct {
		name  string
		judge func(*Fields)
		want  string // key, none when there is nothing to say
	}{
		{"required and there", func(f *Fields) { f.Required("x", "長", 10) }, ""},
		{"required and missing", func(f *Fields) { f.Required("x", "", 10) }, "fault.required"},
		{"required and too long", func(f *Fields) { f.Required("x", long, 10) }, "fault.too-long"},
		{"characters, not bytes", func(f *Fields) { f.AtMost("x", long, 11) }, ""},
		{"optional and missing", func(f *Fields) { f.OneLine("x", "", 10) }, ""},
		{"a header's second line", func(f *Fields) { f.OneLine("x", "a\r\nBcc: b", 20) }, "fault.one-line"},
		{"one line, too long", func(f *Fields) { f.OneLine("x", long, 10) }, "fault.too-long"},
	}
	for _, tt := range tests {
		var f Fields
		tt.judge(&f)
		if tt.want == "" && len(f) != 0 || tt.want != "" && (len(f) != 1 || f[0].Key != tt.want || f[0].Name != "x") {
			t.Errorf("%s: %v, want %q", tt.name, f, tt.want)
		}
	}
}

func TestKindOfTheFirstThatHasOne(t *testing.T) {
	cause := errors.New("cause")
	err := errors.Join(errors.New("before"), New(Conflict, "fault.x").Because(cause))
	if KindOf(err) != Conflict || !errors.Is(err, cause) {
		t.Errorf("kind %v, cause kept %v", KindOf(err), errors.Is(err, cause))
	}
	if KindOf(cause) != Internal || FieldsOf(cause) != nil {
		t.Error("an error of nobody's is internal and has no fields")
	}
	if err := (Fields)(nil).Err(); err != nil {
		t.Errorf("no faults give %v", err)
	}
}

func TestWhatIsJudged(t *testing.T) {
	judged := map[Kind]bool{Invalid: true, TooLarge: true, TooMany: true}
	for kind := range kindNames {
		err := errors.Join(errors.New("before"), New(Kind(kind), "fault.x"))
		if Judged(err) != judged[Kind(kind)] {
			t.Errorf("Judged of %s = %v", Kind(kind), Judged(err))
		}
	}
	if Judged(nil) || Judged(errors.New("x")) {
		t.Error("nothing, or an error of nobody's, is judged")
	}
}

func TestErrorIsForTheLog(t *testing.T) {
	var f Fields
	f.Add("name", "fault.required", Args{"Max": 3})
	err := &Error{Kind: Invalid, Key: "fault.invalid", Fields: f, Err: errors.New("cause")}
	if got := err.Error(); got != "invalid: fault.invalid name=fault.required: cause" {
		t.Errorf("Error = %q", got)
	}
	if got := New(Gone, "").With("Days", 3).Error(); got != "gone" {
		t.Errorf("Error without a key = %q", got)
	}
	if got := FieldsOf(f.Err()); len(got) != 1 || got[0].Args["Max"] != 3 {
		t.Errorf("FieldsOf = %v", got)
	}
	for kind, name := range kindNames {
		if Kind(kind).String() != name {
			t.Errorf("kind %d is %s, want %s", kind, Kind(kind), name)
		}
	}
	if got := Kind(99).String(); got != "kind(99)" {
		t.Errorf("an unknown kind is %s", got)
	}
}
