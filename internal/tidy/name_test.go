package tidy

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNamesAreAddressedOnce(t *testing.T) {
	for _, tt := range []struct{ given, name, person, organization string }{
		{"山田", "山田", "山田 様", "山田 御中"},
		{"山田様", "山田", "山田 様", "山田 御中"},
		{"山田　様", "山田", "山田 様", "山田 御中"},
		{"山田さま", "山田", "山田 様", "山田 御中"},
		{"山田 殿", "山田", "山田 様", "山田 御中"},
		{"ﾔﾏﾀﾞ ｻﾏ", "ﾔﾏﾀﾞ", "ﾔﾏﾀﾞ 様", "ﾔﾏﾀﾞ 御中"},
		{"山田様（総務部）", "山田（総務部）", "山田（総務部） 様", "山田（総務部） 御中"},
		{"山田（様）", "山田", "山田 様", "山田 御中"},
		{"山田様、鈴木様", "山田、鈴木", "山田、鈴木 様", "山田、鈴木 御中"},
		{"株式会社テスト 御中", "株式会社テスト", "株式会社テスト 御中", "株式会社テスト 御中"},
		{"株式会社テスト御中様", "株式会社テスト", "株式会社テスト 御中", "株式会社テスト 御中"},
		{"ご担当者様", "ご担当者", "ご担当者 様", "ご担当者 御中"},
		{"各位", "各位", "各位", "各位"},
		{"関係者各位 様", "関係者各位", "関係者各位", "関係者各位"},
		{"山田先生", "山田先生", "山田先生", "山田先生"},
		{"様", "", "", ""},
		{" 御中 様", "", "", ""},
		{"", "", "", ""},
		{"株式会社様々", "株式会社様々", "株式会社様々 様", "株式会社様々 御中"},
		{"鵜殿", "鵜殿", "鵜殿 様", "鵜殿 御中"},
		{"ホテルあさま", "ホテルあさま", "ホテルあさま 様", "ホテルあさま 御中"},
		{"株式会社カサマ", "株式会社カサマ", "株式会社カサマ 様", "株式会社カサマ 御中"},
		{"株式会社中央", "株式会社中央", "株式会社中央 様", "株式会社中央 御中"},
		{"A & B (Tokyo)", "A & B (Tokyo)", "A & B (Tokyo) 様", "A & B (Tokyo) 御中"},
	} {
		if got := Name(tt.given); got != tt.name {
			t.Errorf("Name(%q) = %q, want %q", tt.given, got, tt.name)
		}
		if got := Person(tt.given); got != tt.person {
			t.Errorf("Person(%q) = %q, want %q", tt.given, got, tt.person)
		}
		if got := Organization(tt.given); got != tt.organization {
			t.Errorf("Organization(%q) = %q, want %q", tt.given, got, tt.organization)
		}
	}
	for _, tt := range []struct{ organization, person, want string }{
		{"株式会社テスト 御中", "山田様", "株式会社テスト 山田 様"},
		{"株式会社テスト", "様", "株式会社テスト 御中"},
		{"株式会社テスト御中", "", "株式会社テスト 御中"},
		{"", "山田", "山田 様"},
		{"", "", ""},
		{"株式会社テスト様", "担当者各位", "株式会社テスト 担当者各位"},
	} {
		if got := Addressee(tt.organization, tt.person); got != tt.want {
			t.Errorf("Addressee(%q, %q) = %q, want %q", tt.organization, tt.person, got, tt.want)
		}
	}
}

// TestNoHonorificTwice: however often and wherever a name was already addressed, one line
// addresses it once, and doing it again changes nothing.
func TestNoHonorificTwice(t *testing.T) {
	names := rapid.SampledFrom([]string{"", "山田", "山田 花子", "株式会社テスト", "品質保証部", "ご担当者", "担当", "Smith", "Ａ＆Ｂ", "中村", "佐々木"})
	ends := rapid.SampledFrom([]string{"", "様", " 様", "　様", "さま", "殿", "御中", " 御中", "様様", "御中様", "（様）", "様（総務部）", "様、鈴木様", " (営業)様"})
	rapid.Check(t, func(t *rapid.T) {
		name := func(label string) string {
			s := names.Draw(t, label)
			for range rapid.IntRange(0, 3).Draw(t, label+" times") {
				s += ends.Draw(t, label+" end")
			}
			return s
		}
		organization, person := name("organization"), name("person")
		for line, again := range map[string]func(string) string{
			Person(person):                  Person,
			Organization(organization):      Organization,
			Addressee(organization, person): func(s string) string { return Addressee("", s) },
		} {
			if n := strings.Count(line, sama) + strings.Count(line, onchu) + strings.Count(line, "さま") + strings.Count(line, "殿"); n > 1 {
				t.Fatalf("%q and %q are addressed %d times: %q", organization, person, n, line)
			}
			if got := again(line); got != line {
				t.Fatalf("%q addressed again is %q", line, got)
			}
		}
	})
}
