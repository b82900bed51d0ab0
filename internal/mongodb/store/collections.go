package store

// The collections. Each that belongs to an organisation carries org_id, first in
// every index.
const (
	Organizations = "organizations"
	Users         = "users"
	Memberships   = "memberships"
	Invitations   = "invitations"
	Sessions      = "sessions"
	Budgets       = "budgets"
	Posts         = "posts"
	Suppliers     = "suppliers"
	Imports       = "imports"
	ImportParts   = "import_parts"
	ImportShapes  = "import_shapes"
	Campaigns     = "campaigns"
	Assignments   = "assignments"
	Drafts        = "drafts"
	Submissions   = "submissions"
	Reviews       = "reviews"
	Evidence      = "evidence"
	Outbox        = "outbox"
	Jobs          = "jobs"
	Audit         = "audit"
	AuditHeads    = "audit_heads"
	Documents     = "documents"

	// Backups has what is known of the backups of the installation.
	Backups = "backups"

	// BackupPlan has one document: when the next scheduled backup is due.
	BackupPlan = "backup_plan"

	// Restored has one document where the data came out of a backup.
	Restored = "restored"

	Marks = "marks" // has what is noted of the installation as a whole

	// colDirectories has one record an organisation, under its id: what lists tell of
	// the whole directory, kept so that no page counts ten thousand suppliers.
	Directories = "directories"

	// colPictures keeps what was made of foreign files to be shown: a picture is a record,
	// whole or absent, and goes with its file.
	Pictures = "pictures"

	// colSending has one document while sending stands still, and none while it does not.
	Sending = "sending"
)
