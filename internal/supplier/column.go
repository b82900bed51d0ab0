package supplier

// Column names a field of a supplier: in lists that are imported, in forms and in
// what changed. Its label's message key is "suppliers.column." + column.
type Column string

// The columns.
const (
	ColumnCode            Column = "code"
	ColumnName            Column = "name"
	ColumnKana            Column = "kana"
	ColumnCorporateNumber Column = "corporate-number"
	ColumnInvoiceNumber   Column = "invoice-number"
	ColumnDepartment      Column = "department"
	ColumnContact         Column = "contact"
	ColumnEmail           Column = "email"
	ColumnPhone           Column = "phone"
	ColumnLang            Column = "lang"
	ColumnTags            Column = "tags"
	ColumnRank            Column = "rank"
	ColumnPersonalData    Column = "personal-data"
	ColumnLane            Column = "lane"
	ColumnNote            Column = "note"
)

// Columns lists the columns in the order of forms and exports.
var Columns = []Column{ColumnCode, ColumnName, ColumnKana, ColumnCorporateNumber, ColumnInvoiceNumber,
	ColumnDepartment, ColumnContact, ColumnEmail, ColumnPhone, ColumnLang, ColumnTags, ColumnRank,
	ColumnPersonalData, ColumnLane, ColumnNote}
