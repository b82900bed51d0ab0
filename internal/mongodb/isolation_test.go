package mongodb_test

import (
	"context"
	"io"
	"reflect"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"tsunagi/internal/access"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/fault"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/questionnaire"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
)

// read is what a method is asked for beside the context and the viewer.
type read struct {
	args []any
	// whole says that it concerns the organisation as a whole: an auditor of other
	// campaigns may see it as far as the permission table lets him.
	whole bool
	// blank is how much there is in what is given for a record that there is not.
	blank int
	// by is who sees it, when it is not the buyer's people.
	by *access.Viewer
}

// changes are the methods that take a viewer and change something. They say no by
// finding nothing to change, or the rules above them do: tested there.
var changes = []string{"Campaigns.Change", "Campaigns.Save", "Campaigns.StartIssue", "Campaigns.StartReminder", "Campaigns.StartReschedule",
	"Campaigns.ResumeJob", "Campaigns.StartCarrying", "Campaigns.DeleteDraft", "Responses.AskMore", "Responses.HandBack", "Responses.Resume", "Responses.Begin", "Responses.Open", "Responses.Decline", "Responses.Delegate", "Responses.SetCopies", "Responses.Submit", "Responses.StartReview",
	"Responses.SaveWords", "Responses.DropWords", "Responses.Decide", "Responses.JudgeEvidence", "Evidence.Add", "Evidence.Remove", "Outbox.SaveResend", "Outbox.SaveRequeued",
	"Org.ChangeMembers", "Jobs.Resume", "Org.UpdateOrganization", "Suppliers.Update", "Suppliers.SaveChoice", "Suppliers.StartImport",
	"Suppliers.UndoImport", "Suppliers.TakeStock", "Batches.MarkAsked", "Batches.FinishIssue"}

// furnished is a desk with a record of everything that can be read.
func furnished(t *testing.T) (*desk, map[string]read) {
	t.Helper()
	d := newDesk(t)
	ctx := t.Context()
	files := d.files()
	e, err := files.Add(ctx, d.supplier, "架空精工", evidence.Evidence{Campaign: "c1", Supplier: "s1", Kind: evidence.Policy}, "方針.pdf", pdfFile())
	if err != nil {
		t.Fatal(err)
	}
	d.answerAll(t, questionnaire.Partly)
	if _, err := d.submit(t); err != nil {
		t.Fatal(err)
	}
	if _, err := d.answers.Write(ctx, d.reviewer, "c1:s1", response.Words{Subject: "update", Text: "確かめます", Flag: true}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"s1", "s2"} {
		d.insert(t, "suppliers", supplier.Supplier{ID: s, Org: "o1", Code: s, Name: "架空精工", Kana: "カクウ", Email: "new-" + s + "@example.jp", Lane: supplier.LaneMail, Tags: []string{"図面"}, CorporateNumber: "7000012050002"})
	}
	list := supplier.Import{ID: "i1", Org: "o1", Name: "a.csv", ExpiresAt: d.at.AddDate(100, 0, 0)}
	if err := (mongodb.Suppliers{DB: d.db}).SaveUpload(ctx, list, []byte("コード,会社名\n"), []byte("T")); err != nil {
		t.Fatal(err)
	}
	d.insert(t, "pictures", evidence.Made{ID: "p1", Org: "o1"})
	d.insert(t, "import_parts", supplier.Part{ID: "i1:1", Org: "o1", Import: "i1", ExpiresAt: d.at.AddDate(100, 0, 0)})
	d.insert(t, "import_shapes", supplier.Shape{ID: "o1:k", Org: "o1", Key: "k", ExpiresAt: d.at.AddDate(100, 0, 0)})
	d.insert(t, "users", org.User{ID: "u1", Email: "u1@example.jp", Name: "確 認太", Lang: "en"})
	d.insert(t, "memberships", org.Membership{ID: "o1:u1", Org: "o1", User: "u1", Roles: []access.Role{access.Reviewer}})
	d.insert(t, "invitations", org.Invitation{ID: "v1", Org: "o1", Email: "v1@example.jp", Roles: []access.Role{access.Buyer}})
	d.insert(t, "outbox", notify.Message{ID: "m1", Org: "o1", Kind: notify.Request, Campaign: "c1", Assignment: "c1:s1", State: notify.Sent, CreatedAt: d.at})
	d.insert(t, "outbox", notify.Message{ID: "m3", Org: "o1", Kind: notify.Invite, Params: map[string]string{notify.ParamInvitation: "v1"}, State: notify.Sent, CreatedAt: d.at})
	d.insert(t, "outbox", notify.Message{ID: "m2", Org: "o1", Kind: notify.Reminder, Campaign: "c1", Assignment: "c1:s1", State: notify.Failed, CreatedAt: d.at})
	d.insert(t, "outbox", notify.Message{ID: "m4", Org: "o1", Kind: notify.Request, Copy: true, Campaign: "c1", Assignment: "c1:s1", State: notify.Failed, CreatedAt: d.at})
	d.insert(t, "jobs", jobs.Job{ID: "j1", Org: "o1", Subject: "c1", Kind: "issue", State: jobs.Failed, NextAt: d.at})
	papers := d.db.Documents()
	file, err := papers.Put(ctx, jobs.Job{Subject: "d1", Fence: 1}, "a.pdf", "application/pdf", func(w io.Writer) error {
		_, err := io.WriteString(w, "%PDF-")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.db.Raw("assignments").UpdateOne(ctx, bson.D{{Key: "_id", Value: "c1:s2"}}, bson.D{{Key: "$set", Value: bson.D{{Key: "more_asked_at", Value: d.at}, {Key: "elsewhere", Value: "new-s2@example.jp"}, {Key: "elsewhere_by", Value: "i1"}}}}); err != nil {
		t.Fatal(err)
	}
	document := document.Document{ID: "d1", Org: "o1", Kind: document.Summary, Campaign: "c1", Name: "調査", For: document.Asker{User: "u1"},
		ExpiresAt: d.at.AddDate(0, 0, 7), File: &file}
	d.insert(t, "documents", document)
	return d, d.reads(e, list, document)
}

func (d *desk) reads(e evidence.Evidence, list supplier.Import, document document.Document) map[string]read {
	everybody := campaign.Audience{All: true}
	filter := campaign.Filter{Campaign: "c1", Page: 1, Size: 50, Now: d.at}
	draft := d.campaign
	draft.Audience = everybody
	soon := d.at.AddDate(1, 0, 0)
	return map[string]read{
		"Campaigns.Assignment":     {args: []any{"c1:s1"}},
		"Campaigns.Assignments":    {args: []any{filter}},
		"Campaigns.EachAssignment": {args: []any{filter, nil}},
		"Campaigns.Progress":       {args: []any{d.campaign, []campaign.Assignment{{ID: "c1:s1"}}}},
		"Campaigns.AudienceSize":   {args: []any{everybody, d.at}, whole: true},
		"Campaigns.Candidates":     {args: []any{campaign.CandidateFilter{Page: 1, Size: 50}}, whole: true},
		"Campaigns.List":           {args: []any{1, 50}},
		"Campaigns.Get":            {args: []any{"c1"}},
		"Campaigns.Asking":         {args: []any{50}},
		"Campaigns.CountsOf":       {args: []any{[]string{"c1"}, d.at}},
		"Campaigns.Counts":         {args: []any{"c1", d.at}},
		"Campaigns.InHandsOf":      {args: []any{[]string{"c1"}}},
		"Campaigns.KeptPast":       {args: []any{d.at.AddDate(50, 0, 0)}},
		"Campaigns.Names":          {args: []any{[]string{"c1"}}},
		"Campaigns.Behind":         {args: []any{"i1", d.at}},
		"Batches.LeftBehind":       {args: []any{"i1", d.at, "", 5}},
		"Campaigns.OpenOf":         {args: []any{"s2"}},
		"Campaigns.Differing":      {args: []any{"c1"}},
		"Campaigns.Found":          {args: []any{filter}},
		"Campaigns.Rehearse":       {args: []any{draft, campaign.RehearsalFilter{Page: 1, Size: 50, Now: d.at}}, whole: true},
		"Campaigns.RemindCounts":   {args: []any{"c1", d.at}},
		"Campaigns.Waiting":        {args: []any{"c1", soon}},
		"Batches.Audience":         {args: []any{everybody, d.at, "", 50}, whole: true},
		"Batches.AskedBy":          {args: []any{"c1"}},
		"Batches.Remindable":       {args: []any{"c1", campaign.Reminder{States: []campaign.Response{campaign.NotStarted}}, "", 50}},
		"Batches.Movable":          {args: []any{"c1", campaign.Move{DueAt: soon, ClosesAt: soon}, d.at, "", 50}},
		"Audit.Trail":              {args: []any{auditFilter()}},
		"Audit.CountEntries":       {args: []any{auditFilter(), 10}},
		"Audit.EachEntry":          {args: []any{auditFilter(), nil}},
		"Documents.Document":       {args: []any{"d1"}},
		"Documents.Documents":      {args: []any{1, 50}},
		"Documents.OpenDocument":   {args: []any{document}, whole: true}, // the document must have come from Document
		"Responses.Draft":          {args: []any{"c1:s1"}, by: &d.supplier},
		"Responses.Submission":     {args: []any{"c1:s1", 1}},
		"Responses.Submissions":    {args: []any{"c1:s1"}},
		"Responses.Review":         {args: []any{"c1:s1", 1}, blank: 4}, // its id, assignment, revision and the viewer's own organisation
		"Responses.Reviews":        {args: []any{"c1:s1"}},
		"Evidence.Of":              {args: []any{"c1:s1"}},
		"Evidence.Get":             {args: []any{e.ID}},
		"Evidence.Open":            {args: []any{e}, whole: true},       // the evidence must have come from Get or Of
		"Evidence.Made":            {args: []any{e, "p1"}, whole: true}, // as Evidence.Open
		"Jobs.Unfinished":          {args: []any{"c1"}, whole: true},
		"Jobs.GivenUp":             {whole: true},
		"Jobs.Since":               {args: []any{jobs.Job{Kind: "issue"}, true}, whole: true},
		"Batches.Linked":           {args: []any{campaign.Linked{}, "", 5}},
		"Jobs.Get":                 {args: []any{"j1"}, whole: true},
		"Outbox.Failures":          {args: []any{"c1"}},
		"Outbox.FailedCopies":      {args: []any{[]string{"c1:s1"}}},
		"Outbox.Ledger":            {args: []any{notify.Filter{Page: 1, Size: 50}}},
		"Outbox.Message":           {args: []any{"m1"}},
		"Outbox.DeliveryCounts":    {args: []any{"c1"}},
		"Outbox.Assignment":        {args: []any{"c1:s1"}},
		"Outbox.CampaignNames":     {},
		"Outbox.InvitationMails":   {whole: true},
		"Org.Members":              {whole: true},
		"Org.Language":             {args: []any{"u1@example.jp"}, whole: true},
		"Org.Invitations":          {whole: true},
		"Org.Organization":         {whole: true},
		"Reports.SectionMeans":     {args: []any{"c1"}},
		"Reports.Bands":            {args: []any{"c1"}},
		"Reports.AnswerCounts":     {args: []any{"c1"}},
		"Reports.SheetCount":       {args: []any{"c1"}},
		"Reports.Sheets":           {args: []any{"c1", campaign.Assignment{}, 50}},
		"Suppliers.List":           {args: []any{supplier.Filter{Page: 1, Size: 50}}, whole: true},
		"Suppliers.Get":            {args: []any{"s1"}, whole: true},
		"Suppliers.ByCodes":        {args: []any{[]string{"s1"}}, whole: true},
		"Suppliers.Directory":      {whole: true},
		"Suppliers.Import":         {args: []any{"i1"}, whole: true},
		"Suppliers.Imports":        {args: []any{10}, whole: true},
		"Suppliers.Upload":         {args: []any{list}, whole: true},
		"Suppliers.Original":       {args: []any{list}, whole: true},
		"Suppliers.Meant":          {args: []any{supplier.Asked{Numbers: []string{"7000012050002"}}}, whole: true},
		"Suppliers.Each":           {args: []any{nil}, whole: true},
		"Suppliers.ByIDs":          {args: []any{[]string{"s1"}}, whole: true},
		"Suppliers.Parts":          {args: []any{"i1", "", 10}, whole: true},
		"Suppliers.Shapes":         {args: []any{[]string{"k"}}, whole: true},
	}
}

// ask calls a method as a viewer, and tells how much it shows.
func ask(store any, method string, ctx context.Context, v access.Viewer, args []any) (int, error) {
	m := reflect.ValueOf(store).MethodByName(method)
	in := []reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(v)}
	visited := 0
	for i, a := range args {
		if a == nil { // a function to be called for each record
			a = reflect.MakeFunc(m.Type().In(i+2), func([]reflect.Value) []reflect.Value {
				visited++
				return []reflect.Value{reflect.Zero(reflect.TypeFor[error]())}
			}).Interface()
		}
		in = append(in, reflect.ValueOf(a))
	}
	out := m.Call(in)
	err, _ := out[len(out)-1].Interface().(error)
	for _, o := range out[:len(out)-1] {
		visited += amount(o)
	}
	return visited, err
}

// amount counts what is in a result: 0 when nothing is.
func amount(v reflect.Value) int {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return 0
		}
		if r, ok := v.Interface().(io.Reader); ok {
			raw, _ := io.ReadAll(r)
			return len(raw)
		}
		return amount(v.Elem())
	case reflect.Slice:
		return v.Len()
	case reflect.Map: // of counts: none is nothing
		n := 0
		for _, key := range v.MapKeys() {
			n += amount(v.MapIndex(key))
		}
		return n
	case reflect.Struct:
		n := 0
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n += amount(v.Field(i))
			}
		}
		return n
	}
	if v.IsZero() {
		return 0
	}
	return 1
}

// TestEveryReadSeesItsOwnOrganisationOnly asks every method of every store that
// takes a viewer, as everybody who may see nothing. A method that is neither here
// nor among the changes fails it.
func TestEveryReadSeesItsOwnOrganisationOnly(t *testing.T) {
	d, reads := furnished(t)
	campaigns := mongodb.Campaigns{DB: d.db}
	stores := []any{campaigns, mongodb.Batches{Campaigns: campaigns}, mongodb.Audit{DB: d.db}, d.db.Documents(), mongodb.Responses{DB: d.db}, mongodb.Evidence{DB: d.db},
		d.db.Jobs(), d.db.Outbox(), d.db.Accounts(), d.db.Reports(), mongodb.Suppliers{DB: d.db}}
	others := map[string]access.Viewer{
		"nobody":                      {},
		"without a kind":              {Org: "o1", User: "u1", Roles: []access.Role{access.Owner}},
		"without an organisation":     {Kind: access.Member, User: "u1", Roles: []access.Role{access.Owner}},
		"background without one":      access.System("", "x"),
		"another buyer's owner":       {Kind: access.Member, Org: "o2", User: "u2", Roles: []access.Role{access.Owner}},
		"another buyer's supplier":    access.Supplier("o2", "c1:s1", 1, "架空"),
		"another buyer's background":  access.System("o2", "x"),
		"an auditor of no campaign":   {Kind: access.Member, Org: "o1", User: "u3", Roles: []access.Role{access.Auditor}, Campaigns: []string{}},
		"an auditor of other ones":    {Kind: access.Member, Org: "o1", User: "u3", Roles: []access.Role{access.Auditor}, Campaigns: []string{"c2"}},
		"a supplier of another round": access.Supplier("o1", "c2:s1", 1, "架空"),
	}
	inside := []string{"an auditor of no campaign", "an auditor of other ones", "a supplier of another round"}
	for _, store := range stores {
		kind := reflect.TypeOf(store)
		for i := range kind.NumMethod() {
			m := kind.Method(i)
			name := kind.Name() + "." + m.Name
			if _, walked := reflect.TypeOf(campaigns).MethodByName(m.Name); walked && kind == reflect.TypeFor[mongodb.Batches]() {
				continue // it has them from Campaigns
			}
			if m.Type.NumIn() < 3 || m.Type.In(2) != reflect.TypeFor[access.Viewer]() || slices.Contains(changes, name) {
				continue
			}
			r, ok := reads[name]
			if !ok {
				t.Errorf("%s takes a viewer and has no row here", name)
				continue
			}
			delete(reads, name)
			own := d.reviewer
			if r.by != nil {
				own = *r.by
			}
			if n, err := ask(store, m.Name, t.Context(), own, r.args); n <= r.blank || err != nil {
				t.Errorf("%s shows its own people nothing (%v): this row proves nothing", name, err)
			}
			for who, v := range others {
				if r.whole && slices.Contains(inside, who) {
					continue
				}
				if n, err := ask(store, m.Name, t.Context(), v, r.args); n > r.blank || err != nil && fault.KindOf(err) != fault.NotFound {
					t.Errorf("%s shows %s %d things, %v", name, who, n, err)
				}
			}
		}
	}
	for name := range reads {
		t.Errorf("%s has a row and is no method", name)
	}
}
