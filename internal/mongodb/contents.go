package mongodb

import (
	"maps"

	"tsunagi/internal/audit"
	"tsunagi/internal/backup"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/bucket"
	"tsunagi/internal/mongodb/field"
	"tsunagi/internal/mongodb/progress"
	"tsunagi/internal/mongodb/queue"
	"tsunagi/internal/mongodb/store"
	"tsunagi/internal/notify"
	"tsunagi/internal/org"
	"tsunagi/internal/response"
	"tsunagi/internal/supplier"
)

// content is what one collection keeps, and what is asked of it.
type content struct {
	record any      // the kind of its records
	beside []string // fields that the stores add to them, for themselves
	asked  []string // the fields that filters, orders, projections and changes name
}

// contents are those of every collection but GridFS's. A query that names a field for
// the first time adds it to its collection; a test tells when it was forgotten.
func contents() map[string]content {
	all := peopleContents()
	maps.Copy(all, requestContents())
	maps.Copy(all, workContents())
	return all
}

// peopleContents are those of organisations and who works in them.
func peopleContents() map[string]content {
	return map[string]content{
		store.Organizations: {record: org.Organization{}, asked: []string{
			field.ID, field.Closures, field.Contact, field.HeadMailedAt, field.Name, field.NameEN, field.People,
		}},
		store.Users: {record: org.User{}, asked: []string{
			field.ID, field.Administrator, field.Email, field.Lang, field.LockedAt, field.Name, field.Password, field.ResetGeneration, field.ResetMadeAt,
			field.ResetUntil, field.SignedInAt,
		}},
		store.Memberships: {record: org.Membership{}, beside: []string{field.DocumentAt}, asked: []string{
			field.ID, field.Org, field.DocumentAt, field.Roles, field.User,
		}},
		store.Invitations: {record: org.Invitation{}, asked: []string{field.ID, field.Org, field.AcceptedAt, field.Generation, field.RevokedAt}},
		store.Sessions:    {record: org.Session{}, asked: []string{field.ID, field.Org, field.ExpiresAt, field.SeenAt, field.User}},
		store.Posts:       {record: store.Post{}, asked: []string{field.ID, field.ExpiresAt, field.Path, field.Said}},
		store.Budgets:     {record: bucket.Bucket{}, asked: []string{field.ID, field.At, field.ExpiresAt, field.Granted, field.Spent}},
	}
}

// requestContents are those of suppliers, what they are asked, and what they answer.
func requestContents() map[string]content {
	return map[string]content{
		store.Suppliers: {record: supplier.Supplier{}, asked: []string{
			field.ID, field.Org, field.AskedAt, field.AskedUntil, field.Code, field.CodeKey, field.CorporateNumber, field.Email, field.Ended, field.Kana, field.Lane, field.Lang,
			field.Revision, field.Search, field.Tags, field.Texts, field.Tier, field.UpdatedAt,
		}},
		store.Directories: {record: supplier.Directory{}, beside: []string{field.ID, field.Org}, asked: []string{
			field.ID, field.Org, field.State, field.Tags, field.Total,
		}},
		store.Imports: {record: supplier.Import{}, asked: []string{
			field.ID, field.Org, field.Carried, field.Encoding, field.ExpiresAt, field.Header, field.Mapping, field.Packed, field.Preview, field.Result, field.ResultByField,
			field.ResultChanged, field.ResultFaulty, field.ResultLeft, field.ResultNew, field.ResultSame, field.Shapes, field.Sheet, field.Started,
			field.Table, field.Tall, field.Undoing, field.Undone, field.UndoneKept, field.UndoneRemoved, field.UndoneRestored,
		}},
		store.ImportParts:  {record: supplier.Part{}, asked: []string{field.ID, field.Org, field.ExpiresAt, field.Import}},
		store.ImportShapes: {record: supplier.Shape{}, asked: []string{field.ID, field.Org, field.ExpiresAt, field.Key}},
		store.Campaigns: {record: campaign.Campaign{}, asked: []string{
			field.ID, field.Org, field.Asked, field.ClosesAt, field.Coverage, field.DueAt, field.KeepUntil, field.Name,
			field.QuestionnaireSections, field.Reminders, field.Revision, field.State,
		}},
		store.Assignments: {record: campaign.Assignment{}, asked: []string{
			field.ID, field.Org, field.Campaign, field.Certificates, field.MatchedValidity, field.CertificatesExpiresOn,
			field.CertificatesID, field.CertificatesKind, field.CertificatesValidity, field.ClosesAt, field.Code, field.Copies, field.CopiesEmail, field.MatchedCopy, field.OwnCopies,
			field.DeliveredAt, field.Delivery, field.DeliveryNote, field.Department, field.DueAt,
			field.Elsewhere, field.ElsewhereBy, field.Email, field.Ended, field.Former, field.Generation, field.Kana, field.Misdirected, field.MoreAskedAt, field.MovedAt, field.Name, field.OpenedAt,
			field.Person, field.Reason, field.RemindedAt,
			field.Reminders, field.Response, field.ReviewedAt, field.Reviewer, field.Revision, field.Score, field.Search, field.Texts,
			field.SubmittedAt, field.Supplier, field.Tier, field.UpdatedAt,
		}},
		store.Drafts: {record: response.Draft{}, asked: append([]string{
			field.ID, field.Org, field.AnswersEach, field.AnswersCount, field.BegunAt, field.Campaign, field.ClosesAt, field.Flagged,
			field.Generation, field.Open, field.UpdatedAt, field.Uploads,
		}, progress.Fields...)},
		store.Submissions: {record: response.Submission{}, asked: []string{
			field.ID, field.Org, field.Answers, field.Assignment, field.Campaign, field.Covered, field.Result,
			field.ResultPercent, field.ResultScored, field.ResultSections, field.ResultSectionsKey, field.ResultSectionsPercent,
			field.ResultSectionsScored, field.Revision,
		}},
		store.Reviews: {record: response.Review{}, asked: []string{
			field.ID, field.Org, field.Assignment, field.Campaign, field.Comments, field.CommentsID, field.CommentsN,
			field.CommentsQuestion, field.CommentsUser, field.MatchedComment, field.Revision, field.Verdict, field.Version,
		}},
		store.Evidence: {record: evidence.Evidence{}, asked: []string{
			field.ID, field.Org, field.Assignment, field.Campaign, field.File, field.FileID, field.Reason, field.RemovedAt,
			field.ReviewedAt, field.ReviewedBy, field.Submitted, field.Validity,
		}},
	}
}

// workContents are those of what is owed, done and noted meanwhile.
func workContents() map[string]content {
	return map[string]content{
		store.Outbox: {record: notify.Message{}, beside: []string{field.Claim, field.Holder}, asked: []string{
			field.ID, field.Org, field.Assignment, field.Attempts, field.Campaign, field.Claim, field.Copy, field.CreatedAt,
			field.Fence, field.Holder, field.HungAt, field.Kind, field.LeaseUntil, field.NextAt, field.Reason, field.Refusals, field.RefusedAt,
			field.ParamsEach, field.Replaced, field.Reply, field.SentAt, field.State, field.ToCompany, field.ToEmail, field.ToName,
		}},
		store.Sending: {record: queue.Pause{}, beside: []string{field.Holder}, asked: []string{field.ID, field.Holder, field.ProbeUntil, field.Since, field.Tries, field.Until}},
		store.Jobs: {record: jobs.Job{}, beside: []string{field.Holder}, asked: []string{
			field.ID, field.Org, field.Attempts, field.Cursor, field.Done, field.Error, field.Fence, field.FinishedAt,
			field.Holder, field.Kind, field.LeaseUntil, field.Lost, field.NextAt, field.Skipped, field.State, field.Subject, field.Total,
		}},
		store.Audit: {record: audit.Entry{}, asked: []string{
			field.ID, field.Org, field.Action, field.ActorID, field.ActorName, field.At, field.Campaign, field.DetailsValue, field.RecordID, field.RecordName, field.Refused, field.RefusedReason, field.Seal, field.SealSeq,
		}},
		store.AuditHeads: {record: audit.Head{}, asked: []string{field.ID, field.Hash, field.Seq}},
		store.Documents: {record: document.Document{}, asked: []string{
			field.ID, field.Org, field.AsOf, field.Campaign, field.ExpiresAt, field.File, field.ForCampaigns,
			field.ForUserID, field.Kind,
		}},
		store.Pictures:   {record: evidence.Made{}, asked: []string{field.ID, field.Org, field.OfFile, field.At, field.Size}},
		store.Backups:    {record: backup.Record{}, asked: []string{field.ID, field.At, field.EndedAt, field.Error, field.Marks}},
		store.BackupPlan: {record: backup.Plan{}, asked: []string{field.ID, field.At, field.Claim, field.Until}},
		store.Restored:   {record: backup.Restored{}, asked: []string{field.ID, field.Held, field.Told}},
		store.Marks:      {record: store.Mark{}, asked: []string{field.ID, field.Value}},
	}
}
