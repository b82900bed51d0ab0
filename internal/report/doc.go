// Package report words reports and sets them on paper: answer sheets, campaign
// summaries and trails as PDF, and the charts in them. What a paper says is read
// through small readers that know who asks (Records); setting it needs plain rows
// alone. The same rows and as-of time give the same bytes, always. Papers
// that grow with the number of suppliers are made by a job (Maker).
package report

import "time"

// Words gives the messages and dates of one language. locale.Printer is one.
type Words interface {
	T(key string, args ...any) string
	Date(t time.Time) string
	DateTime(t time.Time) string
}

// Meta is what every report carries in its footer and its file properties.
type Meta struct {
	Lang   string    // "ja" or "en", the language of the words given to PDF
	AsOf   time.Time // what was known at this time is in the report, nothing later
	Issuer string    // the organisation that issues the report
}
