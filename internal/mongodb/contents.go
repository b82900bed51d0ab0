package mongodb

import (
	"maps"

	"tsunagi/internal/audit"
	"tsunagi/internal/campaign"
	"tsunagi/internal/document"
	"tsunagi/internal/evidence"
	"tsunagi/internal/jobs"
	"tsunagi/internal/mongodb/bucket"
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
		colOrganizations: {record: org.Organization{}, asked: []string{
			fieldID, fieldClosures, fieldContact, fieldName, fieldNameEN, fieldPeople,
		}},
		colUsers: {record: org.User{}, asked: []string{
			fieldID, fieldEmail, fieldLang, fieldName, fieldPassword, fieldResetGeneration, fieldResetUntil,
			fieldSignedInAt,
		}},
		colMemberships: {record: org.Membership{}, beside: []string{fieldDocumentAt}, asked: []string{
			fieldID, fieldOrg, fieldDocumentAt, fieldRole, fieldUser,
		}},
		colInvitations: {record: org.Invitation{}, asked: []string{fieldID, fieldOrg, fieldAcceptedAt, fieldGeneration, fieldRevokedAt}},
		colSessions:    {record: org.Session{}, asked: []string{fieldID, fieldOrg, fieldExpiresAt, fieldSeenAt, fieldUser}},
		colPosts:       {record: post{}, asked: []string{fieldID, fieldExpiresAt, fieldPath, fieldSaid}},
		colBudgets:     {record: bucket.Bucket{}, asked: []string{fieldID, fieldAt, fieldExpiresAt, fieldGranted, fieldSpent}},
	}
}

// requestContents are those of suppliers, what they are asked, and what they answer.
func requestContents() map[string]content {
	return map[string]content{
		colSuppliers: {record: supplier.Supplier{}, asked: []string{
			fieldID, fieldOrg, fieldAskedAt, fieldAskedUntil, fieldCode, fieldCodeKey, fieldCorporateNumber, fieldEmail, fieldEnded, fieldKana, fieldLane, fieldLang,
			fieldRevision, fieldSearch, fieldTags, fieldTexts, fieldTier,
		}},
		colDirectories: {record: supplier.Directory{}, beside: []string{fieldID, fieldOrg}, asked: []string{
			fieldID, fieldOrg, fieldState, fieldTags, fieldTotal,
		}},
		colImports: {record: supplier.Import{}, asked: []string{
			fieldID, fieldOrg, fieldEncoding, fieldExpiresAt, fieldHeader, fieldMapping, fieldPacked, fieldPreview, fieldResult, fieldResultByField,
			fieldResultChanged, fieldResultFaulty, fieldResultLeft, fieldResultNew, fieldResultSame, fieldShapes, fieldSheet, fieldStarted,
			fieldTable, fieldTall, fieldUndoing, fieldUndone, fieldUndoneKept, fieldUndoneRemoved, fieldUndoneRestored,
		}},
		colImportParts:  {record: supplier.Part{}, asked: []string{fieldID, fieldOrg, fieldExpiresAt, fieldImport}},
		colImportShapes: {record: supplier.Shape{}, asked: []string{fieldID, fieldOrg, fieldExpiresAt, fieldKey}},
		colCampaigns: {record: campaign.Campaign{}, asked: []string{
			fieldID, fieldOrg, fieldAsked, fieldClosesAt, fieldCoverage, fieldDueAt, fieldName,
			fieldQuestionnaireSections, fieldReminders, fieldRevision, fieldState,
		}},
		colAssignments: {record: campaign.Assignment{}, asked: []string{
			fieldID, fieldOrg, fieldCampaign, fieldCertificates, fieldMatchedValidity, fieldCertificatesExpiresOn,
			fieldCertificatesID, fieldCertificatesKind, fieldCertificatesValidity, fieldClosesAt, fieldCode,
			fieldDeliveredAt, fieldDelivery, fieldDeliveryNote, fieldDepartment, fieldDueAt,
			fieldEmail, fieldEnded, fieldFormer, fieldGeneration, fieldKana, fieldMisdirected, fieldMoreAskedAt, fieldMovedAt, fieldName, fieldOpenedAt,
			fieldPerson, fieldReason, fieldRemindedAt,
			fieldReminders, fieldResponse, fieldReviewedAt, fieldReviewer, fieldRevision, fieldScore, fieldSearch, fieldTexts,
			fieldSubmittedAt, fieldSupplier, fieldTier, fieldUpdatedAt,
		}},
		colDrafts: {record: response.Draft{}, asked: []string{
			fieldID, fieldOrg, fieldAnswered, fieldAnswersEach, fieldAnswersCount, fieldAnswersValue,
			fieldAnswersFirst, fieldBegunAt, fieldCampaign, fieldClosesAt, fieldFlagged, fieldGeneration,
			fieldOpen, fieldUpdatedAt, fieldUploads,
		}},
		colSubmissions: {record: response.Submission{}, asked: []string{
			fieldID, fieldOrg, fieldAnswers, fieldAssignment, fieldCampaign, fieldCovered, fieldResult,
			fieldResultPercent, fieldResultScored, fieldResultSections, fieldResultSectionsKey, fieldResultSectionsPercent,
			fieldResultSectionsScored, fieldRevision,
		}},
		colReviews: {record: response.Review{}, asked: []string{
			fieldID, fieldOrg, fieldAssignment, fieldCampaign, fieldComments, fieldCommentsID, fieldCommentsN,
			fieldCommentsQuestion, fieldCommentsUser, fieldMatchedComment, fieldRevision, fieldVerdict, fieldVersion,
		}},
		colEvidence: {record: evidence.Evidence{}, asked: []string{
			fieldID, fieldOrg, fieldAssignment, fieldCampaign, fieldFile, fieldFileID, fieldReason, fieldRemovedAt,
			fieldReviewedAt, fieldReviewedBy, fieldSubmitted, fieldValidity,
		}},
	}
}

// workContents are those of what is owed, done and noted meanwhile.
func workContents() map[string]content {
	return map[string]content{
		colOutbox: {record: notify.Message{}, beside: []string{fieldClaim, fieldHolder}, asked: []string{
			fieldID, fieldOrg, fieldAssignment, fieldAttempts, fieldCampaign, fieldClaim, fieldCreatedAt,
			fieldFence, fieldHolder, fieldKind, fieldLeaseUntil, fieldNextAt, fieldReason, fieldRefusals, fieldRefusedAt,
			fieldParamsEach, fieldReplaced, fieldReply, fieldSentAt, fieldState, fieldToCompany, fieldToEmail, fieldToName,
		}},
		colSending: {record: pause{}, beside: []string{fieldHolder}, asked: []string{fieldID, fieldHolder, fieldProbeUntil, fieldSince, fieldTries, fieldUntil}},
		colJobs: {record: jobs.Job{}, beside: []string{fieldHolder}, asked: []string{
			fieldID, fieldOrg, fieldAttempts, fieldCursor, fieldDone, fieldError, fieldFence, fieldFinishedAt,
			fieldHolder, fieldKind, fieldLeaseUntil, fieldLost, fieldNextAt, fieldSkipped, fieldState, fieldSubject, fieldTotal,
		}},
		colAudit: {record: audit.Entry{}, asked: []string{
			fieldID, fieldOrg, fieldAction, fieldActorID, fieldActorName, fieldAt, fieldCampaign, fieldDetailsValue, fieldRecordID, fieldRecordName, fieldRefused, fieldRefusedReason, fieldSeal, fieldSealSeq,
		}},
		colAuditHeads: {record: audit.Head{}, asked: []string{fieldID, fieldHash, fieldSeq}},
		colDocuments: {record: document.Document{}, asked: []string{
			fieldID, fieldOrg, fieldAsOf, fieldCampaign, fieldExpiresAt, fieldFile, fieldForCampaigns,
			fieldForUserID, fieldKind,
		}},
		colPictures: {record: evidence.Made{}, asked: []string{fieldID, fieldOrg}},
		colMarks:    {record: mark{}, asked: []string{fieldID, fieldValue}},
	}
}
