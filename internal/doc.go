// Package internal is the map of the house. Rule rooms hold what must hold and
// know no technology; each may import only those above it:
//
//	fault          kinds of error, message keys, field errors
//	access         roles, the permission table, Viewer
//	audit          who did what; the chain and its verifier
//	notify         what we owe whom
//	calendar       business days, closures, fiscal year, every number of days
//	org            organisations, users, invitations, sessions
//	supplier       the buyer's directory
//	questionnaire  questions, conditions, scoring, coverage
//	evidence       certificates and files
//	campaign       campaigns, assignments, deadlines, reminders
//	response       drafts, submissions, reviews
//	document       reports that are asked for, made, kept, expired
//
// What takes long has a room between the two, which may import rule rooms, jobs, table
// and report, and says which stores it needs:
//
//	work     one file a job: issue, remind, reschedule, import, documents; sealing, sweeping
//
// Input and output get one room for each technology. They may import rule rooms,
// and locale, token, table, jobs and templates; web and mongodb never meet, app
// brings them together. house_test.go holds the rule and fails when it is broken.
//
//	locale   messages, and the wording of dates
//	token    links and link sessions
//	table    tables in and out
//	mongod   the managed database process
//	mongodb  every store; which shapes the data have, and their migrations
//	report   what a report says, and how it looks on paper
//	report/typeset  fonts and lines: what can be printed, how wide, where a line ends
//	mail     renders and sends messages
//	mail/reply   judges what a mail server answers
//	jobs     the loop of long work: claim, process, retry, recover
//	web      the frame of the pages: routes, guard, sessions, forms, errors, files
//	web/desk     pages of the buyer's people
//	web/answer   pages of a supplier
//	web/account  signing in, users, settings
//	app      the wiring
//	demo     the invented data
//	e2e      journeys in a browser
package internal
