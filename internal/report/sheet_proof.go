package report

import "strconv"

// writeCertificates tells of each certificate what it says, until when, and
// what the buyer found.
func (s AnswerSheet) writeCertificates(d *document, p Words) {
	d.heading(p.T("report.certificates"), 1)
	if len(s.Certificates) == 0 {
		d.paragraph(p.T("report.certificates.none"), body)
		return
	}
	columns := []column{
		{title: p.T("report.certificate.kind"), share: 30}, {title: p.T("report.certificate.scope"), share: 33},
		{title: p.T("report.certificate.expires"), share: 17}, {title: p.T("report.certificate.verification"), share: 20},
	}
	var rows []row
	for _, c := range s.Certificates {
		rows = append(rows, certificateRow(c, p))
	}
	d.table(columns, rows)
}

func certificateRow(c Certificate, p Words) row {
	kind := append(strong(c.Kind), block{c.Number, tableText}, note(c.Standard), note(c.Body))
	scope := cell{{c.Scope, tableText}, note(c.Holder)}
	if c.CoversWork != "" {
		scope = append(scope, note(p.T("report.certificate.covers", "Answer", c.CoversWork)))
	}
	expires := date(c.ExpiresOn, p)
	if expires == "" {
		expires = p.T("report.certificate.no-expiry")
	}
	found := cell{judged(c.Validity, p), note(c.Reason), note(c.ReviewedBy), note(dateTime(c.ReviewedAt, p))}
	r := row{cells: []cell{kind, scope, plain(expires), found}}
	if c.File != "" {
		r.wide = cell{{p.T("report.certificate.file", "Name", c.File), tableSmall}}
		if c.SHA256 != "" {
			r.wide = append(r.wide, block{"SHA-256 " + c.SHA256, tableSmall})
		}
	}
	return r
}

func (s AnswerSheet) writeReview(d *document, p Words) {
	if s.SupplierCopy {
		return
	}
	d.heading(p.T("report.review"), 1)
	if s.Review == nil {
		d.paragraph(p.T("report.review.none"), body)
		return
	}
	d.pairs([]pair{
		{p.T("report.review.verdict"), s.Review.Verdict},
		{p.T("report.review.reason"), s.Review.Reason},
		{p.T("report.review.by"), s.Review.By},
		{p.T("report.review.at"), dateTime(s.Review.At, p)},
	})
}

// writeDeclaration tells who declared what, in which words, and that this is
// not an electronic signature.
func (s AnswerSheet) writeDeclaration(d *document, p Words) {
	d.heading(p.T("report.declaration"), 1)
	if s.Declaration == nil {
		d.paragraph(p.T("report.declaration.none"), body)
		return
	}
	d.notice(s.Declaration.Text, blue50, blue900)
	d.pairs([]pair{
		{p.T("report.declaration.name"), s.Declaration.Name},
		{p.T("report.declaration.role"), s.Declaration.Role},
		{p.T("report.declaration.at"), dateTime(s.Declaration.At, p)},
		{p.T("report.declaration.statement"), s.Declaration.Statement},
	})
	d.paragraph(p.T("report.declaration.not-signature"), style{size: 9, color: soft})
}

func (s AnswerSheet) writeRevisions(d *document, p Words) {
	d.heading(p.T("report.revisions"), 1)
	if len(s.Revisions) == 0 {
		d.paragraph(p.T("report.revisions.none"), body)
		return
	}
	columns := []column{
		{title: p.T("report.revision.number"), share: 8, right: true}, {title: p.T("report.revision.at"), share: 28},
		{title: p.T("report.revision.by"), share: 24}, {title: p.T("report.revision.hash"), share: 40},
	}
	var rows []row
	for _, r := range s.Revisions {
		by := cell{{r.By, tableText}}
		if r.Receipt != "" {
			by = append(by, note(p.T("report.revision.receipt", "Number", r.Receipt)))
		}
		rows = append(rows, row{cells: []cell{plain(strconv.Itoa(r.Number)), plain(p.DateTime(r.At)), by, small(r.SHA256)}})
	}
	d.table(columns, rows)
	d.paragraph(p.T("report.revisions.hint"), style{size: 8.5, color: soft})
}
