package evidence

import (
	"strings"
	"testing"
	"time"

	"tsunagi/internal/fault"
	"tsunagi/internal/questionnaire"
)

var now = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func in(years int) *time.Time {
	t := now.AddDate(years, 0, 0)
	return &t
}

func truth(b bool) *bool { return &b }

// wrong lists the fields that were found wrong, "" when none was.
func wrong(err error) string {
	var names []string
	for _, f := range fault.FieldsOf(err) {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

func TestNumbers(t *testing.T) {
	tests := []struct {
		kind     Kind
		in, want string // want "" when it is refused
	}{
		{PMark, "10123456(03)", "10123456(03)"}, {PMark, "10123456", "10123456"}, {PMark, "第10123456(03)号", "10123456(03)"},
		{PMark, "１０１２３４５６（０３）", "10123456(03)"}, {PMark, " 21 000001 (01) ", "21000001(01)"},
		{PMark, "09123456(03)", ""}, {PMark, "1012345", ""}, {PMark, "10123456(3)", ""}, {PMark, "A0123456", ""}, {PMark, "", ""},
		{SecurityAction, "40123456789", "40123456789"}, {SecurityAction, "５０１２３４５６７８９", "50123456789"}, {SecurityAction, "4012 3456 789", "40123456789"},
		{SecurityAction, "30123456789", ""}, {SecurityAction, "4012345678", ""}, {SecurityAction, "401234567890", ""}, {SecurityAction, "4012345678x", ""},
		{Specialist, "012345", "012345"}, {Specialist, "第012345号", "012345"}, {Specialist, "０１２３４５", "012345"},
		{Specialist, "12345", ""}, {Specialist, "0123456", ""}, {Specialist, "RISS-012345", ""},
		{ISMS, "IS 505613", "IS 505613"}, {ISMS, " J0437 ", "J0437"}, {ISMS, "ＩＡ　１６０１６４ａ", "IA 160164a"},
		{ISMS, strings.Repeat("9", 41), ""}, {ISMS, "  ", ""},
	}
	for _, tt := range tests {
		e := valid(tt.kind)
		e.Number = tt.in
		err := e.Check(now, true)
		if tt.want == "" {
			if wrong(err) != "number" {
				t.Errorf("%s %q: wrong is %q, want the number", tt.kind, tt.in, wrong(err))
			}
		} else if err != nil || e.Number != tt.want {
			t.Errorf("%s %q: %q, %v; want %q", tt.kind, tt.in, e.Number, err, tt.want)
		}
	}
}

func valid(kind Kind) Evidence {
	return Evidence{Kind: kind, Number: map[Kind]string{ISMS: "IS 1", PMark: "10123456", SecurityAction: "40123456789", Specialist: "012345"}[kind],
		Scope: "受託開発", CoversWork: truth(true), Holder: "架空 花子", Stars: 2, ExpiresOn: in(1), Question: "q"}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		kind   Kind
		change func(*Evidence)
		file   bool
		want   string
	}{
		{"complete", ISMS, nil, true, ""},
		{"no file", ISMS, nil, false, "file"},
		{"no file", PMark, nil, false, "file"},
		{"no file", Policy, nil, false, "file"},
		{"no file", Attachment, nil, false, "file"},
		{"no file is needed", SecurityAction, nil, false, ""},
		{"no file is needed", Specialist, nil, false, ""},
		{"expired yesterday", ISMS, func(e *Evidence) { day := now.AddDate(0, 0, -1); e.ExpiresOn = &day }, true, "expires"},
		{"no expiry", PMark, func(e *Evidence) { e.ExpiresOn = nil }, true, "expires"},
		{"expires in 30 years", PMark, func(e *Evidence) { e.ExpiresOn = in(30) }, true, "expires"},
		{"a self-declaration has no expiry", SecurityAction, func(e *Evidence) { e.ExpiresOn = nil }, false, ""},
		{"three stars", SecurityAction, func(e *Evidence) { e.Stars = 3 }, false, "stars"},
		{"scope not said", ISMS, func(e *Evidence) { e.Scope, e.CoversWork = "", nil }, true, "scope covers"},
		{"unknown accreditation", ISMS, func(e *Evidence) { e.Accreditation = "moon" }, true, "accreditation"},
		{"issued next year", PMark, func(e *Evidence) { e.IssuedOn = in(1) }, true, "issued"},
		{"issued today", PMark, func(e *Evidence) { today := now; e.IssuedOn = &today }, true, ""},
		{"a specialist without a name", Specialist, func(e *Evidence) { e.Holder = "" }, false, "holder"},
		{"long scope", ISMS, func(e *Evidence) { e.Scope = strings.Repeat("あ", 501) }, true, "scope"},
		{"unknown kind", "passport", nil, true, "kind"},
		{"an attachment of nothing", Attachment, func(e *Evidence) { e.Question = "" }, true, "kind"},
	}
	for _, tt := range tests {
		e := valid(tt.kind)
		if tt.change != nil {
			tt.change(&e)
		}
		if got := wrong(e.Check(now, tt.file)); got != tt.want {
			t.Errorf("%s, %s: wrong is %q, want %q", tt.kind, tt.name, got, tt.want)
		}
	}
}

func TestOldEdition(t *testing.T) {
	tests := []struct {
		standard string
		at       time.Time
		want     bool
	}{
		{"ISO/IEC 27001:2013", now, true}, {"JIS Q 27001:2014", now, true}, {"JIS Q 27001:2023", now, false}, {"", now, false},
		{"ISO/IEC 27001:2013", time.Date(2025, 10, 31, 3, 0, 0, 0, time.UTC), false},
	}
	for _, tt := range tests {
		if got := (Evidence{Kind: ISMS, Standard: tt.standard}).oldEdition(tt.at); got != tt.want {
			t.Errorf("oldEdition(%s at %s) = %v, want %v", tt.standard, tt.at, got, tt.want)
		}
	}
}

func found(c Check) *File { return &File{Findings: Findings{Check: c}} }

func TestHolding(t *testing.T) {
	past := now.AddDate(0, 0, -1)
	tests := []struct {
		name string
		e    Evidence
		want bool
	}{
		{"an ISMS certificate", valid(ISMS), true},
		{"a P-mark", valid(PMark), true},
		{"a self-declaration stands in for nothing", valid(SecurityAction), false},
		{"a policy stands in for nothing", valid(Policy), false},
		{"expired", Evidence{Kind: ISMS, ExpiresOn: &past}, false},
		{"rejected", Evidence{Kind: ISMS, ExpiresOn: in(1), Validity: Rejected}, false},
		{"taken back", Evidence{Kind: ISMS, ExpiresOn: in(1), RemovedAt: now}, false},
		{"of an edition that has ended", Evidence{Kind: ISMS, ExpiresOn: in(1), Standard: "ISO/IEC 27001:2013"}, false},
		{"unaccredited", Evidence{Kind: ISMS, ExpiresOn: in(1), Accreditation: "none"}, false},
		{"accredited abroad", Evidence{Kind: ISMS, ExpiresOn: in(1), Accreditation: "ukas"}, true},
		{"its file is locked", Evidence{Kind: ISMS, ExpiresOn: in(1), File: found(Locked)}, false},
		{"its file is broken", Evidence{Kind: ISMS, ExpiresOn: in(1), File: found(Broken)}, false},
		{"its file was not looked at yet", Evidence{Kind: ISMS, ExpiresOn: in(1), File: found(Unchecked)}, true},
		{"its file is sound", Evidence{Kind: ISMS, ExpiresOn: in(1), File: found(Sound)}, true},
		{"leaves the work out", Evidence{Kind: ISMS, ExpiresOn: in(1), CoversWork: truth(false)}, false},
	}
	for _, tt := range tests {
		tt.e.ID = "e"
		want := []questionnaire.Certificate{{ID: "e", Kind: string(tt.e.Kind)}}
		if got := Holding([]Evidence{tt.e}, now); (len(got) == 1 && got[0] == want[0]) != tt.want {
			t.Errorf("%s: Holding = %v, want it %v", tt.name, got, tt.want)
		}
	}
}
