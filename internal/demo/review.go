package demo

import (
	"context"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/evidence"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
)

// review judges the certificates and the answers, as the reviewer of the demo does.
func (s *survey) review(ctx context.Context, _ access.Viewer, a campaign.Assignment, p part) error {
	if err := s.Responses.StartReview(ctx, s.reviewer, a.ID); err != nil || p.verdict == begun {
		return err
	}
	if err := s.judge(ctx, p); err != nil {
		return err
	}
	a, err := s.Campaigns.Assignment(ctx, s.reviewer, a.ID)
	if err != nil || a.Response == campaign.Returned { // a rejected certificate has reopened its questions
		return err
	}
	if p.verdict == accepted {
		return s.Responses.Accept(ctx, s.reviewer, a.ID)
	}
	asked := 0
	submission, err := s.Responses.Submission(ctx, s.reviewer, a.ID, a.Revision)
	if err != nil {
		return err
	}
	for _, q := range s.campaign.Questionnaire.Questions() {
		comment := ""
		switch submission.Answers[q.Key].Value {
		case questionnaire.Unknown:
			comment = "お手数ですが、パソコンの管理をお願いしている会社にもご確認いただけますか。"
		case questionnaire.NotDone:
			comment = "実施の予定があれば、時期をご記入ください。費用のことも、窓口にご相談いただけます。"
		}
		if comment == "" {
			continue
		}
		if _, err := s.Responses.Write(ctx, s.reviewer, a.ID, response.Words{Subject: q.Key, Text: comment, Flag: true}); err != nil {
			return err
		}
		if asked++; asked == 2 {
			break
		}
	}
	return s.Responses.Return(ctx, s.reviewer, a.ID,
		response.Correction{Reason: "ご回答ありがとうございました。コメントを付けた質問について、補足をお願いいたします。"})
}

// judge looks at the certificates that the submission relies on.
func (s *survey) judge(ctx context.Context, p part) error {
	id := s.bySeq[p.supplier].ID
	all, err := s.Evidence.Of(ctx, s.reviewer, id)
	if err != nil {
		return err
	}
	for _, e := range all {
		finding, why := evidence.Verified, ""
		if p.rejects {
			finding, why = evidence.Rejected, "登録証の範囲が本社だけで、当社の部品を作る工場が含まれていません。"
		}
		if err := s.Responses.Judge(ctx, s.reviewer, id, e.ID, finding, why); err != nil {
			return err
		}
	}
	return nil
}

// correct answers what the reviewer flagged, and submits again.
func (s *survey) correct(ctx context.Context, v access.Viewer, a campaign.Assignment, p part) error {
	draft, err := s.Responses.Draft(ctx, v, a.ID)
	if err != nil {
		return err
	}
	for _, f := range draft.Flagged {
		better := questionnaire.Answer{Value: questionnaire.Partly, Note: "管理会社に確認しました。残りは来年1月までに終える予定です。"}
		if _, err := s.Responses.Answer(ctx, v, f.Question, response.Given{Answer: better, Seen: draft.Answers[f.Question].Count}); err != nil {
			return err
		}
	}
	return s.submit(ctx, v, a, p)
}
