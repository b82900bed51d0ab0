package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jung-kurt/gofpdf"

	"tsunagi/internal/app/apptest"
	"tsunagi/internal/demo"
)

// TestStory walks the main job from end to end: a buyer asks, a supplier answers
// and attaches a certificate, a reviewer returns and accepts, an auditor downloads.
func TestStory(t *testing.T) {
	env := apptest.New(t)
	if err := demo.LoadSuppliers(context.Background(), env.App, env.Owner); err != nil {
		t.Fatal(err)
	}
	serve(t, env)
	p := open(t, browser(t))
	issueCampaign(p)
	link := requestLink(p)
	answer(p, link)
	review(p)
	correct(p, link)
	accept(p)
	audit(p)
}

func issueCampaign(p *tab) {
	p.signIn("buyer@example.jp", demo.Password)
	p.accessible()
	p.shot("home-first")
	p.visit("/suppliers")
	p.says("サンプル精工")
	p.accessible()
	p.shot("suppliers")
	p.visit("/suppliers/import")
	p.accessible()
	p.shot("import")
	p.visit("/campaigns/new")
	p.accessible()
	p.shot("campaign-new")
	p.choose("questionnaire", "basic25")
	p.fill("purpose", "お預けしている図面の取扱いを確認するため")
	p.fill("necessity", "図面が漏れると、両社の取引先に影響が及ぶため")
	p.press("リハーサルへ進む")
	p.says("リハーサル")
	p.accessible()
	p.shot("rehearsal")
	p.press("社に依頼する")
	p.until("the job to end", `document.querySelector(".stats") && !document.querySelector("[data-job]")`)
	p.says("60")
	p.accessible()
	p.shot("campaign")
}

// requestLink reads the link of the first request from the built-in mailbox.
func requestLink(p *tab) string {
	p.t.Helper()
	const first = `document.querySelector("main a[href^='/mailbox/request']")`
	for range 20 { // the sender needs a moment
		p.visit("/mailbox")
		if js[bool](p, "!!"+first) {
			break
		}
		time.Sleep(250 * time.Millisecond)
	}
	p.accessible()
	p.shot("mailbox")
	p.visit(js[string](p, first+".href"))
	p.shot("mail")
	link := js[string](p, `(document.documentElement.innerHTML.match(/http:\/\/127\.0\.0\.1:8080\/r\/[A-Za-z0-9:._-]+/) || [""])[0]`)
	if link == "" {
		p.t.Fatal("the mail holds no link")
	}
	return link
}

func answer(p *tab, link string) {
	p.visit(link)
	p.says("情報セキュリティ対策の状況についてお聞かせください")
	p.accessible()
	p.shot("request")
	p.press("回答を始める")
	p.says("回答の状況")
	p.accessible()
	p.shot("tasks")
	attach(p)
	p.press("続きから答える")
	for page := 0; js[bool](p, `location.pathname.includes("/sections/")`); page++ {
		if page == 0 {
			p.accessible()
			p.shot("section")
		}
		js[bool](p, `(document.querySelectorAll(".question:not([hidden]) input[type=radio][value=done]").forEach(e => e.click()), true)`)
		p.until("every answer to be saved", `document.querySelector(".save-state")?.dataset.kind === "saved"`)
		p.press("保存して次へ")
		if page > 5 {
			p.t.Fatal("the sections do not end")
		}
	}
	p.says("回答の確認")
	p.accessible()
	p.shot("check")
	p.press("提出する")
	p.says("入力内容をご確認ください") // name, role and declaration are missing
	declare(p)
	p.says("提出が完了しました")
	p.accessible()
	p.shot("receipt")
}

func declare(p *tab) {
	p.choose("agreed", "1")
	p.fill("name", "青木 例子")
	p.fill("role", "総務部長")
	p.press("提出する")
}

// attach adds an ISMS certificate, a real PDF.
func attach(p *tab) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "登録証.pdf")
	pdf := gofpdf.New("P", "mm", "A4", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "", 20)
	pdf.Cell(100, 20, "Certificate IS 505613 (sample)")
	if err := pdf.OutputFileAndClose(file); err != nil {
		p.t.Fatal(err)
	}
	p.press("認証・宣言をお持ちですか")
	p.press("ISMS認証")
	p.shot("certificate")
	p.accessible()
	p.fill("number", "IS 505613")
	p.fill("scope", "電子部品の製造")
	p.fill("expires", "令和10年3月31日")
	p.choose("covers", "yes")
	upload(p, file)
	p.press("添付する")
	p.says("IS 505613")
	p.visit(strings.Replace(js[string](p, "location.pathname"), "/evidence", "/tasks", 1))
}

func review(p *tab) {
	p.signOutIn("reviewer@example.jp")
	p.visit("/campaigns")
	p.press("情報セキュリティ調査")
	p.until("the submission", `document.querySelector("main a[href^='/review/']")`)
	p.visit(js[string](p, `document.querySelector("main a[href^='/review/']").href`))
	p.says("100点")
	p.says("IS 505613")
	p.accessible()
	p.shot("review")
	js[bool](p, `(document.querySelector("section.judged details summary").click(), true)`)
	key := js[string](p, `document.querySelector("section.judged [data-words]").dataset.words`)
	p.fill("comment."+key, "いつから実施しているか教えてください")
	js[bool](p, `(document.querySelector("[name='comment.`+key+`']").dispatchEvent(new Event("input", {bubbles: true})), true)`)
	p.until("the comment to be saved", `document.querySelector("[data-state]").dataset.kind === "saved"`)
	js[bool](p, `(document.querySelector(".decide summary").click(), true)`)
	p.fill("reason", "1問だけ補足をお願いします")
	p.press("差し戻す")
	p.says("差し戻しました")
}

func correct(p *tab, link string) {
	p.visit(link)
	p.press("続きから")
	p.says("1問だけ補足をお願いします")
	p.accessible()
	p.shot("returned")
	tasks := js[string](p, "location.pathname")
	p.press("問1")
	p.says("いつから実施しているか")
	p.visit(strings.Replace(tasks, "/tasks", "/check", 1))
	declare(p)
	p.says("提出が完了しました")
}

func accept(p *tab) {
	p.visit("/campaigns")
	p.press("情報セキュリティ調査")
	p.visit(js[string](p, `document.querySelector("main a[href^='/review/']").href`))
	p.says("2回目の提出")
	p.press("回答を確認済みにする")
	p.says("確認済みにしました")
}

// audit downloads what proves it, and reads the papers back.
func audit(p *tab) {
	p.t.Helper()
	p.signOutIn("auditor@example.jp")
	p.visit("/campaigns")
	p.press("情報セキュリティ調査")
	campaign := js[string](p, "location.pathname")
	p.visit(js[string](p, `document.querySelector("main a[href^='/review/']").href`))
	sheet := js[string](p, `document.querySelector("a[href*='sheet.pdf']").getAttribute("href")`)
	p.reads("sheet", sheet, "回答票", "IS 505613", "青木 例子", "電子署名ではありません", "SHA-256")
	p.visit(campaign)
	p.reads("summary", document(p, "集計表（PDF）"), "集計表", "確認済み", "サンプル精工", "分野ごとの回答", "実施していないとの回答はありません")
	p.accessible()
	p.shot("document")
	p.visit(campaign)
	document(p, "回答票一式（ZIP）")
	p.visit("/trail")
	p.reads("trail", document(p, "証跡（PDF）"), "証跡", "回答を提出", "差し戻し")
	p.visit("/documents")
	p.accessible()
	p.shot("documents")
	p.visit("/trail")
	p.says("帳票をダウンロード")
	p.accessible()
	p.shot("trail")
}

// document asks for a document, waits until it is made, and gives where it is.
func document(p *tab, name string) string {
	p.t.Helper()
	p.press(name)
	p.until("the document to be made", `document.querySelector("main a[download]")`)
	return js[string](p, `document.querySelector("main a[download]").getAttribute("href")`)
}

// reads downloads a PDF and looks for what it must say.
func (p *tab) reads(name, path string, want ...string) {
	p.t.Helper()
	text := p.pdf(name, path)
	for _, w := range want {
		if !strings.Contains(text, w) {
			p.t.Errorf("%s does not say %q", path, w)
		}
	}
}

// pdf downloads a PDF with the page's session and gives its text.
func (p *tab) pdf(name, path string) string {
	p.t.Helper()
	bytes := await[[]int](p, `fetch(`+quote(path)+`).then(r => r.arrayBuffer()).then(b => [...new Uint8Array(b)])`)
	raw := make([]byte, len(bytes))
	for i, b := range bytes {
		raw[i] = byte(b)
	}
	file := filepath.Join(p.t.TempDir(), "download.pdf")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		p.t.Fatal(err)
	}
	if dir := os.Getenv("TSUNAGI_SHOTS"); dir != "" {
		_ = os.WriteFile(filepath.Join(dir, name+".pdf"), raw, 0o644)
	}
	out, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		p.t.Fatalf("%s is no PDF: %v: %.200s", path, err, raw)
	}
	return string(out)
}
