package internal

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"tsunagi/templates"
)

// shunned are words that readers stumbled over, by language, each with what is said
// instead. They stand in no message, questionnaire, page or mail.
var shunned = map[string][]struct{ word, better string }{
	"ja": {
		{"証憑", "登録証・添付資料"}, {"認証書", "登録証"}, {"証跡の鎖", "記録のつながり"}, {"記録の鎖", "記録のつながり"}, {"封印", "記録番号、確定前"},
		{"到達", "送信済み"}, {"開封", "アクセスあり"}, {"回答なし", "回答辞退"}, {"所有者", "管理者"}, {"不採用", "代替に使えません"},
		{"送信の列", "送信の準備"}, {"いまの期限", "現在の期限"}, {"ほかの提出", "提出履歴"}, {"大きさ\n", "サイズ"},
		{"専門用語を使わず", "難しい言葉には説明を"}, {"利用権", "アカウント、見られる設定"}, {"未実施です", "「実施していない」です"},
		{"最もよくある", "とてもよくある"}, {"唯一の", "大切な"}, {"機器の代金だけ", "中身を読まれにくく"}, {"漏えいを避けられます", "おそれを減らせます"},
		{"正直に", "そのまま"}, {"申告します", "提出します"}, {"大切な回答", "そのまま提出できます"}, {"テレワーク・持出し", "持ち出し"},
	},
	"en": {
		{"PrivacyMark in", "P-mark"}, {"stand in for", "replace"}, {"stands in for", "replaces"}, {"certificate stands in", "no answer needed"},
		{"not judged", "Not rated"}, {"waiting to leave", "queued"}, {"move the due date", "Extend the deadline"}, {"go on answering", "Continue"},
		{"whom to ask\n", "Contact"}, {"are writing to you as one of our suppliers", "This is X, your customer."}, {"remote work and carrying out", "devices off site"},
		{"is it decided", "Have you decided"}, {"are important data copied", "Do you back up"}, {"the chain was", "the records were"}, {"the chain is", "the records are"}, {"sealed", "fixed"},
		{"without technical terms", "everyday words"}, {"commonest", "very common"}, {"only protection", "important protection"},
		{"a useful answer", "you can submit"}, {"labour consultant", "whoever advises on employment"}, {"evidence", "certificates, attachments"},
	},
}

// keysAndActions are names of messages and of fields, and what templates fill in.
var keysAndActions = regexp.MustCompile(`(?m)^[ \t]*[a-z0-9.-]+:|\{\{.*?\}\}`)

// TestWordsToAvoid: what readers stumbled over is written nowhere that people read.
func TestWordsToAvoid(t *testing.T) {
	for _, pattern := range []string{"locales/*/*.yaml", "questionnaires/*.yaml", "layout/*.html", "layout/*/*.html", "pages/*/*.html", "questions/*.html", "mail/*"} {
		names, err := fs.Glob(templates.FS, pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			raw, err := fs.ReadFile(templates.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range stumbles(string(raw)) {
				t.Errorf("%s: %s", name, found)
			}
		}
	}
}

// stumbles lists the words to avoid that a text holds. Names of messages, comments and
// actions of templates are not read by people.
func stumbles(text string) []string {
	var read strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			read.WriteString(line)
		}
	}
	plain := keysAndActions.ReplaceAllString(comments.ReplaceAllString(read.String(), ""), "")
	plain = tags.ReplaceAllString(actions.ReplaceAllString(plain, " "), " ")
	lower := strings.ToLower(plain)
	var out []string
	for _, words := range shunned {
		for _, w := range words {
			if strings.Contains(lower, strings.ToLower(w.word)) {
				out = append(out, "「"+strings.TrimSpace(w.word)+"」 is to be: "+w.better)
			}
		}
	}
	return out
}

// TestStumblesAreFound: the search sees words wherever they stand, and no names.
func TestStumblesAreFound(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{
		{"review.evidence: 認証・証憑", 1}, {"a: 'Go on answering'", 1}, {"ja: 認証書のコピー\nen: It stands in for it", 2},
		{"evidence.kind.isms: ISMS", 0}, {"# 証憑", 0}, {`<p class="evidence">{{t "evidence.sealed"}}</p>`, 0}, {"a: 登録証", 0},
	}
	for _, tt := range tests {
		if got := stumbles(tt.text); len(got) != tt.want {
			t.Errorf("%q: %v, want %d", tt.text, got, tt.want)
		}
	}
}
