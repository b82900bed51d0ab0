package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/jung-kurt/gofpdf"

	"tsunagi/internal/access"
	"tsunagi/internal/calendar"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// firm is how well a supplier does: of a hundred answers, how many are done, partly
// done and not done; the rest are not known.
type firm struct{ done, partly, not int }

var (
	strong = firm{86, 10, 3}
	fair   = firm{58, 24, 13}
	weak   = firm{30, 26, 30}
)

var remainders = []string{"本社では実施しています。工場は来年度の予定です。", "事務所のパソコンだけで、現場のタブレットはこれからです。",
	"決まりはありますが、文書にはしていません。", "新しい入社の人への説明がまだです。"}

// absent are questions that do not apply to some firms, with the reason given.
var absent = map[string]string{"private-devices": "個人のスマートフォンやパソコンは、社内への持ち込みを認めていません。",
	"wifi": "無線LANは使っていません。", "carrying-out": "社外への持ち出しを行っていません。"}

// give makes a firm's answer; the same supplier gives the same one in every demo.
func (f firm) give(random *rand.Rand, q questionnaire.Question) questionnaire.Answer {
	n := random.IntN(100)
	if reason := absent[q.Key]; reason != "" && n%7 == 0 {
		return questionnaire.Answer{Value: questionnaire.NA, Note: reason}
	}
	switch {
	case n < f.done:
		return questionnaire.Answer{Value: questionnaire.Done}
	case n < f.done+f.partly:
		return questionnaire.Answer{Value: questionnaire.Partly, Note: remainders[random.IntN(len(remainders))]}
	case n < f.done+f.partly+f.not:
		return questionnaire.Answer{Value: questionnaire.NotDone}
	}
	return questionnaire.Answer{Value: questionnaire.Unknown}
}

// answer saves answers one by one, as the page does; what a certificate stands in
// for is left open.
func (s *survey) answer(ctx context.Context, v access.Viewer, a campaign.Assignment, p part) error {
	given, err := s.Evidence.Of(ctx, v, a.ID)
	if err != nil {
		return err
	}
	covered := s.campaign.Covered(evidence.Holding(given, s.Now()), a.PersonalData)
	random := rand.New(rand.NewPCG(uint64(p.supplier), 25))
	all := s.campaign.Questionnaire.Questions()
	for _, q := range all[:len(all)*p.share/100] {
		if covered[q.Key] != "" {
			continue
		}
		if _, err := s.Responses.Answer(ctx, v, q.Key, response.Given{Answer: p.firm.give(random, q)}); err != nil {
			return fmt.Errorf("answer %s: %w", q.Key, err)
		}
	}
	return nil
}

// attach hands in the certificates, invented as the firms are.
func (s *survey) attach(ctx context.Context, v access.Viewer, a campaign.Assignment, p part) error {
	for _, kind := range p.papers {
		paper, err := certificate(a.Code, string(kind))
		if err != nil {
			return err
		}
		e := s.certificateOf(kind, a, p)
		name, file := string(kind)+".pdf", io.Reader(bytes.NewReader(paper))
		if !e.NeedsFile() {
			name, file = "", nil
		}
		if _, err := s.Evidence.Add(ctx, v, a.Name, e, name, file); err != nil {
			return fmt.Errorf("attach %s: %w", kind, err)
		}
	}
	return nil
}

func (s *survey) certificateOf(kind evidence.Kind, a campaign.Assignment, p part) evidence.Evidence {
	days := 730
	if p.expires > 0 {
		days = p.expires
	}
	until := calendar.EndOfDay(s.clock.now().Add(age).AddDate(0, 0, days))
	e := kind.Sample(p.supplier, a.Name, until)
	e.Campaign, e.Supplier = a.Campaign, a.Supplier
	return e
}

// certificate is a page that says what it is: a sample of a demo.
func certificate(code, kind string) ([]byte, error) {
	pdf := gofpdf.New("P", "mm", "A4", "")
	pdf.AddPage()
	pdf.SetFont("Helvetica", "B", 24)
	pdf.Text(30, 60, "SAMPLE - NOT A CERTIFICATE")
	pdf.SetFont("Helvetica", "", 14)
	pdf.Text(30, 80, "Invented for the Tsunagi demo: "+code+", "+kind)
	var out bytes.Buffer
	err := pdf.Output(&out)
	return out.Bytes(), err
}
