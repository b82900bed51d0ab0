package questionnaire_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tsunagi/internal/questionnaire"
	"tsunagi/templates"
)

func glossary(t *testing.T) questionnaire.Glossary {
	t.Helper()
	g, err := questionnaire.LoadGlossary(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGlossaryOf(t *testing.T) {
	g := glossary(t)
	for _, tt := range []struct{ ja, en, wantJA, wantEN string }{
		{"VPN装置を使う", "Use a VPN.", "VPN", "VPN"},
		{"エンVPNド", "ransomware", "VPN", "Ransomware"},
		{"EDRかUTM", "VPNX cloudy macroeconomy", "EDR UTM", ""},
		{"ふだんの言葉", "Encrypted, with BCC", "", "Encryption BCC"},
		{"無線はWPA2またはWPA3", "WPA2/WPA3", "WPA2・WPA3", "WPA2 and WPA3"},
	} {
		q := questionnaire.Question{Text: questionnaire.Text{JA: tt.ja, EN: "x"}, Help: questionnaire.Help{Yes: questionnaire.Text{JA: "y", EN: tt.en}}}
		for lang, want := range map[string]string{"ja": tt.wantJA, "en": tt.wantEN} {
			var got []string
			for _, term := range g.Of(q, lang) {
				got = append(got, term.Term.In(lang))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%q / %q in %s explains %q, want %q", tt.ja, tt.en, lang, got, want)
			}
		}
	}
}

func TestGlossaryIsWhole(t *testing.T) {
	half := fstest.MapFS{"questionnaires/glossary.yaml": {Data: []byte("- term: {ja: VPN, en: VPN}\n  said: {ja: [VPN], en: [VPN]}\n  means: {ja: 通り道}\n")}}
	if _, err := questionnaire.LoadGlossary(half); err == nil {
		t.Error("a row without English is taken")
	}
	for _, lang := range []string{"ja", "en"} {
		for _, term := range []string{"VPN", "EDR", "UTM", "WPA2", map[string]string{"ja": "二段階認証", "en": "two-step"}[lang],
			map[string]string{"ja": "マクロ", "en": "macro"}[lang], map[string]string{"ja": "定義ファイル", "en": "definitions"}[lang]} {
			q := questionnaire.Question{Text: questionnaire.Text{JA: term, EN: term}}
			if len(glossary(t).Of(q, lang)) == 0 {
				t.Errorf("%s is not explained in %s", term, lang)
			}
		}
	}
}

// everyday are words in letters that need no explanation: names of products and bodies, and
// what everybody who reads mail knows.
var everyday = strings.Fields(`Windows Update Mac Word Excel USB Wi-Fi LAN SNS FAX PDF OS ID A4
	IPA JPCERT CC cs-support ipa.go.jp jpcert.or.jp SECURITY ACTION ISMS ISO IEC SCS APPI IPA5`)

var letters = regexp.MustCompile(`[A-Za-z][A-Za-z0-9.-]*[A-Za-z0-9]`)

// TestEveryTermIsExplained: whatever a shipped questionnaire says in letters is everyday, or
// explained where it stands. A new abbreviation needs a row of the glossary.
func TestEveryTermIsExplained(t *testing.T) {
	all, err := questionnaire.Load(templates.FS)
	if err != nil {
		t.Fatal(err)
	}
	g := glossary(t)
	for _, q := range all {
		for _, one := range q.Questions() {
			var explained []string
			for _, term := range g.Of(one, "ja") {
				explained = append(explained, term.Said.JA...)
			}
			for _, text := range []questionnaire.Text{one.Text, one.Help.Why, one.Help.Yes, one.Help.Example, one.Help.Unknown} {
				for _, word := range letters.FindAllString(text.JA, -1) {
					if !slices.Contains(everyday, word) && !slices.Contains(explained, word) {
						t.Errorf("%s, question %s: %s is not explained", q.Key, one.Key, word)
					}
				}
			}
		}
	}
}
